"""Replay: a strategy, the same code that serves, over recorded answers, without any network."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from cothink.core.answer import collect
from cothink.core.engine import Capabilities, Engine, Model
from cothink.core.errors import CoThinkError
from cothink.core.messages import Message
from cothink.core.price import Price
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.evaluation.outcomes import Case, Sample
from cothink.evaluation.recorded import recorded

Call = tuple[str, int]
Build = Callable[[Model, Model], Engine]
"""Makes a strategy over the two roles."""

# A recorded model took what it took: its limits are not what is being tried. It has no log-probs and no schemas.
RECORDED = Capabilities(context_tokens=10_000_000, max_output_tokens=1_000_000, json_schema=False, logprobs=False)
HOSTED = msgspec.structs.replace(RECORDED, zone="hosted")


@dataclass(frozen=True, slots=True)
class Decision:
    """What a strategy did with one prompt.

    Args:
        calls: Each call in order, as role and number of the recorded answer.
        final: The recorded answer that was given; None where none was.
        verification: What the answer said of itself.
        why: The strategy's reason in words.
    """

    prompt_id: str
    calls: tuple[Call, ...]
    final: Call | None
    verification: str | None = None
    why: str = field(default="", compare=False)

    def line(self) -> bytes:
        """The decision as a line of JSON."""
        final = None if self.final is None else list(self.final)
        row = {"prompt_id": self.prompt_id, "calls": [list(call) for call in self.calls], "final": final}
        return msgspec.json.encode(row) + b"\n"


async def decide(case: Case, build: Build, first: int = 0) -> Decision:
    """Let a strategy answer one prompt from the recorded answers.

    Args:
        case: The prompt with both models' answers.
        build: Makes the strategy.
        first: The number of the sample that each role gives first.
    """
    calls: list[Call] = []
    r1 = recorded("r1", case.r1, first % len(case.r1), calls)
    pro = recorded("pro", case.pro, first % len(case.pro), calls)
    run = Run(f"replay-{case.prompt_id}")
    strategy = build(
        Model(name="r1", engine=r1, capabilities=RECORDED, price=Price()),
        Model(name="pro", engine=pro, capabilities=HOSTED, price=Price()),
    )
    request = Request(model="replay", messages=(Message("user", case.prompt),), run=run, stream=False)
    try:
        answer = await collect(strategy.stream(request))
    except CoThinkError as error:
        return Decision(case.prompt_id, tuple(calls), None, None, error.message)
    role, _, number = (answer.model or "").partition(":")
    final = (role, int(number)) if role in {"r1", "pro"} and number.isdigit() else None
    return Decision(case.prompt_id, tuple(calls), final, run.verification, run.decision or "")


def replay(cases: Iterable[Case], build: Build, first: int = 0) -> Iterator[Decision]:
    """Decide case after case; nothing is kept between two of them."""
    with asyncio.Runner() as runner:
        for case in cases:
            yield runner.run(decide(case, build, first))


def rounds(cases: Iterable[Case]) -> int:
    """How many times a replay must go round so that each recorded answer comes first once."""
    return max((max(len(case.r1), len(case.pro)) for case in cases), default=1)


def write(decisions: Iterable[Decision], path: Path) -> int:
    """Write decisions as JSON lines to a file that appears when it is whole; return how many."""
    unfinished = path.with_name(path.name + ".part")
    count = 0
    with unfinished.open("wb") as out:
        for decision in decisions:
            out.write(decision.line())
            count += 1
    unfinished.replace(path)
    return count


def given(case: Case, decision: Decision) -> Sample | None:
    """The recorded answer that a decision gave."""
    if decision.final is None:
        return None
    role, number = decision.final
    return case.samples(role)[number]
