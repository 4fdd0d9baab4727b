from pathlib import Path

import pytest

from risk.parts import scorecard


@pytest.fixture(scope="session")
def card_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scorecard(tmp_path_factory.mktemp("scorecard") / "model")
