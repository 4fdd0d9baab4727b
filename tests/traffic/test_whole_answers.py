"""A whole answer goes through books, pool and queue as a stream does: the same money, breaker, retries and hang-ups."""

import asyncio

import msgspec
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
from cothink.core.events import CacheUsed, CallEnded
from cothink.core.ledger import Limits
from cothink.core.messages import Message
from cothink.core.price import Price
from cothink.core.request import Request, Sampling
from cothink.core.run import Run
from cothink.engines.fake import fake
from cothink.privacy.egress import EgressPolicy
from cothink.strategies.direct import Direct
from cothink.traffic.book import Book
from cothink.traffic.cache.cache import Cache
from cothink.traffic.cache.config import CacheConfig
from cothink.traffic.cache.tiers import Tiers
from cothink.traffic.egress import Egress
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


async def test_a_queue_counts_whole_answers():
    pool = Scene(Whole(SAID), Whole(SAID)).pool
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


class Slow(Whole):
    """Answers after some turns of the loop."""

    async def whole(self, request, seen):
        await asyncio.sleep(0.03)
        return await super().whole(request, seen)

    async def stream(self, request):
        await asyncio.sleep(0.03)
        async for chunk in super().stream(request):
            yield chunk


class Pieces(Whole):
    """Sends pieces, and then takes its time."""

    async def whole(self, request, seen):
        for piece in self.pieces:
            seen(piece)
        await asyncio.sleep(0.05)
        return self.end

    async def stream(self, request):
        for piece in self.pieces:
            yield piece
        await asyncio.sleep(0.05)
        yield Chunk(finish=self.end.finish, usage=self.end.usage)


ALL_SAID = Answer(text=PIECE.text, finish="stop", usage=Usage(10, 5))
HEDGED = {
    "quick": lambda: [Whole(SAID), Whole(SAID)],
    "slow": lambda: [Whole(None), Whole(SAID)],
    "slow, and the first comes after all": lambda: [Slow(SAID), Whole(None)],
    "slow, the second fails": lambda: [Slow(SAID), Whole(UpstreamError("no"))],
    "the first fails late": lambda: [Slow(UpstreamRefused("no")), Slow(Answer(text="late", finish="stop"))],
    "both fail": lambda: [Slow(UpstreamRefused("one")), Slow(UpstreamRefused("two"))],
    "the first speaks": lambda: [Pieces(ALL_SAID, PIECE), Whole(SAID)],
    "the second speaks": lambda: [Whole(None), Pieces(ALL_SAID, PIECE)],
    "nobody may be asked twice": lambda: [Whole(SAID)],
}


async def hedged(way, engines, *, leave=False):
    scene = Scene(*engines)
    hedge = Hedge(scene.pool, HedgeConfig(enabled=True, share=1.0, wait_least_s=0.005, samples=1))
    for one in scene.pool.replicas:
        one.latency.add(100)
    scene.call = lambda _way: (
        hedge.whole(scene.request(stream=False), lambda _chunk: None)
        if way == "whole"
        else collect(hedge.stream(scene.request(stream=False)))
    )
    if not leave:
        return await scene.seen(way) | {"hedged": (hedge.hedged, hedge.won)}
    task = asyncio.create_task(scene.call(way))
    await asyncio.sleep(0.02)
    task.cancel()
    (result,) = await asyncio.gather(task, return_exceptions=True)
    assert isinstance(result, asyncio.CancelledError)
    ends = sorted(event.outcome for event in scene.events if isinstance(event, CallEnded))
    return ends, [one.in_flight for one in scene.pool.replicas], hedge.hedged


@pytest.mark.parametrize("name", HEDGED)
async def test_a_hedged_whole_answer_leaves_behind_what_a_stream_leaves(name):
    ways = {way: await hedged(way, HEDGED[name]()) for way in ("whole", "stream")}
    assert ways["whole"] == ways["stream"]
    assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


async def test_who_leaves_a_hedged_call_ends_both_tries():
    for way in ("whole", "stream"):
        assert await hedged(way, [Whole(None), Whole(None)], leave=True) == (["cut", "cut"], [0, 0], 1)


async def cached(way, engine, times):
    scene = Scene(engine)
    config = CacheConfig(around=("m",), when="always")
    cache = Cache(scene.pool, name="m", zone="site", scope="m/1", tiers=Tiers(config, wall=lambda: 1.0), config=config)
    scene.run.strategy = "direct"

    async def calls(_way):
        asked = [
            cache.whole(scene.request(stream=False), lambda _chunk: None)
            if way == "whole"
            else collect(cache.stream(scene.request(stream=False)))
            for _ in range(2)
        ]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        for _ in range(times - 2):
            answers.append(await cache.whole(scene.request(stream=False), lambda _chunk: None))
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        assert all(answer == answers[0] for answer in answers)
        return answers[0]

    scene.call = calls
    seen = await scene.seen(way)
    uses = [(event.state, event.tier, event.usage) for event in scene.events if isinstance(event, CacheUsed)]
    return seen | {"uses": uses, "mark": scene.run.cache_mark}


@pytest.mark.parametrize("times", [2, 3])
@pytest.mark.parametrize(
    "name", ["good", "uncounted", "cut at its length", "refused", "busy", "in pieces", "in pieces that break"]
)
async def test_a_cached_whole_answer_leaves_behind_what_a_stream_leaves(name, times):
    ways = {way: await cached(way, SCENES[name]()[0], times) for way in ("whole", "stream")}
    assert ways["whole"] == ways["stream"]


@pytest.mark.parametrize("words", ["Call <PHONE_NUMBER_1>.", "Call nobody.", ""])
@pytest.mark.parametrize("pieces", [(), (Chunk(text="Call <PHONE_NUM"), Chunk(text="BER_1>."))])
async def test_what_a_hosted_model_says_is_restored_whole_as_it_is_in_a_stream(words, pieces):
    text = "".join(piece.text for piece in pieces) or words
    said = Answer(text=text, reasoning="<PHONE_NUMBER_1>?" if not pieces else "", finish="stop", usage=Usage(1, 2))

    class Hosted(Whole):
        async def stream(self, request):
            for piece in self.pieces or (Chunk(text=said.text, reasoning=said.reasoning),):
                yield piece
            yield Chunk(finish="stop", usage=said.usage)

    left = {}
    for way in ("whole", "stream"):
        told: list[Chunk] = []
        egress = Egress(Hosted(said, *pieces), EgressPolicy())
        request = msgspec.structs.replace(
            Scene(Whole(SAID)).request(stream=False), messages=(Message("user", "I am at 555-867-5309."),)
        )
        if way == "whole":
            answer = await egress.whole(request, told.append)
        else:
            answer = await collect(egress.stream(request))
        left[way] = answer, [step.detail for step in request.run.trace.steps]
        assert all("<PHONE" not in chunk.text for chunk in told)
    assert left["whole"] == left["stream"]
    assert "<PHONE" not in left["whole"][0].text + left["whole"][0].reasoning
