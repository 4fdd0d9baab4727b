"""Finds out by trying what the machine really limits, since kernels and containers differ."""

from cothink.core.errors import NotReady
from cothink.verify.sandbox import seccomp
from cothink.verify.sandbox.cell import Cell
from cothink.verify.sandbox.config import Limits, SandboxConfig
from cothink.verify.sandbox.run import Order, Run

ASKED, TRIED = 8, 24
# Starts a few children that wait for its end. RLIMIT_NPROC binds no root user, and on kernels before 5.14 it counts
# the user's processes on the whole host.
FORKS = f"""
import os, sys, time
started = 0
try:
    for _ in range({TRIED}):
        if os.fork() == 0:
            time.sleep(5)
            os._exit(0)
        started += 1
except OSError:
    pass
sys.exit(started)
"""


async def gaps(config: SandboxConfig) -> tuple[str, ...]:
    """Start one cell and try its limits.

    Returns:
        What cannot be limited here, in words.

    Raises:
        NotReady: No cell can be started, or it does not do what it must.
    """
    limits = Limits(
        wall_s=5, processes=ASKED, memory_bytes=config.limits.memory_bytes, work_bytes=config.limits.work_bytes
    )
    async with await Cell.start(config) as cell:
        result = await Run(cell, Order(limits, FORKS.encode()), ()).finish()
    if result is None:
        raise NotReady("the sandbox's trial cell died before it was used", code="sandbox_unavailable")
    if result.status != "exited" or result.exit_code is None:
        raise NotReady(f"the sandbox's trial run failed: {result.words}", code="sandbox_unavailable")
    found = []
    if result.exit_code >= TRIED:
        found.append("processes (this kernel does not count them for the cell)")
    if config.cgroup is None:
        found.append("memory of all processes together (each is limited, the sum is watched, not capped)")
        found.append("memory that the kernel holds for a program, such as socket buffers (no cgroup is given)")
    if seccomp.program() is None:
        found.append("system calls (no filter is known for this processor)")
    return tuple(found)
