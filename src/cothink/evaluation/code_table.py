"""What tasks of code by several ways come to: pass@1, spend and time, with intervals and a paired test."""

from collections.abc import Sequence
from statistics import fmean

from cothink.evaluation.code_live import LiveRow
from cothink.evaluation.code_replay import Replayed
from cothink.measures.intervals import wilson
from cothink.measures.paired import mcnemar

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
    ways = list(dict.fromkeys(row.way for row in rows))
    common = set.intersection(*({(row.bench, row.task) for row in rows if row.way == way} for way in ways))
    by_way = {
        way: {(row.bench, row.task): row for row in rows if row.way == way and (row.bench, row.task) in common}
        for way in ways
    }
    order = sorted(common)
    singles = [way for way in ways if way in ("r1", "pro")]
    best = max(singles, key=lambda way: sum(by_way[way][key].right for key in order), default=None)
    return [
        _line(way, [by_way[way][key] for key in order], [by_way[best][key] for key in order] if best else [], best)
        for way in ways
    ]


def _line(way: str, rows: list[LiveRow], best: list[LiveRow], name: str | None) -> tuple[str, ...]:
    right = sum(row.right for row in rows)
    against = ""
    if best and way != name:
        test = mcnemar([float(row.right) for row in rows], [float(row.right) for row in best])
        against = f"+{test.only_first} −{test.only_second} p={test.p_value:.2f}"
    return (
        way,
        str(wilson(right, len(rows))) if rows else "–",
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
