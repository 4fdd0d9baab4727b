"""What the tests of the traffic share: a clock that is moved by hand, requests, replicas over scripted engines."""

from collections.abc import Sequence

from cothink.core.chunk import Chunk
from cothink.core.engine import Engine, Zone
from cothink.core.events import Emit, ignore
from cothink.core.messages import Message
from cothink.core.request import Request
from cothink.core.run import Caller, Run
from cothink.traffic.balance_config import PoolConfig
from cothink.traffic.pool import Pool, replica
from cothink.traffic.replica import Replica

LEAST = PoolConfig(policy="least_busy")


class Clock:
    """Seconds that pass when told to; sleeping passes them."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def ask(*texts: str, key: str = "anonymous", clock: Clock | None = None) -> Request:
    """A conversation: user and assistant in turn."""
    messages = tuple(Message("assistant" if n % 2 else "user", text) for n, text in enumerate(texts or ("hi",)))
    run = Run("t", caller=Caller(key=key), clock=clock or Clock())
    return Request(model="r1", messages=messages, run=run)


def replicas(
    engines: Sequence[Engine],
    config: PoolConfig | None = None,
    *,
    weights: Sequence[int] = (),
    zone: Zone = "site",
    emit: Emit = ignore,
) -> list[Replica]:
    """One replica an engine, named a, b, c …"""
    weights = weights or [1] * len(engines)
    return [
        replica(chr(97 + n), engine, config or PoolConfig(), weight=weight, zone=zone, emit=emit)
        for n, (engine, weight) in enumerate(zip(engines, weights, strict=True))
    ]


async def read(stream: "object") -> str:
    """The whole text of a stream."""
    chunks: list[Chunk] = [chunk async for chunk in stream]  # type: ignore[attr-defined]
    return "".join(chunk.text for chunk in chunks)


def pool(*engines: Engine, config: PoolConfig = LEAST, clock: Clock | None = None, zone: Zone = "site") -> Pool:
    """A pool over engines, on a clock that is moved by hand."""
    clock = clock or Clock()
    return Pool(replicas(engines, config, zone=zone), config, clock=clock, sleep=clock.sleep, chance=lambda: 0.5)
