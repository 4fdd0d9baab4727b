"""What early escalation saves in seconds and costs in dollars, by threshold, over scripted models with delays.

    PYTHONPATH=src python benchmarks/early.py

Two fakes answer: R1 thinks for a while that varies widely; the longer it thinks the likelier it is wrong, and 2% of its
thoughts hang; the pro is always right. The cascade, its race, books and checks are those that serve. The clock leaps,
so an hour of waiting takes no time and every run gives the same figures. The delays are made up: which threshold pays
for you depends on your models, this shows how they trade.
"""

import argparse
import asyncio
import random
import selectors
from dataclasses import dataclass, replace
from statistics import fmean, quantiles
from typing import Any

from cothink.core.answer import collect
from cothink.core.engine import Capabilities, Engine, Model, Zone
from cothink.core.messages import Message
from cothink.core.price import Price, usd
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.engines.fake import FakeEngine, Say
from cothink.strategies.cascade import Cascade
from cothink.strategies.checks import Checks
from cothink.strategies.config import StrategiesConfig
from cothink.strategies.early.config import EarlyConfig
from cothink.strategies.early.report import STEP
from cothink.traffic.book import Book

QUESTION = "What is 17 * 23?"
RIGHT, WRONG = "17 * 23 = 391. Answer: 391", "17 * 23 = 381. Answer: 381"
R1_PRICE, PRO_PRICE = Price(input_usd=0.55, output_usd=2.19), Price(input_usd=15.0, output_usd=60.0)
PRO_WORDS = 600
OFF = EarlyConfig(enabled=True, thought_tokens=0, over_usual=0, stalled_s=0, mean_logprob=0, repeats=0, hedges=0)


@dataclass(frozen=True, slots=True)
class Script:
    """One request: how long R1 thinks, whether it is right or hangs, and how fast the pro is."""

    r1_words: int
    is_right: bool
    hangs: bool
    pro_first_s: float


@dataclass(frozen=True, slots=True)
class Came:
    """What came of one request."""

    took_s: float
    cost_usd: float
    is_right: bool
    started: bool
    pro_won: bool


class _Leaping(selectors.SelectSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        self.now += max(0.0, timeout or 0.0)
        return super().select(0)


class LeapingLoop(asyncio.SelectorEventLoop):
    """A loop whose seconds pass only while everybody waits."""

    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        """Return the seconds that have passed."""
        return self._leaping.now


def scripts(count: int, seed: int) -> list[Script]:
    """Return requests: R1's thought is log-normal, and right with a chance that falls with its length."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        words = int(min(4_000, max(20, chance.lognormvariate(5.5, 1.0))))
        is_right = chance.random() < max(0.1, 0.95 - words / 1_600)
        made.append(Script(words, is_right, chance.random() < 0.02, chance.uniform(3, 12)))
    return made


def _member(name: str, engine: Engine, zone: Zone, price: Price, loop: asyncio.AbstractEventLoop) -> Model:
    def count(request: Request) -> int:
        return sum(len(message.text) // 4 + 4 for message in request.messages)

    book = Book(engine, model=name, zone=zone, price=price, max_output_tokens=8_000, count=count, clock=loop.time)
    return Model(name=name, engine=book, capabilities=Capabilities(zone=zone, max_output_tokens=8_000), price=price)


async def _came(script: Script, early: EarlyConfig) -> Came:
    loop = asyncio.get_running_loop()
    words = " ".join(f"w{number % 97}" for number in range(script.r1_words))
    text = RIGHT if script.is_right else WRONG
    r1 = Say(text=text, reasoning=words, gap_s=0.05, hangs=script.hangs, after=script.r1_words // 2)
    pro = Say(text=RIGHT, reasoning="so " * PRO_WORDS, first_s=script.pro_first_s, gap_s=0.02)
    config = StrategiesConfig(early=early)
    members = (
        _member("r1", FakeEngine((r1,)), "site", R1_PRICE, loop),
        _member("pro", FakeEngine((pro,)), "hosted", PRO_PRICE, loop),
    )
    team = Cascade(*members, checks=Checks(config), count=lambda request: 50, config=config)
    run = Run("r", clock=loop.time)
    request = Request(model="cothink-cascade", messages=(Message("user", QUESTION),), run=run)
    began_s = loop.time()
    try:
        async with asyncio.timeout(300):  # a client's patience: R1 that hangs costs it all where nothing watches
            text = (await collect(team.stream(request))).text
    except TimeoutError:
        text = ""
    early_steps = [step.detail for step in run.trace.steps if step.name == STEP]
    return Came(
        loop.time() - began_s,
        usd(run.ledger.cost_nanousd),
        "391" in text,
        any(one.started for one in early_steps),
        any(one.winner == "pro" for one in early_steps),
    )


async def _all(made: list[Script], early: EarlyConfig) -> list[Came]:
    return [await _came(script, early) for script in made]


def _ways() -> dict[str, EarlyConfig]:
    ways = {"off": replace(OFF, enabled=False), "a stall of 5 s": replace(OFF, stalled_s=5.0)}
    ways |= {
        f"over {tokens} tokens, or a stall": replace(OFF, stalled_s=5.0, thought_tokens=tokens)
        for tokens in (1_600, 800, 400, 200, 100)
    }
    return ways | {"at once": replace(OFF, thought_tokens=1)}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=200, help="how many requests are scripted")
    parser.add_argument("--seed", type=int, default=6, help="another seed scripts others")
    given = parser.parse_args()
    made = scripts(given.requests, given.seed)
    print(
        "| the pro starts early | right % | mean s | P90 s | saved s (mean) | $ a 1,000 | spent $ a 1,000 "
        "| started % | the pro won % |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    )
    off: list[Came] = []
    for name, early in _ways().items():
        with asyncio.Runner(loop_factory=LeapingLoop) as runner:
            came = runner.run(_all(made, early))
        off = off or came
        seconds, cost = fmean(one.took_s for one in came), 1_000 * fmean(one.cost_usd for one in came)
        print(
            f"| {name} | {100 * fmean(one.is_right for one in came):.1f} | {seconds:.1f} "
            f"| {quantiles([one.took_s for one in came], n=10)[-1]:.1f} "
            f"| {fmean(one.took_s for one in off) - seconds:+.1f} | {cost:.2f} "
            f"| {cost - 1_000 * fmean(one.cost_usd for one in off):+.2f} "
            f"| {100 * fmean(one.started for one in came):.0f} | {100 * fmean(one.pro_won for one in came):.0f} |"
        )


if __name__ == "__main__":
    main()
