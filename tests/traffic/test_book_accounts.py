"""The book and a key's account: what is held before a call, and what is settled after each way in which it can end."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

import pytest

from cothink.core.answer import collect
from cothink.core.chunk import Chunk, Usage
from cothink.core.engine import Stream, Zone
from cothink.core.errors import BudgetSpent, CoThinkError, RateReached, StoreAway, UpstreamRefused, UpstreamTimeout
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
    ) -> None:
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
