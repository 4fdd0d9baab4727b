"""A whole answer goes through books, pool and queue as a stream does: the same money, breaker, retries and hang-ups."""

import asyncio

import pytest
from traffic_fakes import LEAST, Clock, replicas

from cothink.core.answer import Answer, collect
from cothink.core.chunk import Chunk, Usage
from cothink.core.engine import Capabilities, Model, whole_of
from cothink.core.errors import (
    BadRequest,
    CoThinkError,
    UpstreamBroken,
    UpstreamBusy,
    UpstreamError,
    UpstreamRefused,
    UpstreamTimeout,
)
from cothink.core.events import CallEnded
from cothink.core.ledger import Limits
from cothink.core.messages import Message
from cothink.core.price import Price
from cothink.core.request import Request, Sampling
from cothink.core.run import Run
from cothink.engines.fake import fake
from cothink.strategies.direct import Direct
from cothink.traffic.book import Book
from cothink.traffic.hedge import Hedge
from cothink.traffic.limit import Limit
from cothink.traffic.pool import Pool
from cothink.traffic.queue_config import HedgeConfig, LimitConfig

PRICE = Price(input_usd=1, output_usd=2)
SAID = Answer(text="fine", finish="stop", usage=Usage(10, 5), model="m")


class Whole:
    """Answers in one piece, or raises; what stands before it is seen piece by piece."""

    def __init__(self, end, *pieces) -> None:
        self.end = end
        self.pieces = pieces
        self.asked = 0

    async def whole(self, request, seen):
        self.asked += 1
        for piece in self.pieces:
            seen(piece)
        await asyncio.sleep(0)
        if isinstance(self.end, Exception):
            raise self.end
        if self.end is None:
            await asyncio.Event().wait()
        return self.end

    async def stream(self, request):
        self.asked += 1
        for piece in self.pieces:
            yield piece
        await asyncio.sleep(0)
        if isinstance(self.end, Exception):
            raise self.end
        if self.end is None:
            await asyncio.Event().wait()
        if not self.pieces:
            yield Chunk(text=self.end.text, model=self.end.model)
        yield Chunk(finish=self.end.finish, usage=self.end.usage)


class Scene:
    """A pool of booked engines, and all that can be seen of a call."""

    def __init__(self, *engines, limits: Limits | None = None) -> None:
        self.engines = engines
        self.clock = Clock()
        self.events = []
        self.run = Run("t", limits=limits or Limits(), emit=self.events.append, clock=self.clock)
        books = [
            Book(
                engine,
                model="m",
                zone="site",
                price=PRICE,
                max_output_tokens=100,
                count=lambda _request: 10,
                clock=self.clock,
            )
            for engine in engines
        ]
        self.pool = Pool(replicas(books, LEAST), LEAST, clock=self.clock, sleep=self.clock.sleep, chance=lambda: 0.5)

    def request(self, stream: bool) -> Request:
        return Request(
            model="m",
            messages=(Message("user", "hi"),),
            run=self.run,
            sampling=Sampling(max_tokens=50),
            stream=stream,
        )

    async def call(self, way: str):
        request = self.request(stream=False)
        if way == "whole":
            assert self.pool.whole is not None
            return await self.pool.whole(request, lambda _chunk: None)
        return await collect(self.pool.stream(request))

    async def seen(self, way: str, *, cancel: bool = False):
        """Return all that a call left behind."""
        task = asyncio.create_task(self.call(way))
        if cancel:
            for _ in range(5):
                await asyncio.sleep(0)
            task.cancel()
        (result,) = await asyncio.gather(task, return_exceptions=True)
        said = (result.text, result.usage) if isinstance(result, Answer) else (type(result), str(result))
        ends = [
            (event.outcome, event.usage, event.cost_nanousd, event.error, event.first_chunk_s)
            for event in self.events
            if isinstance(event, CallEnded)
        ]
        ledger = self.run.ledger
        return {
            "said": said,
            "ends": ends,
            "entries": [(one.outcome, one.usage, one.cost_nanousd) for one in ledger.entries],
            "cost": ledger.cost_nanousd,
            "asked": [engine.asked for engine in self.engines],
            "in_flight": [one.in_flight for one in self.pool.replicas],
            "failures": [one.failures for one in self.pool.replicas],
            "steps": [step.name for step in self.run.trace.steps],
            "warnings": self.run.warnings,
            "slept": self.clock.slept,
        }


