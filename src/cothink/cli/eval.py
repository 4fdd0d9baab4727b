"""`cothink eval`: what a strategy is worth, by replay of recorded answers."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cothink.cli import eval_code
from cothink.cli.options import DataFolder

if TYPE_CHECKING:
    from cothink.evaluation.outcomes import Case
    from cothink.evaluation.summary import Way

app = typer.Typer(help="Measure what a strategy is worth.", no_args_is_help=True)


app.command("code")(eval_code.code)


@app.command()
def replay(
    strategy: Annotated[
        str, typer.Option(help="r1, pro, cascade, fusion, fusion3 (three answers each), or a vote: r1x3, prox3.")
    ],
    pair: Annotated[str, typer.Option(help="The recorded models in the two roles: R1,PRO.")],
    data: DataFolder,
    only: Annotated[
        list[str] | None, typer.Option("--set", help="A data set; all that have both where left out.")
    ] = None,
    decisions: Annotated[Path | None, typer.Option(help="Write each decision there, a line of JSON a prompt.")] = None,
    report: Annotated[Path | None, typer.Option("--json", help="Write the figures there.")] = None,
    alone: Annotated[bool, typer.Option("--alone", help="Only this strategy, nothing beside it.")] = False,
) -> None:
    """Run a strategy, the same code that serves, over recorded answers, without any network."""
    from cothink.core.errors import SettingError
    from cothink.evaluation import replay as replaying
    from cothink.evaluation.outcomes import load
    from cothink.evaluation.summary import is_graded
    from cothink.evaluation.ways import build

    models = [model.strip() for model in pair.split(",")]
    if len(models) != 2 or not all(models):
        raise SettingError(f"--pair is {pair!r}; two models are needed: R1,PRO.", param="pair")
    chosen = build(strategy)
    cases = load(data, (models[0], models[1]), only)
    if decisions is not None:
        count = replaying.write(_seen(replaying.replay(cases, chosen), len(cases), strategy), decisions)
        typer.echo(f"{count} decisions written to {decisions}")
    if not is_graded(cases):
        typer.echo("Not every recorded answer has a grade, so there is no table.")
        return
    ways = _ways(cases, [strategy] if alone else list(dict.fromkeys([strategy, "r1", "pro", "r1x2", "prox2", "prox3"])))
    _print(cases, ways)
    if report is not None:
        report.write_text(json.dumps([_figures(way, ways[0]) for way in ways], indent=2) + "\n", encoding="utf-8")


def _ways(cases: "list[Case]", names: list[str]) -> "list[Way]":
    """Each way over as many rounds as there are samples, so that every recorded answer comes first once."""
    from cothink.evaluation import replay as replaying
    from cothink.evaluation.summary import way
    from cothink.evaluation.ways import build

    rounds = range(replaying.rounds(cases))
    return [
        way(
            name,
            cases,
            [list(_seen(replaying.replay(cases, build(name), first), len(cases), name)) for first in rounds],
        )
        for name in names
    ]


def _seen(decisions, total: int, name: str):  # type: ignore[no-untyped-def]  # an iterator passes through
    from rich.progress import track

    return track(decisions, total=total, description=f"{name:10}", transient=True)


def _print(cases: "list[Case]", ways: "list[Way]") -> None:
    from statistics import fmean

    from rich.console import Console
    from rich.table import Table

    from cothink.evaluation.summary import either, mixing

    table = Table(title=f"{len(cases)} prompts; 95% intervals over prompts")
    table.add_column("way")
    for column in ("right %", "R1 calls", "pro calls", "random mixing %", f"{ways[0].name} is ahead by (points)"):
        table.add_column(column, justify="right")
    for way in (*ways, either(cases)):
        right, ahead = way.accuracy, ways[0].gain_over(way)
        share = fmean(way.pro_calls)
        table.add_row(
            way.name,
            f"{100 * right.value:.1f} [{100 * right.low:.1f}, {100 * right.high:.1f}]",
            f"{fmean(way.r1_calls):.2f}",
            f"{share:.2f}",
            f"{100 * mixing(cases, share):.1f}" if share <= 1 else "–",
            "" if way is ways[0] else f"{100 * ahead.value:+.1f} [{100 * ahead.low:+.1f}, {100 * ahead.high:+.1f}]",
        )
    Console().print(table)


def _figures(way: "Way", first: "Way") -> dict[str, object]:
    from statistics import fmean

    right, ahead = way.accuracy, first.gain_over(way)
    return {
        "way": way.name,
        "prompts": len(way.right),
        "right": right.value,
        "right_interval": [right.low, right.high],
        "r1_calls": fmean(way.r1_calls),
        "pro_calls": fmean(way.pro_calls),
        "first_is_ahead_by": ahead.value,
        "first_is_ahead_interval": [ahead.low, ahead.high],
        "unanswered": way.unanswered,
    }
