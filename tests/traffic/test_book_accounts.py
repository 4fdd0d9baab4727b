"""The book and a key's account: what is held before a call, and what is settled after each way in which it can end."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

import pytest

from cothink.core.answer import collect
from cothink.core.chunk import Chunk, Usage
from cothink.core.engine import Stream, Zone
from cothink.core.errors import (
    BudgetSpent,
    CoThinkError,
    LimitReached,
    RateReached,
    StoreAway,
    UpstreamRefused,
    UpstreamTimeout,
)
from cothink.core.ledger import Limits
from cothink.core.messages import Message
from cothink.core.price import Price
from cothink.core.request import Request, Sampling
from cothink.core.run import Caller, Run
from cothink.traffic.book import Book

PRICE = Price(input_usd=1, output_usd=10)
PROMPT = 10
END = Chunk(finish="stop", usage=Usage(10, 5))


class Held:
    def __init__(self, account: "Purse", is_paid: bool) -> None:
        self.is_paid = is_paid
        self._account = account

    def settle(self, usage: Usage | None, nanousd: int) -> None:
        self._account.settled.append((usage, nanousd))


class Purse:
    """An account that notes what it is asked and refuses when told to."""

    def __init__(
        self,
        *,
        most_output_tokens: int | None = None,
        most_tokens: int | None = None,
        holds: bool = True,
        is_paid: bool = True,
        refuses: CoThinkError | None = None,
        at_hand: int = 0,
    ) -> None:
        self._at_hand = at_hand
        self.drawn: list[tuple[int, int]] = []
        self.most_output_tokens = most_output_tokens
        self.most_tokens = most_tokens
        self._holds = holds
        self._is_paid = is_paid
        self._refuses = refuses
        self.held: list[tuple[int, int]] = []
        self.settled: list[tuple[Usage | None, int]] = []
        self.spent: list[tuple[str, Usage, int]] = []

    def must_hold(self, zone: str) -> bool:
        return self._holds

    def draw(self, model: str, *, tokens: int, nanousd: int) -> Held | None:
        if tokens > self._at_hand or self._refuses is not None:
            return None
        self.drawn.append((tokens, nanousd))
        return Held(self, False)

    async def hold(self, model: str, zone: str, *, tokens: int, nanousd: int) -> Held:
        await asyncio.sleep(0)
        if self._refuses is not None:
            raise self._refuses
        self.held.append((tokens, nanousd))
        return Held(self, self._is_paid)

    def spend(self, model: str, usage: Usage, nanousd: int) -> None:
        self.spent.append((model, usage, nanousd))

    def enter(self, now: float) -> bool:
        return True

    async def enter_slowly(self) -> None: ...

    def leave(self) -> None: ...

    def may_use(self, name: str, model: str) -> bool:
        return True

    def headers(self) -> list[tuple[bytes, bytes]]:
        return []


class Said:
    """Plays chunks and errors; keeps the requests."""

    def __init__(self, *steps: Chunk | Exception) -> None:
        self.steps: Sequence[Chunk | Exception] = steps
        self.requests: list[Request] = []

    async def stream(self, request: Request) -> Stream:
        self.requests.append(request)
        for step in self.steps:
            if isinstance(step, Exception):
                raise step
            yield step
            await asyncio.sleep(0)


def book(engine: Said, zone: Zone = "hosted") -> Book:
    return Book(engine, model="pro", zone=zone, price=PRICE, max_output_tokens=1000, count=lambda _: PROMPT)


def asked(purse: Purse, max_tokens: int | None = None) -> Request:
    run = Run("t", caller=Caller(key="alice", account=purse))
    return Request(model="pro", messages=(Message("user", "hi"),), run=run, sampling=Sampling(max_tokens=max_tokens))


@pytest.mark.parametrize(
    ("max_tokens", "cap", "answer"), [(None, None, 1000), (100, None, 100), (None, 60, 60), (100, 60, 60), (40, 60, 40)]
)
async def test_a_call_holds_its_prompt_and_the_longest_answer_that_it_may_have(
    max_tokens: int | None, cap: int | None, answer: int
) -> None:
    purse, engine = Purse(most_output_tokens=cap), Said(END)
    await collect(book(engine).stream(asked(purse, max_tokens)))
    assert purse.held == [(PROMPT + answer, PRICE.cost_nanousd(Usage(PROMPT, answer)))]
    assert engine.requests[0].sampling.max_tokens == answer
    assert purse.settled == [(Usage(10, 5), PRICE.cost_nanousd(Usage(10, 5)))]
    assert purse.spent == []


async def test_a_call_for_which_nothing_must_be_held_is_booked_all_the_same() -> None:
    purse, engine = Purse(holds=False), Said(END)
    await collect(book(engine).stream(asked(purse)))
    assert purse.held == []
    assert engine.requests[0].sampling.max_tokens is None
    assert purse.spent == [("pro", Usage(10, 5), PRICE.cost_nanousd(Usage(10, 5)))]


@pytest.mark.parametrize("refusal", [BudgetSpent("spent"), RateReached("fast"), StoreAway("away")])
async def test_a_refused_hold_sends_nothing_and_costs_nothing(refusal: CoThinkError) -> None:
    purse, engine = Purse(refuses=refusal), Said(END)
    request = asked(purse)
    with pytest.raises(type(refusal)):
        await collect(book(engine).stream(request))
    assert engine.requests == []
    (entry,) = request.run.ledger.entries
    assert (entry.outcome, entry.usage, entry.cost_nanousd) == ("refused", Usage(), 0)
    assert request.run.ledger.cost_nanousd == 0


async def test_a_call_that_the_server_turned_away_is_settled_with_nothing() -> None:
    purse = Purse()
    with pytest.raises(UpstreamRefused):
        await collect(book(Said(UpstreamRefused("no"))).stream(asked(purse)))
    assert purse.settled == [(Usage(), 0)]


async def test_a_call_that_may_have_been_billed_keeps_what_is_held() -> None:
    purse = Purse()
    with pytest.raises(UpstreamTimeout):
        await collect(book(Said(Chunk(text="so"), UpstreamTimeout("slow"))).stream(asked(purse)))
    assert purse.settled == [(None, 0)]


async def test_a_client_that_leaves_keeps_what_is_held() -> None:
    purse = Purse()
    async with aclosing(book(Said(Chunk(text="so"), END)).stream(asked(purse))) as stream:
        await anext(stream)
    assert purse.settled == [(None, 0)]


async def test_tokens_of_a_call_on_the_site_that_nobody_counted_are_estimated() -> None:
    purse = Purse(is_paid=False)
    await collect(book(Said(Chunk(text="so so so so "), Chunk(finish="stop")), "site").stream(asked(purse)))
    assert purse.settled[0][0] == Usage(PROMPT, 3)


async def test_an_answer_is_cut_to_what_a_minute_gives_and_says_so() -> None:
    purse, engine = Purse(most_tokens=100), Said(Chunk(finish="length", usage=Usage(10, 90)))
    request = asked(purse)
    await collect(book(engine).stream(request))
    assert engine.requests[0].sampling.max_tokens == 90
    assert request.run.warnings == ["The answer of pro was cut at what its key's limit affords."]
    assert request.run.stopped_by == "key_answer_limit"


async def test_a_prompt_that_no_minute_can_hold_is_refused_before_anything_is_held() -> None:
    purse, engine = Purse(most_tokens=20), Said(END)
    with pytest.raises(RateReached, match="20 tokens a minute are allowed"):
        await collect(book(engine).stream(asked(purse)))
    assert (engine.requests, purse.held) == ([], [])


async def test_a_call_on_the_site_draws_what_is_at_hand_and_its_prompt_is_not_counted() -> None:
    purse, engine = Purse(at_hand=10_000), Said(END)
    request = asked(purse)
    await collect(book(engine, "site").stream(request))
    ((tokens, nanousd),) = purse.drawn
    most = tokens - 1000
    assert PROMPT < most < 30, "no prompt has more tokens than bytes"
    assert nanousd == PRICE.cost_nanousd(Usage(most, 1000))
    assert purse.held == []
    assert purse.settled == [(Usage(10, 5), PRICE.cost_nanousd(Usage(10, 5)))]
    assert engine.requests[0].sampling.max_tokens == 1000


@pytest.mark.parametrize(("zone", "at_hand"), [("site", 1011), ("hosted", 10_000)])
async def test_where_little_is_left_or_the_call_is_paid_for_the_prompt_is_counted(zone: Zone, at_hand: int) -> None:
    purse = Purse(at_hand=at_hand)
    await collect(book(Said(END), zone).stream(asked(purse)))
    assert purse.drawn == []
    assert purse.held == [(PROMPT + 1000, PRICE.cost_nanousd(Usage(PROMPT, 1000)))]


async def test_an_answer_is_cut_to_the_cap_of_the_key_though_all_is_at_hand() -> None:
    purse, engine = Purse(at_hand=10_000, most_output_tokens=60), Said(Chunk(finish="length", usage=Usage(10, 60)))
    request = asked(purse)
    await collect(book(engine, "site").stream(request))
    assert engine.requests[0].sampling.max_tokens == 60
    assert request.run.stopped_by == "key_answer_limit"


async def test_a_prompt_near_the_tokens_of_a_minute_is_counted() -> None:
    purse, engine = Purse(at_hand=10_000, most_tokens=100), Said(END)
    await collect(book(engine, "site").stream(asked(purse)))
    assert purse.drawn == []
    assert engine.requests[0].sampling.max_tokens == 90


async def test_a_run_without_calls_left_gives_back_what_was_drawn() -> None:
    purse = Purse(at_hand=10_000)
    run = Run("t", caller=Caller(key="alice", account=purse), limits=Limits(calls=0))
    request = Request(model="pro", messages=(Message("user", "hi"),), run=run, sampling=Sampling())
    with pytest.raises(LimitReached):
        await collect(book(Said(END), "site").stream(request))
    assert len(purse.drawn) == 1
    assert purse.settled == [(Usage(), 0)]


async def test_a_call_on_the_site_that_was_cut_off_is_estimated_and_gives_the_rest_back() -> None:
    purse = Purse(at_hand=10_000)
    async with aclosing(book(Said(Chunk(text="so so so"), END), "site").stream(asked(purse))) as stream:
        await anext(stream)
    ((usage, _),) = purse.settled
    assert usage == Usage(PROMPT, 2)
