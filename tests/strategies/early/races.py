"""A cascade with early escalation over two fakes with delays, in a loop whose clock leaps."""

import asyncio
from dataclasses import dataclass
from typing import Any

from cothink.core.answer import Answer
from cothink.core.deadline import Times
from cothink.core.engine import Capabilities, Engine, Model, Zone
from cothink.core.errors import CoThinkError
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
from cothink.strategies.early.report import STEP, EarlyReport
from cothink.traffic.book import Book
from leaping import leap, now
from strategies.scripted import O1_PRO, answer_of, count

SUM = "What is 17 * 23?"
RIGHT, WRONG = "17 * 23 = 391. Answer: 391", "17 * 23 = 381. Answer: 381"
R1_PRICE = Price(input_usd=0.5, output_usd=2.0)
# only what a test asks for is watched
NOTHING = EarlyConfig(
    enabled=True, thought_tokens=0, over_usual=0.0, stalled_s=0.0, mean_logprob=0.0, repeats=0, hedges=0
)


@dataclass
class Ran:
    """What one race came to."""

    answer: Answer | None
    error: CoThinkError | None
    run: Run
    r1: FakeEngine
    pro: FakeEngine
    took_s: float

    @property
    def early(self) -> EarlyReport:
        (found,) = [step.detail for step in self.run.trace.steps if step.name == STEP]
        return found

    @property
    def outcomes(self) -> dict[str, list[str | None]]:
        told: dict[str, list[str | None]] = {}
        for entry in self.run.ledger.entries:
            told.setdefault(entry.model, []).append(entry.outcome)
        return told


def slow_thought(text: str, tokens: int, *, gap_s: float = 1.0, **more: Any) -> Say:
    """A thought of so many words, one each ``gap_s``, then a text."""
    return Say(text=text, reasoning=" ".join(f"w{n % 90}" for n in range(tokens)), gap_s=gap_s, **more)


def watching(**changes: Any) -> EarlyConfig:
    """Settings that watch nothing but what is named."""
    told = {name: getattr(NOTHING, name) for name in NOTHING.__dataclass_fields__}
    return EarlyConfig(**{**told, **changes})


def member(name: str, engine: Engine, zone: Zone, price: Price, clock: Any, **can: Any) -> Model:
    capabilities = Capabilities(zone=zone, **{"max_output_tokens": 4_000, **can})
    booked = Book(
        engine,
        model=name,
        zone=zone,
        price=price,
        max_output_tokens=capabilities.max_output_tokens,
        count=count,
        clock=clock,
    )
    return Model(name=name, engine=booked, capabilities=capabilities, price=price)


def team(r1: FakeEngine, pro: FakeEngine, early: EarlyConfig, **changes: Any) -> Cascade:
    config = StrategiesConfig(early=early, **changes)
    return Cascade(
        member("r1", r1, "site", R1_PRICE, now),
        member("pro", pro, "hosted", O1_PRO, now),
        checks=Checks(config),
        count=count,
        config=config,
    )


def request_of(
    question: str = SUM, *, limits: Limits = Limits(), times: Times = Times(), stream: bool = True
) -> Request:
    run = Run("r", limits=limits, times=times, clock=now)
    return Request(model="cothink-cascade", messages=(Message("user", question),), run=run, stream=stream)


def race(r1: Any, pro: Any, early: EarlyConfig, question: str = SUM, **asked: Any) -> Ran:
    """Run one request to its end in a leaping loop."""
    one, other = FakeEngine(_script(r1)), FakeEngine(_script(pro))

    async def ran() -> Ran:
        request = request_of(question, **asked)
        answer, error = None, None
        try:
            answer = await answer_of(team(one, other, early), request)
        except CoThinkError as raised:
            error = raised
        took_s = now()
        await asyncio.sleep(0)
        return Ran(answer, error, request.run, one, other, took_s)

    ran_ = leap(ran())
    assert (one.open, other.open) == (0, 0)
    assert all(entry.outcome is not None for entry in ran_.run.ledger.entries)
    return ran_


def _script(said: Any) -> tuple[Any, ...]:
    return tuple(said) if isinstance(said, tuple | list) else (said,)
