import asyncio
from collections.abc import Sequence
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.core.answer import collect
from cothink.core.chunk import Chunk, Usage
from cothink.core.deadline import Times
from cothink.core.engine import Engine, Stream
from cothink.core.errors import (
    CoThinkError,
    LimitReached,
    SettingError,
    UpstreamBroken,
    UpstreamBusy,
    UpstreamRefused,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from cothink.core.events import CallEnded, Event
from cothink.core.ledger import Limits
from cothink.core.messages import Message
from cothink.core.price import Price
from cothink.core.request import Request, Sampling
from cothink.core.run import Run
from cothink.traffic.book import Book
from cothink.traffic.config import BookConfig

O1_PRO = Price(input_usd=150, output_usd=600)  # 0.15 and 0.6 milli-dollars a token
PROMPT_TOKENS = 10


class Said:
    """Plays chunks; a CoThinkError among them is raised. Keeps the requests and whether each stream was closed."""

    def __init__(self, *steps: Chunk | Exception) -> None:
        self.steps = steps
        self.requests: list[Request] = []
        self.closed = 0

    async def stream(self, request: Request) -> Stream:
        self.requests.append(request)
        try:
            for step in self.steps:
                if isinstance(step, Exception):
                    raise step
                yield step
                await asyncio.sleep(0)
        finally:
            self.closed += 1


class Obedient:
    """Writes exactly ``max_tokens`` tokens, or its own most."""

    def __init__(self, most: int) -> None:
        self.most = most

    async def stream(self, request: Request) -> Stream:
        wanted = request.sampling.max_tokens
        written = self.most if wanted is None else min(self.most, wanted)
        yield Chunk(text="w" * written)
        yield Chunk(finish="stop", usage=Usage(PROMPT_TOKENS, written))


def book(engine: Engine, price: Price = O1_PRO, most: int = 1_000, counted: list[Request] | None = None) -> Book:
    def count(request: Request) -> int:
        if counted is not None:
            counted.append(request)
        return PROMPT_TOKENS

    return Book(engine, model="pro", zone="hosted", price=price, max_output_tokens=most, count=count)


def ask(run: Run, max_tokens: int | None = None) -> Request:
    return Request(model="pro", messages=(Message("user", "hi"),), run=run, sampling=Sampling(max_tokens=max_tokens))


def watched(limits: Limits = Limits()) -> tuple[Run, list[CallEnded]]:
    ended: list[CallEnded] = []

    def emit(event: Event) -> None:
        assert isinstance(event, CallEnded)
        ended.append(event)

    return Run("r", limits=limits, emit=emit), ended


GOOD = (Chunk(text="Hello", model="m"), Chunk(text=" you"), Chunk(finish="stop", usage=Usage(9, 2)))


async def test_an_answer_is_entered_with_its_usage_and_price() -> None:
    run, ended = watched()
    assert (await collect(book(Said(*GOOD)).stream(ask(run)))).text == "Hello you"
    (entry,) = run.ledger.entries
    assert (entry.usage, entry.cost_nanousd, entry.outcome) == (Usage(9, 2), 9 * 150_000 + 2 * 600_000, "completed")
    assert run.ledger.cost_nanousd == entry.cost_nanousd
    assert (ended[0].outcome, ended[0].error, ended[0].model, ended[0].zone) == ("completed", None, "pro", "hosted")
    assert ended[0].first_chunk_s is not None


async def test_without_limits_nothing_is_estimated_and_the_request_is_passed_on_untouched() -> None:
    counted: list[Request] = []
    engine = Said(*GOOD)
    request = ask(Run("r", limits=Limits(calls=3)))
    await collect(book(engine, counted=counted).stream(request))
    assert counted == []
    assert engine.requests[0] is request


async def test_content_touches_the_deadline_and_empty_frames_do_not() -> None:
    class Clock:
        now = 0.0

        def __call__(self) -> float:
            self.now += 1
            return self.now

    run = Run("r", times=Times(first_s=100), clock=Clock())
    started = run.deadline.last_content_at
    stream = book(Said(Chunk(model="m"), Chunk(text="x"), Chunk(finish="stop"))).stream(ask(run))
    await anext(stream)
    assert run.deadline.last_content_at == started
    await anext(stream)
    assert run.deadline.last_content_at > started
    await stream.aclose()


async def test_the_answer_is_clipped_to_the_tokens_that_are_left() -> None:
    run, _ = watched(Limits(tokens=110))
    answer = await collect(book(Obedient(1_000)).stream(ask(run)))
    assert len(answer.text) == 100
    assert run.ledger.tokens_left == 0


async def test_the_answer_is_clipped_to_the_dollars_that_are_left() -> None:
    run, _ = watched(Limits(cost_nanousd=10 * 150_000 + 50 * 600_000 + 599_999))
    answer = await collect(book(Obedient(1_000)).stream(ask(run, max_tokens=400)))
    assert len(answer.text) == 50
    assert run.ledger.nanousd_left == 599_999


async def test_an_answer_that_the_limit_cut_is_said_to_be_cut() -> None:
    run, _ = watched(Limits(tokens=60))
    await collect(book(Said(Chunk(text="x"), Chunk(finish="length", usage=Usage(10, 50)))).stream(ask(run)))
    assert run.stopped_by == "run_tokens_limit"
    assert "was cut" in run.warnings[0]


async def test_a_call_that_fits_not_even_a_useful_answer_is_not_made() -> None:
    run, ended = watched(Limits(tokens=25))
    engine = Said(*GOOD)
    with pytest.raises(LimitReached, match="25 are left") as caught:
        await collect(book(engine).stream(ask(run)))
    assert caught.value.code == "run_tokens_limit"
    assert (engine.requests, run.ledger.entries, ended) == ([], [], [])


async def test_a_prompt_that_the_dollars_do_not_pay_for_is_not_sent() -> None:
    run, _ = watched(Limits(cost_nanousd=1_000))
    with pytest.raises(LimitReached, match=r"\$0\.000001 are left") as caught:
        await collect(book(Said(*GOOD)).stream(ask(run)))
    assert caught.value.code == "run_cost_limit"


async def test_a_client_that_wants_less_than_the_floor_gets_it() -> None:
    run, _ = watched(Limits(tokens=15))
    assert len((await collect(book(Obedient(99)).stream(ask(run, max_tokens=5)))).text) == 5


async def test_a_free_model_is_not_clipped_by_dollars() -> None:
    run, _ = watched(Limits(cost_nanousd=0))
    assert len((await collect(book(Obedient(70), price=Price()).stream(ask(run)))).text) == 70


async def test_parallel_calls_stay_within_the_limit_together() -> None:
    run, _ = watched(Limits(tokens=100))
    pair = book(Obedient(1_000)), book(Obedient(1_000))
    results = await asyncio.gather(
        *(collect(one.stream(ask(run, max_tokens=60))) for one in pair), return_exceptions=True
    )
    texts = [len(result.text) for result in results if not isinstance(result, BaseException)]
    assert sum(texts) + PROMPT_TOKENS * len(texts) <= 100


@pytest.mark.parametrize("error", [UpstreamRefused("no"), UpstreamBusy("busy"), UpstreamUnreachable("gone")])
async def test_a_call_that_surely_was_not_billed_gives_its_reservation_back(error: CoThinkError) -> None:
    run, ended = watched(Limits(tokens=500, cost_nanousd=10**9))
    with pytest.raises(type(error)):
        await collect(book(Said(error)).stream(ask(run)))
    assert (run.ledger.tokens_left, run.ledger.cost_nanousd) == (500, 0)
    assert ended[0].outcome == ("refused" if isinstance(error, UpstreamRefused) else "failed")
    assert ended[0].error == error.code


@pytest.mark.parametrize(
    "steps",
    [
        (Chunk(text="a"), UpstreamBusy("after content")),
        (UpstreamTimeout("silent"),),
        (UpstreamBroken("html"),),
        (Chunk(text="a"), RuntimeError("a bug")),
        (Chunk(text="a"),),
    ],
)
async def test_a_call_that_may_be_billed_keeps_its_reservation(steps: Sequence[Chunk | Exception]) -> None:
    run, ended = watched(Limits(tokens=500))
    with pytest.raises((CoThinkError, RuntimeError)):
        await collect(book(Said(*steps)).stream(ask(run, max_tokens=90)))
    assert run.ledger.tokens_left == 400
    assert (ended[0].outcome, ended[0].usage) == ("failed", None)
    assert ended[0].error in {"upstream_busy", "upstream_timeout", "upstream_broken", "internal_error"}


async def test_a_failed_call_that_was_counted_is_settled_by_the_count() -> None:
    run, _ = watched(Limits(tokens=500))
    with pytest.raises(UpstreamBroken):
        await collect(book(Said(Chunk(text="a", usage=Usage(10, 1)), UpstreamBroken("cut"))).stream(ask(run)))
    assert run.ledger.tokens_left == 489


async def test_without_a_reservation_an_uncounted_call_is_booked_as_an_estimate_and_says_so() -> None:
    run, _ = watched()
    await collect(book(Said(Chunk(text="x" * 40), Chunk(finish="stop"))).stream(ask(run)))
    assert run.ledger.usage == Usage(PROMPT_TOKENS, 10)
    assert "estimate" in run.warnings[0]
    assert run.trace.steps[0].name == "estimated_usage"


async def test_a_reader_who_leaves_cuts_the_call_and_closes_the_engine() -> None:
    run, ended = watched(Limits(tokens=500))
    engine = Said(*GOOD)
    async with aclosing(book(engine).stream(ask(run, max_tokens=90))) as stream:
        await anext(stream)
    assert engine.closed == 1
    assert (ended[0].outcome, ended[0].error) == ("cut", None)
    assert run.ledger.tokens_left == 400


async def test_a_reader_who_leaves_after_the_finish_has_a_completed_call() -> None:
    run, ended = watched()
    async with aclosing(book(Said(*GOOD)).stream(ask(run))) as stream:
        async for chunk in stream:
            if chunk.finish:
                break
    assert ended[0].outcome == "completed"


async def test_a_cancelled_task_cuts_the_call() -> None:
    class Silent:
        async def stream(self, request: Request) -> Stream:
            await asyncio.Event().wait()
            yield Chunk()

    run, ended = watched()
    task = asyncio.create_task(collect(book(Silent()).stream(ask(run))))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended[0].outcome == "cut"


@given(
    tokens=st.integers(0, 400),
    dollars=st.integers(0, 10**8),
    asked=st.lists(st.one_of(st.none(), st.integers(1, 300)), max_size=6),
)
def test_no_run_of_calls_passes_its_limits(tokens: int, dollars: int, asked: list[int | None]) -> None:
    async def spend() -> Run:
        run, _ = watched(Limits(tokens=tokens, cost_nanousd=dollars))
        for max_tokens in asked:
            try:
                await collect(book(Obedient(250)).stream(ask(run, max_tokens)))
            except LimitReached:
                continue
        return run

    run = asyncio.run(spend())
    assert run.ledger.usage.total_tokens <= tokens
    assert run.ledger.cost_nanousd <= dollars


def test_a_floor_below_one_is_refused() -> None:
    with pytest.raises(SettingError, match="floor_tokens is 0"):
        BookConfig(floor_tokens=0)