PIECE = Chunk(text="some words that came")
SCENES = {
    "good": lambda: [Whole(SAID)],
    "uncounted": lambda: [Whole(Answer(text="fine", finish="stop"))],
    "cut at its length": lambda: [Whole(Answer(text="fine", finish="length", usage=Usage(10, 50)))],
    "one fails": lambda: [Whole(UpstreamError("no")), Whole(SAID)],
    "all fail": lambda: [Whole(UpstreamError("no")), Whole(UpstreamBroken("cut"))],
    "busy": lambda: [Whole(UpstreamBusy("later", retry_after_s=1.0))],
    "refused": lambda: [Whole(UpstreamRefused("no such")), Whole(SAID)],
    "bad": lambda: [Whole(BadRequest("no")), Whole(SAID)],
    "late": lambda: [Whole(UpstreamTimeout("late")), Whole(SAID)],
    "a fault of ours": lambda: [Whole(ValueError("oops")), Whole(SAID)],
    "in pieces": lambda: [Whole(Answer(text=PIECE.text, finish="stop", usage=Usage(10, 5)), PIECE)],
    "in pieces that break": lambda: [Whole(UpstreamError("no"), PIECE), Whole(SAID)],
}


@pytest.mark.parametrize("limits", [Limits(), Limits(tokens=1000), Limits(cost_nanousd=10**9)], ids=str)
@pytest.mark.parametrize("name", SCENES)
async def test_a_whole_answer_leaves_behind_what_a_stream_leaves(name, limits):
    ways = {way: await Scene(*SCENES[name](), limits=limits).seen(way) for way in ("whole", "stream")}
    assert ways["whole"] == ways["stream"]


@pytest.mark.parametrize("pieces", [(), (PIECE,)])
async def test_a_hang_up_leaves_behind_what_it_leaves_of_a_stream(pieces):
    ways = {way: await Scene(Whole(None, *pieces)).seen(way, cancel=True) for way in ("whole", "stream")}
    assert ways["whole"] == ways["stream"]
    assert ways["whole"]["in_flight"] == [0]


async def test_a_pool_with_one_engine_that_only_streams_offers_no_whole_answers():
    assert Scene(Whole(SAID), fake("fine")).pool.whole is None


async def test_hedging_streams_and_a_queue_counts_whole_answers():
    pool = Scene(Whole(SAID), Whole(SAID)).pool
    assert Hedge(pool, HedgeConfig(enabled=True)).whole is None
    assert Hedge(pool).whole == pool.whole
    scene = Scene(Whole(None))
    limit = Limit(scene.pool, LimitConfig(calls=1))
    whole = whole_of(limit)
    assert whole is not None
    first = asyncio.create_task(whole(scene.request(stream=False), lambda _chunk: None))
    second = asyncio.create_task(whole(scene.request(stream=False), lambda _chunk: None))
    for _ in range(5):
        await asyncio.sleep(0)
    assert (limit.running, limit.waiting) == (1, 1)
    first.cancel()
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    assert (limit.running, limit.waiting) == (0, 0)


async def test_direct_checks_before_it_hands_a_whole_call_on():
    engine = Whole(SAID)
    model = Model(name="m", engine=engine, capabilities=Capabilities(context_tokens=20), price=PRICE)
    whole = whole_of(Direct(model, name="r1", count=lambda _request: 10_000))
    assert whole is not None
    with pytest.raises(CoThinkError):
        await whole(Scene(engine).request(stream=False), lambda _chunk: None)
    assert engine.asked == 0
