"""`cothink risk`: train, judge and describe a scorecard, and score applications with it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cothink.cli.options import ConfigFile

if TYPE_CHECKING:
    from polars import DataFrame

    from cothink.measures.calibration import Bin
    from cothink.risk.card import Judged
    from cothink.risk.scorecard import Scorecard

app = typer.Typer(name="risk", help="Scorecards: train, judge, describe, score.", no_args_is_help=True)

Data = Annotated[Path, typer.Option("--data", help="A table: .csv, .parquet or .jsonl.", dir_okay=False)]
Model = Annotated[Path, typer.Argument(help="The folder of a trained model.", metavar="DIR")]
Prior = Annotated[
    float | None, typer.Option("--prior", min=0.001, max=0.999, help="The base rate where the rows come from.")
]
Read = Annotated[bool, typer.Option("--read", help="R1 of the settings reads the words; its readings are columns.")]
Groups = Annotated[
    list[str] | None, typer.Option("--group", help="A column whose groups are compared; may be repeated.")
]
Time = Annotated[str | None, typer.Option("--time", help="A column of dates.")]
Since = Annotated[str | None, typer.Option("--since", help="Judge on rows from this date on, such as 2011-01.")]
_NEEDS = ("numpy", "scipy", "sklearn", "lightgbm", "polars")


@app.command()
def train(  # noqa: PLR0913, PLR0917  # the options of one command
    data: Data,
    target: Annotated[str, typer.Option("--target", help="The column that is 1 where the loan defaulted.")],
    out: Annotated[Path, typer.Option("--out", help="The folder for the model.", file_okay=False)],
    text: Annotated[list[str] | None, typer.Option("--text", help="A column of words; may be repeated.")] = None,
    drop: Annotated[list[str] | None, typer.Option("--drop", help="Columns to leave out, such as 'lender_*'.")] = None,
    time: Annotated[str | None, typer.Option("--time", help="A column of dates: judge on the latest rows.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Learn from rows up to this date, 2010-12.")] = None,
    rising: Annotated[list[str] | None, typer.Option("--rising", help="More of it never lowers the risk.")] = None,
    falling: Annotated[list[str] | None, typer.Option("--falling", help="More of it never raises the risk.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Equal seeds give equal models.")] = 0,
    read: Read = False,
    config: ConfigFile = None,
) -> None:
    """Train a scorecard on a history of loans; where there is a column `part`, on its rows `train`."""
    from cothink.cli.extras import need

    need("risk", *_NEEDS)
    from cothink.risk import files, table
    from cothink.risk.train import train as fit

    frame = table.without(table.part_of(table.read_table(data), "train"), drop or [])
    table.needs(frame, [*(text or []), *([time] if time else [])])
    frame = table.between(frame, time, until=until)
    truth = table.truths(frame, target)
    frame = frame.drop([target, *([table.PART] if table.PART in frame.columns else [])])
    if read:
        from cothink.cli.risk_reading import with_readings

        frame = with_readings(frame, text or [], config)
    signs = {**dict.fromkeys(rising or [], 1), **dict.fromkeys(falling or [], -1)}
    model = fit(frame, truth, target, texts=text or [], time=time, signs=signs, seed=seed)
    for warning in model.about.warnings:
        typer.secho(f"warning: {warning}", fg=typer.colors.YELLOW, err=True)
    found = files.save(model, out)
    typer.echo(f"{out}: {len(truth):,} rows, {model.about.logistic_share:.0%} logistic, digest {found[:12]}")


@app.command()
def evaluate(  # noqa: PLR0913, PLR0917  # the options of one command
    model: Model,
    data: Data,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    prior: Prior = None,
    group: Groups = None,
    time: Time = None,
    since: Since = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the bootstrap.")] = 0,
) -> None:
    """Judge a model on rows that it has not seen; where there is a column `part`, on its rows `test`."""
    from cothink.cli.extras import need

    need("risk", *_NEEDS)
    import msgspec

    from cothink.risk import files, table
    from cothink.risk.evaluate import MEASURES

    judged, _ = _judge(files.load(model), table.unseen(data, time, since), group or [], prior, seed)
    found = dict(judged.figures)
    if json:
        more = {"lift": judged.lifts, "groups": judged.groups}
        sys.stdout.write(msgspec.json.encode({**found, **more}).decode() + "\n")
        return
    for name in MEASURES:
        low, high = found[f"{name}_interval"]
        typer.echo(f"{name:6} {found[name]:.4f} [{low:.4f}, {high:.4f}]")
    typer.echo(f"An exactly right model would show an ECE of {found['ece_floor']:.4f} on {found['rows']:,} rows.")
    for column, groups in judged.groups.items():
        for one in groups:
            typer.echo(
                f"{column}={one.name}: {one.rows:,} rows, said {one.said:.3f}, came true {one.came_true:.3f}, "
                f"low risk {one.low_risk:.1%}, impact {one.impact:.2f}"
            )


def _judge(
    model: "Scorecard", frame: "DataFrame", groups: list[str], prior: float | None, seed: int
) -> "tuple[Judged, list[Bin]]":
    """What a model comes to on rows that it has not seen, and the bins of its calibration plot."""
    from cothink.measures.calibration import bins
    from cothink.risk import table
    from cothink.risk.card import Judged
    from cothink.risk.evaluate import by_group, lifts, report

    truth = table.truths(frame, model.about.target)
    table.needs(frame, [*model.about.form.columns, *groups])
    chance = model.score(frame, prior).chance
    compared = {name: by_group(chance, truth, frame[name]) for name in groups}
    return Judged(report(chance, truth, seed=seed), lifts(chance, truth), compared), bins(chance, truth)


@app.command()
def card(
    model: Model,
    data: Annotated[Path | None, typer.Option("--data", help="Rows to judge it on; adds figures and plots.")] = None,
    group: Groups = None,
    time: Time = None,
    since: Since = None,
) -> None:
    """Write the model card, README.md in the model's folder."""
    from cothink.cli.extras import need

    need("risk", *_NEEDS, "matplotlib")
    from dataclasses import replace

    from cothink.risk import files, table
    from cothink.risk.card import card as write
    from cothink.risk.card import draw_calibration, draw_lift

    found, judged = files.load(model), None
    if data is not None:
        judged, parts = _judge(found, table.unseen(data, time, since), group or [], None, 0)
        draw_calibration(parts, model / "calibration.png")
        draw_lift(judged.lifts, model / "lift.png")
        judged = replace(judged, pictures={"calibration": "calibration.png", "lift": "lift.png"})
    (model / "README.md").write_text(write(found.about, files.digest(model), judged), encoding="utf-8")
    typer.echo(f"{model / 'README.md'}")


@app.command()
def score(
    file: Annotated[Path, typer.Argument(help="Applications: .csv, .parquet or .jsonl.", metavar="FILE")],
    model: Annotated[Path, typer.Option("--model", help="The folder of a trained model.")],
    out: Annotated[Path, typer.Option("--out", help="Where the scores go: .csv, .parquet or .jsonl.")],
    prior: Prior = None,
    read: Read = False,
    config: ConfigFile = None,
) -> None:
    """Score a file of applications. A run that was cut off goes on where it stood."""
    from cothink.cli.extras import need

    need("risk", *_NEEDS)
    from rich.console import Console
    from rich.progress import Progress

    from cothink.risk.batch import score_file

    if read:
        from cothink.cli.risk_reading import file_with_readings

        file = file_with_readings(file, model, out, config)
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("rows", total=None)
        bad = score_file(
            file, model, out, prior=prior, tell=lambda done, rows: bar.update(task, completed=done, total=rows)
        )
    if read:
        file.unlink()
    typer.echo(f"{out}: written; {bad:,} rows could not be read, their `error` says why")
