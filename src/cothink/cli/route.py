"""`cothink route`: train, score, judge and explain the learned router."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The learned router: train it, score prompts, judge it, set its dial.", no_args_is_help=True)

Data = Annotated[Path, typer.Option("--data", envvar="COTHINK_DATA", help="A folder of recorded outcomes.")]
Cheap = Annotated[str, typer.Option("--cheap", help="The cheap model, as recorded.")]
Strong = Annotated[
    str, typer.Option("--strong", help="The strong model; several by commas: the first that a data set has.")
]
Router = Annotated[Path | None, typer.Option("--router", help="A folder of weights; else those that are shipped.")]
Only = Annotated[list[str] | None, typer.Option("--set", help="A data set to read; may be repeated. Else all.")]


@app.command()
def train(
    data: Data,
    out: Annotated[Path, typer.Option("--out", help="The folder for the weights.")],
    cheap: Cheap = "deepseek-r1",
    strong: Strong = "o1,o1-preview,o3-mini",
    also: Annotated[list[str] | None, typer.Option("--also", help="A further model to score.")] = None,
    only: Only = None,
) -> None:
    """Train a router on recorded outcomes and write its weights and its card."""
    from cothink.cli.extras import need

    need("routing", "numpy", "lightgbm", "sklearn")
    from cothink.routing.learned import files, recorded
    from cothink.routing.learned.train import train as fit

    table = recorded.load(data, [cheap, strong, *(also or [])], only=only or [])
    typer.echo(f"{len(table):,} prompts of {len(set(table.kinds))} kinds in {len(set(table.datasets))} data sets")
    size = files.save(fit(table), out)
    typer.echo(f"{out}: {size / 1e6:.2f} MB")


@app.command()
def score(
    prompts: Annotated[Path, typer.Option("--in", help="Prompts, one JSON object a line: prompt_id and prompt.")],
    out: Annotated[Path, typer.Option("--out", help="Where the scores go, one JSON object a line.")],
    router: Router = None,
) -> None:
    """Score prompts: how likely each model solves each, and how well such a prompt is known."""
    from cothink.cli.extras import need

    need("routing", "numpy")
    import msgspec

    from cothink.routing.learned import files, recorded

    scorer = files.load(router or files.SHIPPED)
    rows = recorded.read_prompts(prompts)
    with out.open("wb") as lines:
        for row in rows:
            found = scorer.score(row.prompt)
            chances = dict(zip(("p_r1", "p_pro"), found.p.values(), strict=False))
            lines.write(msgspec.json.encode({"prompt_id": row.prompt_id, **chances, "known": found.known}) + b"\n")
    typer.echo(f"{out}: {len(rows):,} scores")


@app.command(name="eval")
def evaluate(  # noqa: PLR0913, PLR0917  # the options of one command
    data: Data,
    cheap: Cheap = "deepseek-r1",
    strong: Strong = "o1,o1-preview,o3-mini",
    only: Only = None,
    protocol: Annotated[str, typer.Option("--hold-out", help="What is held out: rows, kinds or sets.")] = "rows",
    parts: Annotated[int, typer.Option("--parts", min=2, help="Into how many parts it is cut.")] = 5,
    seed: Annotated[int, typer.Option("--seed", help="Of the cut.")] = 0,
    report: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file too.")] = None,
) -> None:
    """Print the standard table: ours beside the published forms, on held-out rows, kinds or data sets."""
    from cothink.cli.extras import need

    need("routing", "numpy", "lightgbm", "sklearn", "scipy")
    import msgspec

    from cothink.routing.judging import bench
    from cothink.routing.learned import recorded

    table = recorded.load(data, [cheap, strong], only=only or [])
    found = bench.judge(table, protocol, parts=parts, seed=seed, say=lambda words: typer.echo(words, err=True))
    for name, lines in found.items():
        typer.echo(f"\n{name}: {lines[0].rows:,} rows; {cheap} / {strong}\n\n{bench.markdown(lines)}")
    if report is not None:
        plain = {name: [one.plain() for one in lines] for name, lines in found.items()}
        report.write_bytes(msgspec.json.format(msgspec.json.encode(plain), indent=1))
