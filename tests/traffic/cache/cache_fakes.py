"""An engine that counts its calls and can be held, and requests for caches."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import msgspec

from cothink.core.chunk import Chunk, Usage
from cothink.core.events import CacheUsed, Event
from cothink.core.messages import Message
from cothink.core.request import Request, Sampling
from cothink.core.run import Caller, Run
from cothink.store.blobs import Blobs
from cothink.traffic.cache.cache import Cache, Likeness
from cothink.traffic.cache.config import CacheConfig
from cothink.traffic.cache.tiers import Tiers
from cothink.traffic.cache.tiers import Tiers as _Tiers

USAGE = Usage(11, 3, reasoning_tokens=1)
WORDS = (
    Chunk(model="r1-up"),
    Chunk(reasoning="hm"),
    Chunk(text="for"),
    Chunk(text="ty"),
    Chunk(finish="stop"),
    Chunk(usage=USAGE),
)


class Counting:
    """Plays chunks; each call waits at the gate where there is one."""

    def __init__(self, chunks: tuple[Chunk, ...] = WORDS, error: Exception | None = None) -> None:
        self.chunks = chunks
        self.error = error
        self.calls = 0
        self.closed = 0
        self.gate: asyncio.Event | None = None

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.calls += 1
        chunks, error = self.chunks, self.error
        try:
            for chunk in chunks[:2]:
                yield chunk
            if self.gate is not None:
                await self.gate.wait()
            if error is not None:
                raise error
            for chunk in chunks[2:]:
                yield chunk
        finally:
            self.closed += 1


class Watches:
    """A clock and a wall clock moved by hand."""

    def __init__(self) -> None:
        self.now, self.wall = 100.0, 1_700_000_000.0

    def pass_s(self, seconds: float) -> None:
        self.now += seconds
        self.wall += seconds


def tiers(config: CacheConfig, cold: Blobs | None = None, watches: Watches | None = None) -> Tiers:
    watches = watches or Watches()
    return _Tiers(config, cold, clock=lambda: watches.now, wall=lambda: watches.wall)


def cache(
    engine: Any,
    config: CacheConfig | None = None,
    *,
    cold: Blobs | None = None,
    watches: Watches | None = None,
    shared: Tiers | None = None,
    is_team: bool = False,
    scope: str = "r1/0",
    likeness: Likeness | None = None,
) -> Cache:
    config = config or CacheConfig(around=("r1",))
    return Cache(
        engine,
        name="r1",
        zone="site",
        scope=scope,
        tiers=shared or tiers(config, cold, watches),
        config=config,
        is_team=is_team,
        likeness=likeness,
    )


def ask(
    text: str = "6 times 7?", *, tenant: str = "", key: str = "k", events: list[Event] | None = None, **fields: Any
) -> Request:
    """A greedy question."""
    fields.setdefault("sampling", Sampling(temperature=0.0))
    fields.setdefault("messages", (Message("user", text),))
    emit = events.append if events is not None else (lambda _event: None)
    run = Run("t", caller=Caller(key=key, tenant=tenant), emit=emit)
    run.strategy = "direct"
    return Request(model="r1", run=run, **fields)


def with_rule(request: Request, rule: Any) -> Request:
    request.run.cache_rule = rule
    return request


async def chunks(engine: Any, request: Request) -> tuple[Chunk, ...]:
    return tuple([chunk async for chunk in engine.stream(request)])


def whole(parts: tuple[Chunk, ...]) -> tuple[str, str, Usage | None]:
    usage = next((chunk.usage for chunk in parts if chunk.usage), None)
    return "".join(c.text for c in parts), "".join(c.reasoning for c in parts), usage


def uses(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.state, event.tier) for event in events if isinstance(event, CacheUsed)]


def replaced(request: Request, **fields: Any) -> Request:
    return msgspec.structs.replace(request, **fields)
