from pathlib import Path

import pytest

pytest.importorskip("lightgbm")

from cothink.routing.answers.model import AnswerCheck
from cothink.routing.answers.recorded import Row, load
from cothink.routing.answers.train import train
from routing.answers.world import QUICK, write


@pytest.fixture(scope="session")
def answers_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("answers"))


@pytest.fixture(scope="session")
def rows(answers_folder: Path) -> list[Row]:
    return load(answers_folder, "r1", "pro")


@pytest.fixture(scope="session")
def check(rows: list[Row]) -> AnswerCheck:
    return train(rows, ("r1", "pro"), QUICK)
