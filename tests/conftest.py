"""What several rooms' tests share."""

import os
from pathlib import Path

import pytest

from cothink.core.errors import ModelFileError
from cothink.engines.model_files.store import ModelStore
from needs import lacking


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """The 98 MB model for plumbing tests: the only download that tests may do; kept between runs."""
    default = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "cothink" / "models"
    folder = Path(os.environ.get("COTHINK_TEST_MODELS") or default)
    try:
        return ModelStore(folder).get("smollm2-135m")
    except ModelFileError as error:
        lacking(f"the test model cannot be had: {error.message}")
        raise  # not reached: lacking() ends the test
