"""The tables of a report, and the report as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass

from cothink.evaluation.report.figures import Range, Report, SetFigures, WayFigures

NONE = "–"


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the first column is words, the others figures."""

    title: str
    head: Sequence[str]
    lines: Sequence[Sequence[str]]
    note: str = ""


def tables(one: SetFigures) -> list[Table]:
    """Return the tables of one data set; those without lines are left out."""
    found = [_quality(one), _beside(one), _speed(one), _recall(one), _groups(one), _errors(one)]
    return [table for table in found if table.lines]


def markdown(report: Report) -> str:
    """Return the whole report as Markdown."""
    parts = ["# Evaluation", intro(report), *(f"- {note}" for note in report.notes)]
    for one in report.sets:
        parts.append(f"## {one.name}")
        parts.append(heading(one))
        parts += [f"- {note}" for note in one.notes]
        for table in tables(one):
            parts.append(f"### {table.title}")
            parts.append(_drawn(table))
            parts += [table.note] if table.note else []
    return "\n\n".join(parts) + "\n"


def intro(report: Report) -> str:
    """Say how the figures are meant."""
    errors = "count as wrong" if report.errors_are_wrong else "are left out of the share of right answers"
    return (
        "Intervals are 95%, by bootstrap over prompts (Wilson's where all are alike); differences are paired by "
        "prompt; p is McNemar's exact test. "
        f"Answers that are errors {errors}. Made from {', '.join(report.files)}."
    )


def heading(one: SetFigures) -> str:
    """Say what was compared."""
    pair = f" The pair is {one.cheap} and {one.strong}." if one.cheap and one.strong else ""
    return f"{one.prompts} prompts that every way has answered. Spend is in {one.unit} a prompt.{pair}"


def percent(value: Range | None) -> str:
    """A share with its interval, in percent."""
    return NONE if value is None else f"{100 * value[0]:.1f} [{100 * value[1]:.1f}, {100 * value[2]:.1f}]"


def points(value: Range | None) -> str:
    """A difference with its interval, in points."""
    return NONE if value is None else f"{100 * value[0]:+.1f} [{100 * value[1]:+.1f}, {100 * value[2]:+.1f}]"


def spend(value: float | None, unit: str) -> str:
    """A spend in its unit."""
    if value is None:
        return NONE
    return f"{value:.6f}" if unit == "$" else f"{value:.2f}" if value < 100 else f"{value:,.0f}"


def _quality(one: SetFigures) -> Table:
    lines = [_line(way, one) for way in sorted(one.ways, key=lambda way: -way.right[0])]
    if one.oracle is not None:
        lines.append(
            ["oracle: either is right", percent(one.oracle), NONE, spend(one.oracle_spend, one.unit), NONE, NONE, NONE]
        )
    head = (
        "way",
        "right %",
        "errors",
        f"spend ({one.unit})",
        "cost $",
        f"ahead of {one.best or 'the best'} (points)",
        "only it / only that, p",
    )
    return Table("Quality and spend", head, lines)


def _line(way: WayFigures, one: SetFigures) -> list[str]:
    test = NONE if way.p_value is None else f"{way.only_this} / {way.only_that}, p = {way.p_value:.3f}"
    ungraded = f", {way.ungraded} not graded" if way.ungraded else ""
    return [
        way.name,
        percent(way.right),
        f"{way.errors} of {way.asked}{ungraded}",
        spend(way.spend, one.unit),
        NONE if way.cost_usd is None else f"{way.cost_usd:.4f}",
        "the best single model" if way.name == one.best else points(way.ahead),
        test,
    ]


def _beside(one: SetFigures) -> Table:
    lines = []
    for team in one.teams:
        lines.append([team.name, "itself", percent(team.right), NONE, f"spend {spend(team.spend, one.unit)}"])
        lines += [["", rival.name, percent(rival.right), points(rival.ahead), rival.note] for rival in team.rivals]
    head = ("strategy", "beside it at equal spend", "right %", "strategy is ahead by (points)", "how")
    return Table("Each strategy beside what its money buys without it", head, lines)


def _speed(one: SetFigures) -> Table:
    lines = [
        [
            way.name,
            _pair(way.seconds_p50, way.seconds_p95),
            _pair(way.first_p50, way.first_p95),
            _number(way.tokens),
            _number(way.tokens_per_s),
            ", ".join(f"{name} {count:.2f}" for name, count in way.calls.items()) or NONE,
            NONE if way.memory_bytes is None else f"{way.memory_bytes / 2**20:,.0f}",
        ]
        for way in one.ways
        if way.seconds_p50 is not None
    ]
    head = ("way", "seconds P50 / P95", "first piece P50 / P95", "tokens out", "tokens a second", "calls", "memory MiB")
    note = (
        "Tokens a second are over all answers that ran at once. Memory is the peak of the embedded engine's processes, "
        "pages of the weights included; other servers do not tell. A team's first piece may be a word of progress."
    )
    return Table("Speed, tokens, memory", head, lines, note if lines else "")


def _recall(one: SetFigures) -> Table:
    distances = sorted({distance for way in one.ways for distance, _, _ in way.recall})
    lines = []
    for way in one.ways:
        known = {distance: (share, count) for distance, share, count in way.recall}
        if known:
            cells = [f"{100 * known[d][0]:.0f} ({known[d][1]})" if d in known else NONE for d in distances]
            lines.append([way.name, *cells])
    return Table("Facts kept, by turns between told and asked: % (facts)", ("way", *map(str, distances)), lines)


def _groups(one: SetFigures) -> Table:
    names = [way.name for way in one.ways]
    lines = [
        [group, str(count), *(f"{100 * shares[name]:.0f}" for name in names)] for group, count, shares in one.groups
    ]
    return Table("By group: right %", ("group", "prompts", *names), lines)


def _errors(one: SetFigures) -> Table:
    lines = [
        [way.name, ", ".join(f"{code} ×{count}" for code, count in way.error_codes.items())]
        for way in one.ways
        if way.error_codes
    ]
    return Table("Errors", ("way", "codes"), lines)


def _pair(low: float | None, high: float | None) -> str:
    return NONE if low is None or high is None else f"{low:.2f} / {high:.2f}"


def _number(value: float | None) -> str:
    return NONE if value is None else f"{value:,.1f}"


def _drawn(table: Table) -> str:
    head = "| " + " | ".join(map(_cell, table.head)) + " |"
    rule = "|---|" + "--:|" * (len(table.head) - 1)
    return "\n".join([head, rule, *("| " + " | ".join(map(_cell, line)) + " |" for line in table.lines)])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
