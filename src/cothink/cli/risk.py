"""`cothink risk`: train, judge and describe a scorecard, and score applications with it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cothink.cli.options import ConfigFile

app = typer.Typer(name="risk", help="Scorecards: train, judge, describe, score.", no_args_is_help=True)

Data = Annotated[Path, typer.Option("--data", help="A table: .csv, .parquet or .jsonl.", dir_okay=False)]
Model = Annotated[Path, typer.Argument(help="The folder of a trained model.", metavar="DIR")]
Prior = Annotated[
    float | None, typer.Option("--prior", min=0.001, max=0.999, help="The base rate where the rows come from.")
]
Read = Annotated[bool, typer.Option("--read", help="R1 of the settings reads the words; its readings are columns.")]
_NEEDS = ("numpy", "scipy", "sklearn", "lightgbm", "polars")


@app.command()
def train(  # noqa: PLR0913, PLR0917  # the options of one command
    data: Data,
    target: Annotated[str, typer.Option("--target", help="The column that is 1 where the loan defaulted.")],
    out: Annotated[Path, typer.Option("--out", help="The folder for the model.", file_okay=False)],
    text: Annotated[list[str] | None, typer.Option("--text", help="A column of words; may be repeated.")] = None,
    drop: Annotated[list[str] | None, typer.Option("--drop", help="Columns to leave out, such as 'lender_*'.")] = None,
    time: Annotated[str | None, typer.Option("--time", help="A column of dates: judge on the latest rows.")] = None,
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
    truth = table.truths(frame, target)
    table.needs(frame, [*(text or []), *([time] if time else [])])
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
def evaluate(
    model: Model,
    data: Data,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    prior: Prior = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the bootstrap.")] = 0,
) -> None:
    """Judge a model on rows that it has not seen; where there is a column `part`, on its rows `test`."""
    from cothink.cli.extras import need

    need("risk", *_NEEDS)
    import msgspec

    from cothink.risk import files, table
    from cothink.risk.evaluate import MEASURES, report

    card = files.load(model)
    frame = table.part_of(table.read_table(data), "test")
    truth = table.truths(frame, card.about.target)
    table.needs(frame, card.about.form.columns)
    found = report(card.score(frame, prior).chance, truth, seed=seed)
    if json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return
    for name in MEASURES:
        typer.echo(f"{name:6} {found[name]:.4f} {found[f'{name}_interval']}")


@app.command()
def card(
    model: Model,
    data: Annotated[Path | None, typer.Option("--data", help="Rows to judge it on; adds figures and a plot.")] = None,
) -> None:
    """Write the model card, README.md in the model's folder."""
    from cothink.cli.extras import need

    need("risk", *_NEEDS, "matplotlib")
    from cothink.measures.calibration import bins
    from cothink.risk import files, table
    from cothink.risk.card import card as write
    from cothink.risk.card import draw_calibration
    from cothink.risk.evaluate import report

    found, judged, picture = files.load(model), None, None
    if data is not None:
        frame = table.part_of(table.read_table(data), "test")
        truth = table.truths(frame, found.about.target)
        table.needs(frame, found.about.form.columns)
        chance = found.score(frame).chance
        judged, picture = report(chance, truth), "calibration.png"
        draw_calibration(bins(chance, truth), model / picture)
    (model / "README.md").write_text(write(found.about, files.digest(model), judged, picture), encoding="utf-8")
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
