"""What a replayed strategy is worth, beside what its money buys without it."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from cothink.evaluation.outcomes import Case
from cothink.evaluation.replay import Decision, given
from cothink.measures.intervals import Interval, bootstrap
from cothink.measures.paired import gain
from cothink.routing.recordings import RIGHT


@dataclass(frozen=True, slots=True)
class Way:
    """One way of answering over all prompts, in their order.

    Args:
        name: The strategy's name.
        right: For each prompt the share of rounds in which the answer was right, 0..1.
        r1_calls: For each prompt the mean number of calls of R1.
        pro_calls: The same of the pro.
        unanswered: How many answers were none, over all rounds.
    """

    name: str
    right: tuple[float, ...]
    r1_calls: tuple[float, ...]
    pro_calls: tuple[float, ...]
    unanswered: int = 0

    @property
    def accuracy(self) -> Interval:
        """The share of right answers with its 95% interval over prompts."""
        return bootstrap(lambda right: float(right.mean()), self.right)

    def gain_over(self, other: "Way") -> Interval:
        """By how much more often this way is right, paired by prompt, with its 95% interval."""
        return gain(lambda right: float(right.mean()), self.right, other.right)

    def is_ahead_of(self, other: "Way") -> bool | None:
        """Whether this way is ahead of another, paired by prompt at 95%; None where neither is shown to be."""
        found = self.gain_over(other)
        return True if found.low > 0 else False if found.high < 0 else None


def equal_spend(first: Way, ladder: Sequence[Way]) -> Way:
    """What as many pro calls buy without a strategy: the two ways whose pro calls lie around, mixed at random.

    Args:
        first: The strategy.
        ladder: R1 alone, the pro alone, votes of the pro; where it asks more than all, the dearest stands alone.

    Raises:
        ValueError: The ladder is empty.
    """
    if not ladder:
        raise ValueError("equal spend needs at least one way to spend it on")
    wanted = fmean(first.pro_calls)
    steps = sorted(ladder, key=lambda one: fmean(one.pro_calls))
    low = next((one for one in reversed(steps) if fmean(one.pro_calls) <= wanted), steps[0])
    high = next((one for one in steps if fmean(one.pro_calls) > wanted), low)
    room = fmean(high.pro_calls) - fmean(low.pro_calls)
    part = max(0.0, (wanted - fmean(low.pro_calls)) / room) if room else 0.0
    name = f"{low.name} and {high.name}, equal pro calls" if part else f"{low.name}, no more pro calls"

    def mixed(one: Sequence[float], other: Sequence[float]) -> tuple[float, ...]:
        return tuple((1 - part) * a + part * b for a, b in zip(one, other, strict=True))

    return Way(
        name,
        mixed(low.right, high.right),
        mixed(low.r1_calls, high.r1_calls),
        mixed(low.pro_calls, high.pro_calls),
        low.unanswered,
    )


def way(name: str, cases: Sequence[Case], rounds: Sequence[Sequence[Decision]]) -> Way:
    """Grade the decisions of each round over the same cases.

    Raises:
        ValueError: A recorded answer that was given has no grade.
    """
    right: list[list[float]] = [[] for _ in cases]
    unanswered = 0
    for decisions in rounds:
        for place, (case, decision) in enumerate(zip(cases, decisions, strict=True)):
            sample = given(case, decision)
            unanswered += sample is None
            right[place].append(0.0 if sample is None else _grade(case, sample.score))
    return Way(name, tuple(map(fmean, right)), _calls(rounds, "r1"), _calls(rounds, "pro"), unanswered)


def is_graded(cases: Sequence[Case]) -> bool:
    """Whether every recorded answer has a grade."""
    return all(sample.score is not None for case in cases for role in ("r1", "pro") for sample in case.samples(role))


def either(cases: Sequence[Case]) -> Way:
    """The oracle of one answer each: right where R1's or the pro's is, in expectation over the samples."""
    right, pro = [], []
    for case in cases:
        low, high = (fmean(_grade(case, sample.score) for sample in case.samples(role)) for role in ("r1", "pro"))
        right.append(1 - (1 - low) * (1 - high))
        pro.append(1 - low)
    return Way("either right (oracle)", tuple(right), (1.0,) * len(cases), tuple(pro))


def mixing(cases: Sequence[Case], share: float) -> float:
    """The accuracy of sending a random share of the prompts to the pro and the rest to R1."""
    low, high = (
        fmean(fmean(_grade(case, sample.score) for sample in case.samples(role)) for case in cases)
        for role in ("r1", "pro")
    )
    return low + min(1.0, share) * (high - low)


def _grade(case: Case, score: float | None) -> float:
    if score is None:
        raise ValueError(f"{case.dataset} {case.prompt_id}: the answer has no score, so it cannot be graded")
    return float(score >= RIGHT)


def _calls(rounds: Sequence[Sequence[Decision]], role: str) -> tuple[float, ...]:
    counts = zip(
        *([sum(call[0] == role for call in one.calls) for one in decisions] for decisions in rounds), strict=True
    )
    return tuple(fmean(count) for count in counts)
