"""What a test needs of the system: it skips with the reason on a laptop, and fails in CI, which installs it."""

import os
import shutil

import pytest


def lacking(reason: str) -> None:
    """Skip this test, or fail it where nothing may be missing."""
    if os.environ.get("COTHINK_TESTS_MAY_SKIP", "yes") == "no":
        pytest.fail(f"must not be missing here: {reason}")
    pytest.skip(reason)


def program(name: str, package: str) -> str:
    """Return the path of a program, or skip with the line that installs it."""
    path = shutil.which(name)
    if path is None:
        lacking(f"{name} is missing: apt-get install {package}")
    assert path is not None
    return path
