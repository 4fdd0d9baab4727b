"""Skips what needs bubblewrap, with the reason, and gives sandboxes."""

import os
import shutil
from collections.abc import AsyncIterator

import pytest

from cothink.verify.sandbox.config import Limits, SandboxConfig
from cothink.verify.sandbox.sandbox import Sandbox

QUICK = Limits(wall_s=8, cpu_s=8, memory_bytes=256 * 1024 * 1024, processes=32)


@pytest.fixture(autouse=True)
def _bubblewrap(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("needs_bubblewrap") is None or shutil.which("bwrap"):
        return
    reason = "bwrap is missing: apt-get install bubblewrap"
    if os.environ.get("COTHINK_TESTS_MAY_SKIP", "yes") == "no":
        pytest.fail(f"must not be missing here: {reason}")
    pytest.skip(reason)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A sandbox with quick limits and no pool: each run starts its own cell."""
    async with Sandbox(SandboxConfig(limits=QUICK, warm_cells=0)) as made:
        yield made
