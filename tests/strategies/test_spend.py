"""Whatever models do, in whatever order, no strategy books more than its run's limits, and none leaves a call open."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cothink.core.chunk import Usage
from cothink.core.deadline import Times
from cothink.core.engine import Capabilities, Engine, Model, Zone
from cothink.core.errors import CoThinkError, UpstreamBusy
from cothink.core.ledger import Limits
from cothink.core.messages import Message
from cothink.core.price import Price
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.engines.fake import FakeEngine, Say
from cothink.strategies.cascade import Cascade
from cothink.strategies.checks import Checks
from cothink.strategies.config import StrategiesConfig
from cothink.strategies.early.config import EarlyConfig
from cothink.strategies.fusion import Fusion
from cothink.strategies.local import Local
from cothink.strategies.route.belief import Chances
from cothink.strategies.route.config import RouteConfig
from cothink.strategies.route.team import CascadeRouting
from cothink.traffic.book import Book
from leaping import leap, now
from strategies.scripted import count

R1_PRICE, PRO_PRICE = Price(input_usd=1, output_usd=2), Price(input_usd=150, output_usd=600)
TEXTS = ("17 * 23 = 391. Answer: 391", "17 * 23 = 381. Answer: 381", "six", "7", "")
QUESTIONS = ("What is 17 * 23?", "Tom has 3 apples and buys 5. How many has he?", "Tell me a story.")


@dataclass(frozen=True)
class Act:
    """What a model does on one call."""

    text: str
    words: int
    gap_s: float
    fault: str
    after: int

    def __call__(self, request: Request) -> Say | CoThinkError:
        if self.fault == "busy":
            return UpstreamBusy("busy")
        most = request.sampling.max_tokens or 4_000
        return Say(
            text=self.text,
            reasoning="so " * self.words,
            gap_s=self.gap_s,
            usage=Usage(count(request), min(most, self.words + 10)),
            fails=UpstreamBusy("busy") if self.fault == "fails" else None,
            hangs=self.fault == "hangs",
            cut=self.fault == "cut",
            after=self.after,
        )


class Told:
    def __init__(self, r1: float, pro: float) -> None:
        self.told = Chances(r1, pro)

    def chances(self, request: Request) -> Chances:
        return self.told


acts = st.lists(
    st.builds(
        Act,
        st.sampled_from(TEXTS),
        st.integers(0, 40),
        st.sampled_from([0.0, 0.3, 1.0]),
        st.sampled_from(["none", "none", "none", "busy", "fails", "hangs", "cut"]),
        st.integers(0, 30),
    ),
    min_size=1,
    max_size=4,
)
limits = st.builds(
    Limits,
    calls=st.none() | st.integers(1, 5),
    tokens=st.none() | st.integers(50, 12_000),
    cost_nanousd=st.none() | st.integers(10_000, 6_000_000_000),
)
EARLY = EarlyConfig(enabled=True, thought_tokens=5, stalled_s=3.0, least_answer_tokens=20)
CONFIG = StrategiesConfig(early=EARLY, route=RouteConfig(value_usd=50.0, second_usd=0.05))


def member(name: str, engine: Engine, zone: Zone, price: Price) -> Model:
    booked = Book(engine, model=name, zone=zone, price=price, max_output_tokens=4_000, count=count, clock=now)
    return Model(name=name, engine=booked, capabilities=Capabilities(zone=zone, max_output_tokens=4_000), price=price)


def team(kind: str, r1: Model, pro: Model, chances: tuple[float, float]) -> Any:
    plain = StrategiesConfig(fusion_r1=2, fusion_pro=2)
    if kind == "early":
        return Cascade(r1, pro, checks=Checks(CONFIG), count=count, config=CONFIG)
    if kind == "route":
        priors = Told(*chances)
        return CascadeRouting(r1, pro, priors=priors, checks=Checks(CONFIG), count=count, config=CONFIG)
    if kind == "local":
        return Local(r1, checks=Checks(plain), count=count, config=plain)
    build: Callable[..., Any] = {"cascade": Cascade, "fusion": Fusion}[kind]
    return build(r1, pro, checks=Checks(plain), count=count, config=plain)


@pytest.mark.parametrize("kind", ["cascade", "early", "route", "fusion", "local"])
@settings(deadline=None, max_examples=60)
@given(
    r1=acts,
    pro=acts,
    most=limits,
    question=st.sampled_from(QUESTIONS),
    stream=st.booleans(),
    leaves_s=st.none() | st.floats(0.0, 60.0),
    whole_s=st.sampled_from([5.0, 40.0, 400.0]),
    chances=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_nothing_is_booked_over_the_limits_and_nothing_is_left_open(
    kind: str,
    r1: list[Act],
    pro: list[Act],
    most: Limits,
    question: str,
    stream: bool,
    leaves_s: float | None,
    whole_s: float,
    chances: tuple[float, float],
) -> None:
    one, other = FakeEngine(tuple(r1)), FakeEngine(tuple(pro))

    async def ran() -> Run:
        run = Run("r", limits=most, times=Times(whole_s=whole_s), clock=now)
        request = Request(model="team", messages=(Message("user", question),), run=run, stream=stream)
        members = member("r1", one, "site", R1_PRICE), member("pro", other, "hosted", PRO_PRICE)

        async def read() -> None:
            async with aclosing(team(kind, *members, chances).stream(request)) as chunks:
                async for _ in chunks:
                    pass

        task = asyncio.create_task(read())
        await asyncio.wait({task}, timeout=whole_s if leaves_s is None else min(leaves_s, whole_s))
        task.cancel()  # a hang-up, or the gateway's watchdog
        (came,) = await asyncio.gather(task, return_exceptions=True)
        assert came is None or isinstance(came, CoThinkError | asyncio.CancelledError), came
        return run

    ledger = leap(ran()).ledger
    assert (one.open, other.open) == (0, 0)
    assert all(entry.outcome is not None for entry in ledger.entries)
    spent = sum(entry.cost_nanousd for entry in ledger.entries)
    assert spent == ledger.cost_nanousd
    assert most.cost_nanousd is None or spent <= most.cost_nanousd
    assert most.calls is None or len(ledger.entries) <= most.calls
    assert ledger.tokens_left is None or ledger._tokens <= (most.tokens or 0)
    assert kind != "local" or {entry.zone for entry in ledger.entries} <= {"site"}
