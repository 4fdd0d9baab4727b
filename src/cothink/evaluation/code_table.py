"""What tasks of code by several ways come to: pass@1, spend and time, with intervals and a paired test."""

from collections.abc import Sequence
from statistics import fmean

from cothink.evaluation.code_live import LiveRow
from cothink.evaluation.code_replay import Replayed
from cothink.measures.columns import Floats
from cothink.measures.intervals import wilson
from cothink.measures.paired import gain, mcnemar

Key = tuple[str, str]
SINGLE = ("r1", "pro")
MOST_SPEND = 1.5
SURE = 0.05

HEAD = (
    "way",
    "pass@1 [95%]",
    "tasks",
    "calls r1 / pro",
    "tokens r1 / pro",
    "spend",
    "cost $",
    "seconds",
    "against best",
)


def live_table(rows: Sequence[LiveRow]) -> list[tuple[str, ...]]:
    """One line a way, over the tasks that every way has done.

    ``spend`` is the mean of the weighted completion tokens. ``against best`` is McNemar's exact test against the better
    of the single models: tasks that only this way and only that one got right, and the probability by chance.
    """
    by_way, order = _by_way(rows)
    best = _best(by_way, order)
    alone = [by_way[best][key] for key in order] if best else []
    return [_line(way, [found[key] for key in order], alone, best) for way, found in by_way.items()]


def _line(way: str, rows: list[LiveRow], best: list[LiveRow], name: str | None) -> tuple[str, ...]:
    if not rows:
        return (way, "–", "0", *[""] * (len(HEAD) - 3))
    right = sum(row.right for row in rows)
    against = ""
    if best and way != name:
        test = mcnemar([float(row.right) for row in rows], [float(row.right) for row in best])
        against = f"+{test.only_first} −{test.only_second} p={test.p_value:.2f}"
    return (
        way,
        str(wilson(right, len(rows))),
        str(len(rows)),
        " / ".join(f"{fmean(row.calls.get(model, 0) for row in rows):.2f}" for model in ("r1", "pro")),
        " / ".join(f"{fmean(row.tokens.get(model, 0) for row in rows):.0f}" for model in ("r1", "pro")),
        f"{fmean(row.weighted for row in rows):.0f}",
        f"{fmean(row.cost_usd for row in rows):.4f}",
        f"{fmean(row.seconds for row in rows):.1f}",
        against,
    )


def replay_lines(pair: tuple[str, str], rows: Sequence[Replayed]) -> list[tuple[str, str]]:
    """The replay in figures."""
    if not rows:
        return [("tasks that both have answered", "0")]
    count = len(rows)
    better = [row.second for row in rows] if sum(r.second for r in rows) >= sum(r.first for r in rows) else None
    alone = better or [row.first for row in rows]
    test = mcnemar([float(row.picked) for row in rows], [float(right) for right in alone])
    asked = sum(row.asked for row in rows)
    return [
        ("tasks that both have answered", str(count)),
        (f"{pair[0]} alone", str(wilson(sum(row.first for row in rows), count))),
        (f"{pair[1]} alone", str(wilson(sum(row.second for row in rows), count))),
        ("verified pick", str(wilson(sum(row.picked for row in rows), count))),
        (f"share that asked {pair[1]}", str(wilson(asked, count))),
        ("pick against the better alone", f"+{test.only_first} −{test.only_second}, p = {test.p_value:.3f}"),
    ]


def goal_lines(rows: Sequence[LiveRow], most_spend: float = MOST_SPEND) -> list[str]:
    """Whether each way that is no single model beats the better of the two at no more than its spend plus a half."""
    by_way, order = _by_way(rows)
    best = _best(by_way, order)
    if best is None or not order:
        return []
    alone = [by_way[best][key] for key in order]
    return [
        _goal(way, [found[key] for key in order], best, alone, most_spend)
        for way, found in by_way.items()
        if way not in SINGLE
    ]


def _goal(way: str, rows: list[LiveRow], best: str, alone: list[LiveRow], most_spend: float) -> str:
    first, second = ([float(row.right) for row in some] for some in (rows, alone))
    test = mcnemar(first, second)
    more = gain(_mean, first, second)
    times = fmean(row.weighted for row in rows) / max(1e-9, fmean(row.weighted for row in alone))
    is_better, is_cheap = more.value > 0, times <= most_spend
    words = "beats" if is_better and is_cheap else "does not beat"
    surely = " (p < 0.05)" if test.p_value < SURE else ""
    return (
        f"{way} {words} {best} at no more than {most_spend:g} times its spend{surely}: "
        f"{more.value * 100:+.1f} points [{more.low * 100:+.1f}, {more.high * 100:+.1f}], "
        f"+{test.only_first} −{test.only_second}, p = {test.p_value:.3f}, {times:.2f} times the spend"
    )


def why_lines(rows: Sequence[LiveRow]) -> list[str]:
    """Where a team's tokens went, and how far its own word on an answer could be trusted."""
    lines = []
    by_way, order = _by_way(rows)
    for way, found in by_way.items():
        some = [found[key] for key in order]
        steps: dict[str, float] = {}
        for row in some:
            for step, spent in row.steps.items():
                steps[step] = steps.get(step, 0.0) + spent / len(some)
        if steps:
            listed = ", ".join(f"{step} {spent:.0f}" for step, spent in sorted(steps.items(), key=lambda one: -one[1]))
            lines.append(f"{way}: spend a task by step: {listed}")
        words = sorted({row.verification for row in some if row.verification})
        for word in words:
            said = [row.right for row in some if row.verification == word]
            lines.append(f"{way}: {len(said)} said to be {word}, {sum(said)} of them right")
        failed = sum(row.error is not None for row in some)
        lines += [f"{way}: {failed} ended in an error"] if failed else []
    return lines


def _mean(column: Floats) -> float:
    return float(column.mean())


def _by_way(rows: Sequence[LiveRow]) -> tuple[dict[str, dict[Key, LiveRow]], list[Key]]:
    """The rows by way, and the tasks that every way has done."""
    by_way: dict[str, dict[Key, LiveRow]] = {}
    for row in rows:
        by_way.setdefault(row.way, {})[(row.bench, row.task)] = row
    return by_way, sorted(set.intersection(*map(set, by_way.values()))) if by_way else []


def _best(by_way: dict[str, dict[Key, LiveRow]], order: list[Key]) -> str | None:
    """The better of the single models, by those tasks."""
    singles = [way for way in by_way if way in SINGLE]
    return max(singles, key=lambda way: sum(by_way[way][key].right for key in order), default=None)
