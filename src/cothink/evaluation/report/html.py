"""The report as one HTML file: no script, no font, no address outside it; light and dark by the reader's system."""

from collections.abc import Sequence
from html import escape

from cothink.evaluation.report.curves import Line, Point, cost_quality, mixing_line, over_turns
from cothink.evaluation.report.figures import Range, Report, SetFigures
from cothink.evaluation.report.markdown import Table, heading, intro, tables

STYLE = """
:root { color-scheme: light dark; --ink: #1b2126; --soft: #5c6770; --line: #d5dbe0; --paper: #ffffff; --card: #f6f8f9;
  --single: #0b7285; --team: #d9480f; --oracle: #868e96; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaed; --soft: #9aa5ad; --line: #38424a; --paper: #14191d;
  --card: #1b2126; --single: #3bc9db; --team: #ff922b; --oracle: #868e96; } }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); } h3 { font-size: 1rem; }
p, li { color: var(--soft); max-width: 50rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th { color: var(--soft); font-weight: 600; } th:first-child, td:first-child { text-align: left; }
td:last-child { white-space: normal; }
svg { width: 100%; height: auto; background: var(--card); border-radius: 8px; font: 12px system-ui, sans-serif; }
svg .label { paint-order: stroke; stroke: var(--card); stroke-width: 3px; }
svg text { fill: var(--ink); } svg .tick, svg .name { fill: var(--soft); }
svg .axis { fill: none; stroke: var(--soft); } svg .grid { stroke: var(--line); stroke-dasharray: 1 3; }
svg .line { fill: none; stroke-width: 1.5; stroke-dasharray: 5 4; }
svg .mixing { stroke: var(--oracle); } svg .line.single { stroke: var(--single); }
svg .line.team { stroke: var(--team); }
svg .bar { stroke-width: 1.5; opacity: .6; } svg .bar.single { stroke: var(--single); }
svg .bar.team { stroke: var(--team); } svg .bar.oracle { stroke: var(--oracle); }
svg circle.single { fill: var(--single); } svg rect.team, svg circle.team { fill: var(--team); }
svg path.oracle { fill: var(--oracle); }
.key span { margin-right: 1.2rem; } .key i { display: inline-block; width: .7rem; height: .7rem; margin-right: .35rem; }
"""
KEY = (
    '<p class="key"><span><i style="background: var(--single); border-radius: 50%"></i>one model</span>'
    '<span><i style="background: var(--team)"></i>a strategy</span>'
    '<span><i style="background: var(--oracle); transform: rotate(45deg)"></i>the oracle</span>'
    "<span>dashed grey: random mixing</span><span>dashed colour: one model several times, with a vote</span></p>"
)


def html(report: Report) -> str:
    """Return the whole report as one page."""
    body = "".join(_set(one) for one in report.sets)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Evaluation</title><style>{STYLE}</style></head><body>"
        f"<h1>Evaluation</h1><p>{escape(intro(report))}</p>{notes(report.notes)}{body}</body></html>\n"
    )


def _set(one: SetFigures) -> str:
    parts = [f"<section><h2>{escape(one.name)}</h2><p>{escape(heading(one))}</p>"]
    parts.append(notes(one.notes))
    parts.append(KEY + chart(one))
    if any(way.recall for way in one.ways):
        parts.append("<h3>Facts kept, by turns between told and asked</h3>" + _recall(one))
    parts += [_table(table) for table in tables(one)]
    return "".join(parts) + "</section>"


def notes(words: Sequence[str]) -> str:
    """A list of what a reader should know."""
    return f"<ul>{''.join(f'<li>{escape(word)}</li>' for word in words)}</ul>" if words else ""


def chart(one: SetFigures) -> str:
    """Draw the spend and quality of one data set."""
    points = [_point(way.name, way.spend, way.right, "team" if way.is_team else "single") for way in one.ways]
    named = {point.name: point for point in points}
    lines = []
    if one.cheap and one.strong:
        lines.append(mixing_line(named[one.cheap], named[one.strong]))
    lines += [Line(f"{name}, k times", votes, "single") for name, votes in one.votes.items()]
    if one.oracle is not None and one.oracle_spend is not None:
        points.append(_point("oracle", one.oracle_spend, one.oracle, "oracle"))
    return cost_quality(points, lines, one.unit)


def _recall(one: SetFigures) -> str:
    lines = [
        Line(way.name, [(float(d), share) for d, share, _ in way.recall], "team" if way.is_team else "single")
        for way in one.ways
        if way.recall
    ]
    return over_turns(lines, "turns between told and asked", "facts kept %")


def _point(name: str, spend: float, right: Range, kind: str) -> Point:
    return Point(name, spend, right[0], right[1], right[2], kind)


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.head)
    lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line) + "</tr>" for line in table.lines)
    note = f"<p>{escape(table.note)}</p>" if table.note else ""
    return (
        f'<h3>{escape(table.title)}</h3><div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>{note}"
    )
