"""A board: the ways of answering that stand on the same prompts of one data set, with what each answer was worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from cothink.core.errors import SettingError
from cothink.evaluation.live.rows import Row

Unit = str
"""What spend is counted in: ``$``, ``tokens``, ``calls of the pro``."""
TEAM = "cothink-"


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer to one prompt.

    Args:
        right: 0 or 1; a share where several rounds were joined.
        spend: In the board's unit.
        got: The final answer as it was read; empty where answers cannot be compared.
    """

    right: float
    spend: float
    got: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of answering.

    Args:
        answers: For each prompt its answers, at least one.
        is_team: It is a strategy, not one model.
        errors: How many answers were errors, which are not among the answers unless errors count as wrong.
        ungraded: How many could not be graded; they are not among the answers.
        asked: How often it was asked.
        rows: The rows of a live run.
    """

    name: str
    answers: Mapping[str, Sequence[Answered]]
    is_team: bool = False
    errors: int = 0
    ungraded: int = 0
    asked: int = 0
    rows: Sequence[Row] = ()

    def right(self, ids: Sequence[str]) -> list[float]:
        """The mean over the answers to each prompt."""
        return [fmean(one.right for one in self.answers[id]) for id in ids]

    def spend(self, ids: Sequence[str]) -> list[float]:
        """The same of what they took."""
        return [fmean(one.spend for one in self.answers[id]) for id in ids]


@dataclass(frozen=True, slots=True)
class Board:
    """One data set.

    Args:
        ids: The prompts that every way has answered, in order.
        kinds: How each was graded.
        groups: The subject of each.
        cheap: The single model that stands for the cheap one; None where there is no pair.
        strong: The dear one.
    """

    name: str
    unit: Unit
    ways: Sequence[Way]
    ids: Sequence[str]
    kinds: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    cheap: Way | None = None
    strong: Way | None = None
    notes: Sequence[str] = ()

    @property
    def best(self) -> Way | None:
        """The single model that is right most often; None where there is none."""
        singles = [way for way in self.ways if not way.is_team]
        return max(singles, key=lambda way: sum(way.right(self.ids)), default=None)


def common(name: str, ways: Sequence[Way]) -> list[str]:
    """Return the prompts that every way has answered, in the order of the first.

    Raises:
        SettingError: There is none.
    """
    found = [id for id in ways[0].answers if all(id in way.answers for way in ways)]
    if not found:
        counts = ", ".join(f"{way.name} {len(way.answers)}" for way in ways)
        raise SettingError(
            f"{name}: no prompt was answered by every way (prompts: {counts}). "
            "Leave a way out with --model, or give rows of the same tasks.",
            param="files",
        )
    return found


def pair_of(ways: Sequence[Way], ids: Sequence[str], pair: tuple[str, str] | None) -> tuple[Way, Way] | None:
    """Return the cheap and the strong single model: those that were named, else r1 and pro, else by what they took.

    Raises:
        SettingError: One that was named is not there.
    """
    singles = {way.name: way for way in ways if not way.is_team}
    if pair is not None:
        for name in pair:
            if name not in singles:
                raise SettingError(
                    f"--pair names {name!r}; the single models are {', '.join(singles) or 'none'}.", param="pair"
                )
        return singles[pair[0]], singles[pair[1]]
    if {"r1", "pro"} <= singles.keys():
        return singles["r1"], singles["pro"]
    if len(singles) < 2:
        return None
    order = sorted(singles.values(), key=lambda way: fmean(way.spend(ids)))
    return order[0], order[-1]


def lacking(ways: Sequence[Way], ids: Sequence[str]) -> list[str]:
    """Say which ways have answered more than all have."""
    return [
        f"{way.name} has answered {len(way.answers)} prompts; compared are the {len(ids)} that all have."
        for way in ways
        if len(way.answers) > len(ids)
    ]
