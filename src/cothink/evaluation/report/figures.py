"""The figures of a report, as plain values that become JSON, Markdown and HTML."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import fmean

import msgspec
import numpy as np

from cothink.evaluation.live.rows import Row
from cothink.evaluation.report.beside import Rival, mixing, oracle, repeated, vote_curve
from cothink.evaluation.report.board import Board, Way
from cothink.measures.intervals import Interval, bootstrap, wilson
from cothink.measures.paired import gain, mcnemar

MOST_GROUPS = 60
MOST_VOTES = 8
Range = tuple[float, float, float]
"""A figure and its 95% interval."""


class WayFigures(msgspec.Struct, kw_only=True):
    """One way of answering.

    Args:
        right: The share of right answers; of conversations, the share of facts that were kept.
        spend: The mean for a prompt, in the board's unit.
        cost_usd: Over all rows; None where a price is not known.
        tokens: The mean completion tokens of an answer.
        tokens_per_s: Completion tokens of all answers over the time in which any was on its way.
        ahead: By how much it is right more often than the best single model, paired.
        only_this: Prompts that it got right and the best single model did not; None where answers are not 0 or 1.
        p_value: McNemar's exact test of that.
    """

    name: str
    is_team: bool
    prompts: int
    asked: int
    errors: int
    ungraded: int
    right: Range
    spend: float
    cost_usd: float | None = None
    tokens: float | None = None
    seconds_p50: float | None = None
    seconds_p95: float | None = None
    first_p50: float | None = None
    first_p95: float | None = None
    tokens_per_s: float | None = None
    memory_bytes: int | None = None
    calls: dict[str, float] = {}
    ahead: Range | None = None
    only_this: int | None = None
    only_that: int | None = None
    p_value: float | None = None
    error_codes: dict[str, int] = {}
    recall: list[tuple[int, float, int]] = []


class RivalFigures(msgspec.Struct, kw_only=True):
    """What stands beside a strategy at its spend; `ahead` is by how much the strategy is right more often."""

    name: str
    note: str
    right: Range | None = None
    ahead: Range | None = None


class TeamFigures(msgspec.Struct, kw_only=True):
    """A strategy beside what its money buys without it."""

    name: str
    spend: float
    right: Range
    rivals: list[RivalFigures]


class SetFigures(msgspec.Struct, kw_only=True):
    """One data set.

    Args:
        votes: Of each of the pair, spend and share of right answers when it is asked once, twice … and votes.
    """

    name: str
    unit: str
    prompts: int
    best: str | None
    cheap: str | None
    strong: str | None
    ways: list[WayFigures]
    teams: list[TeamFigures]
    oracle: Range | None
    oracle_spend: float | None
    votes: dict[str, list[tuple[float, float]]]
    groups: list[tuple[str, int, dict[str, float]]]
    notes: list[str]


class Report(msgspec.Struct, kw_only=True):
    """All that a report says."""

    files: list[str]
    errors_are_wrong: bool
    notes: list[str]
    sets: list[SetFigures]


def figures(board: Board) -> SetFigures:
    """Work out all figures of a board."""
    ids, best = board.ids, board.best
    top = oracle(board)
    spend = None
    if board.cheap is not None and board.strong is not None:
        # who knows asks the strong model only where the cheap one fails
        missed = [1 - right for right in board.cheap.right(ids)]
        dear = zip(board.cheap.spend(ids), missed, board.strong.spend(ids), strict=True)
        spend = fmean(cheap + miss * strong for cheap, miss, strong in dear)
    return SetFigures(
        name=board.name,
        unit=board.unit,
        prompts=len(ids),
        best=best.name if best else None,
        cheap=board.cheap.name if board.cheap else None,
        strong=board.strong.name if board.strong else None,
        ways=[_way(board, way, best) for way in board.ways],
        teams=[_team(board, way) for way in board.ways if way.is_team],
        oracle=None if top.right is None else _range(_mean(top.right)),
        oracle_spend=spend,
        votes={way.name: vote_curve(board, way, MOST_VOTES) for way in (board.cheap, board.strong) if way is not None},
        groups=_groups(board),
        notes=list(board.notes),
    )


def _way(board: Board, way: Way, best: Way | None) -> WayFigures:
    ids = board.ids
    right = way.right(ids)
    found = WayFigures(
        name=way.name,
        is_team=way.is_team,
        prompts=len(ids),
        asked=way.asked,
        errors=way.errors,
        ungraded=way.ungraded,
        right=_range(_mean(right)),
        spend=fmean(way.spend(ids)),
    )
    if best is not None and best is not way:
        other = best.right(ids)
        found.ahead = _range(gain(_average, right, other))
        if {*right, *other} <= {0.0, 1.0}:
            test = mcnemar(right, other)
            found.only_this, found.only_that, found.p_value = test.only_first, test.only_second, test.p_value
    _add_rows(found, way.rows)
    return found


def _add_rows(found: WayFigures, rows: Sequence[Row]) -> None:
    """What only live rows tell: times, tokens, money, memory, errors, retention."""
    if not rows:
        return
    answered = [row for row in rows if row.error is None]
    found.error_codes = dict(Counter(row.code or "error" for row in rows if row.error is not None))
    found.cost_usd = None if any(row.cost_usd is None for row in rows) else sum(row.cost_usd or 0 for row in rows)
    found.memory_bytes = max((row.memory_bytes for row in rows if row.memory_bytes is not None), default=None)
    names = dict.fromkeys(name for row in rows for name in row.calls)
    found.calls = {name: fmean(row.calls.get(name, 0) for row in rows) for name in names}
    if not answered:
        return
    found.tokens = fmean(row.completion_tokens for row in answered)
    found.seconds_p50, found.seconds_p95 = _spread([row.seconds for row in answered])
    firsts = [row.first_s for row in answered if row.first_s is not None]
    found.first_p50, found.first_p95 = _spread(firsts) if firsts else (None, None)
    busy = _busy_s([(row.began_at, row.began_at + row.seconds) for row in answered])
    found.tokens_per_s = sum(row.completion_tokens for row in answered) / busy if busy > 0 else None
    kept: dict[int, list[bool]] = defaultdict(list)
    for row in answered:
        for distance, is_kept in row.facts:
            kept[distance].append(is_kept)
    found.recall = [(distance, fmean(all_), len(all_)) for distance, all_ in sorted(kept.items())]


def _team(board: Board, way: Way) -> TeamFigures:
    right, spend = way.right(board.ids), fmean(way.spend(board.ids))
    rivals = [mixing(board, spend)]
    rivals += [repeated(board, one, way) for one in (board.cheap, board.strong) if one is not None]
    rivals.append(oracle(board))
    return TeamFigures(
        name=way.name, spend=spend, right=_range(_mean(right)), rivals=[_rival(board, way, rival) for rival in rivals]
    )


def _rival(board: Board, way: Way, rival: Rival) -> RivalFigures:
    if rival.right is None:
        return RivalFigures(name=rival.name, note=rival.note)
    return RivalFigures(
        name=rival.name,
        note=rival.note,
        right=_range(_mean(rival.right)),
        ahead=_range(gain(_average, way.right(rival.ids or board.ids), rival.right)),
    )


def _groups(board: Board) -> list[tuple[str, int, dict[str, float]]]:
    """The largest groups with each way's share; none where there is only one."""
    by_group: dict[str, list[str]] = defaultdict(list)
    for id in board.ids:
        if id in board.groups:
            by_group[board.groups[id]].append(id)
    if len(by_group) < 2:
        return []
    largest = sorted(by_group.items(), key=lambda item: (-len(item[1]), item[0]))[:MOST_GROUPS]
    return [(name, len(ids), {way.name: fmean(way.right(ids)) for way in board.ways}) for name, ids in largest]


def _average(column: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> float:
    return float(column.mean())


def _mean(right: Sequence[float]) -> Interval:
    """The mean with its interval; where all are right, or all wrong, a bootstrap knows no doubt, and Wilson's does."""
    if {*right} in ({0.0}, {1.0}):
        return wilson(sum(right), len(right))
    return bootstrap(_average, right)


def _range(interval: Interval) -> Range:
    return (interval.value, interval.low, interval.high)


def _spread(values: Sequence[float]) -> tuple[float, float]:
    """The median and the 95th percentile."""
    low, high = np.quantile(values, [0.5, 0.95])
    return float(low), float(high)


def _busy_s(spans: Sequence[tuple[float, float]]) -> float:
    """For how long at least one span was open."""
    total, until = 0.0, float("-inf")
    for begin, end in sorted(spans):
        total += max(0.0, end - max(begin, until))
        until = max(until, end)
    return total
