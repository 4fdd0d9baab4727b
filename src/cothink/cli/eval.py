"""`cothink eval`: what a strategy is worth, by replay of recorded answers."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cothink.cli import eval_code, eval_report, eval_run
from cothink.cli.options import DataFolder

if TYPE_CHECKING:
    from cothink.evaluation.outcomes import Case
    from cothink.evaluation.replay import Decision
    from cothink.evaluation.summary import Way
    from cothink.strategies.config import StrategiesConfig

app = typer.Typer(help="Measure what a strategy is worth.", no_args_is_help=True)


app.command("code")(eval_code.code)
app.command("run")(eval_run.run)
app.command("sets")(eval_run.sets)
app.command("report")(eval_report.report)


@app.command()
def replay(  # noqa: PLR0913, PLR0917  # the options of one command
    strategy: Annotated[
        str,
        typer.Option(
            help="r1, pro, cascade, cascade-learned, route, route-learned, fusion, fusion3 (three each), "
            "or a vote: r1x3, prox3."
        ),
    ],
    pair: Annotated[str, typer.Option(help="The recorded models in the two roles: R1,PRO.")],
    data: DataFolder,
    only: Annotated[
        list[str] | None, typer.Option("--set", help="A data set; all that have both where left out.")
    ] = None,
    decisions: Annotated[Path | None, typer.Option(help="Write each decision there, a line of JSON a prompt.")] = None,
    report: Annotated[Path | None, typer.Option("--json", help="Write the figures there.")] = None,
    alone: Annotated[bool, typer.Option("--alone", help="Only this strategy, nothing beside it.")] = False,
    check: Annotated[
        Path | None, typer.Option(help="Weights for cascade-learned; else those that are shipped.")
    ] = None,
    pro_share: Annotated[
        float | None, typer.Option(min=0, max=1, help="The share of answers for which cascade-learned asks the pro.")
    ] = None,
) -> None:
    """Run a strategy, the same code that serves, over recorded answers, without any network."""
    from cothink.core.errors import SettingError
    from cothink.evaluation import replay as replaying
    from cothink.evaluation.outcomes import load
    from cothink.evaluation.summary import equal_spend, is_graded
    from cothink.evaluation.ways import build

    models = [model.strip() for model in pair.split(",")]
    if len(models) != 2 or not all(models):
        raise SettingError(f"--pair is {pair!r}; two models are needed: R1,PRO.", param="pair")
    config = _config(check, pro_share)
    build(strategy, config)  # refuses a name that is not known before anything is read
    cases = load(data, (models[0], models[1]), only)
    decided = _decided(cases, strategy, 0, config)
    if decisions is not None:
        typer.echo(f"{replaying.write(decided, decisions)} decisions written to {decisions}")
    if not is_graded(cases):
        typer.echo("Not every recorded answer has a grade, so there is no table.")
        return
    beside = [] if alone else [name for name in ("r1", "pro", "r1x2", "prox2", "prox3") if name != strategy]
    ways = [_way(cases, strategy, decided, config), *(_way(cases, name) for name in beside)]
    if beside:
        ways.append(equal_spend(ways[0], [one for one in ways[1:] if one.name in {"r1", "pro", "prox2", "prox3"}]))
    _print(cases, ways)
    if beside:
        typer.echo(_verdict(ways[0], ways[-1]))
    if report is not None:
        report.write_text(json.dumps([_figures(way, ways[0]) for way in ways], indent=2) + "\n", encoding="utf-8")


def _config(check: Path | None, pro_share: float | None) -> "StrategiesConfig":
    from cothink.strategies.config import StrategiesConfig

    plain = StrategiesConfig()
    return StrategiesConfig(
        learned_check="shipped" if check is None else str(check),
        learned_pro_share=plain.learned_pro_share if pro_share is None else pro_share,
    )


def _verdict(first: "Way", equal: "Way") -> str:
    ahead = first.is_ahead_of(equal)
    words = "is not shown to differ from" if ahead is None else "is ahead of" if ahead else "is behind"
    return f"{first.name} {words} what the same pro calls buy without it ({equal.name}; paired by prompt, 95%)"


def _way(
    cases: "list[Case]", name: str, decided: "list[Decision] | None" = None, config: "StrategiesConfig | None" = None
) -> "Way":
    """A way over as many rounds as there are samples, so that every recorded answer comes first once.

    ``decided`` is its first round, where that was run.
    """
    from cothink.evaluation.replay import rounds
    from cothink.evaluation.summary import way

    first = _decided(cases, name, 0, config) if decided is None else decided
    rest = (_decided(cases, name, number, config) for number in range(1, rounds(cases)))
    return way(name, cases, [first, *rest])


def _decided(cases: "list[Case]", name: str, first: int, config: "StrategiesConfig | None" = None) -> "list[Decision]":
    from rich.progress import track

    from cothink.evaluation.replay import replay as replayed
    from cothink.evaluation.ways import build

    decisions = replayed(cases, build(name, config), first)
    return list(track(decisions, total=len(cases), description=f"{name:10}", transient=True))


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
