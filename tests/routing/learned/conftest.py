from pathlib import Path

import pytest

from routing.outcomes import QUICK, write

pytest.importorskip("lightgbm")

from cothink.routing.learned.model import Router
from cothink.routing.learned.recorded import load
from cothink.routing.learned.train import train


@pytest.fixture(scope="session")
def recorded_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("recorded"))


@pytest.fixture(scope="session")
def router(recorded_folder: Path) -> Router:
    return train(load(recorded_folder, ["r1", "pro"]), QUICK)
