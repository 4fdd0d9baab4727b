"""What the tests of the embedded engine share."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from pathlib import Path

from cothink.engines.llamacpp import LlamaServer
from cothink.engines.llamacpp_config import LlamaConfig
from cothink.engines.supervisor import Patience

SOON = Patience(first_wait_s=0.01)
BATCH_TOKENS = 64


def config_of(model: Path, **changes: object) -> LlamaConfig:
    return dataclasses.replace(
        LlamaConfig(path=str(model), model="smol", context_tokens=4096, slots=4, batch_tokens=BATCH_TOKENS, threads=1),
        **changes,  # type: ignore[arg-type]
    )


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for a state of another process; a minute is far more than any machine needs."""
    async with asyncio.timeout(60):
        while not await holds():  # another process has no event of ours to set
            await asyncio.sleep(0.01)


async def busy_slots(server: LlamaServer) -> int:
    return sum(slot["is_processing"] for slot in await server.slots())


async def is_busy(server: LlamaServer) -> bool:
    return await busy_slots(server) > 0


async def until_idle(server: LlamaServer) -> float:
    """Wait until no slot works; return the count of decode steps then."""

    async def idle() -> bool:
        return not await is_busy(server)

    await until(idle)
    return (await server.metrics())["n_decode_total"]
