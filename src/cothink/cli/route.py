"""`cothink route`: train, score, judge and explain the learned router."""

from pathlib import Path
from typing import Annotated

import typer

from cothink.cli import route_check
from cothink.cli.options import DataFolder

app = typer.Typer(help="The learned router: train it, score prompts, judge it, set its dial.", no_args_is_help=True)
app.command("train-check")(route_check.train_check)
app.command("check")(route_check.check)

Cheap = Annotated[str, typer.Option("--cheap", help="The cheap model, as recorded.")]
Strong = Annotated[
    str, typer.Option("--strong", help="The strong model; several by commas: the first that a data set has.")
]
Router = Annotated[Path | None, typer.Option("--router", help="A folder of weights; else those that are shipped.")]
Only = Annotated[list[str] | None, typer.Option("--set", help="A data set to read; may be repeated. Else all.")]


@app.command()
def train(
    data: DataFolder,
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
    data: DataFolder,
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


@app.command()
def calibrate(  # noqa: PLR0913, PLR0917  # the options of one command
    prompts: Annotated[Path, typer.Option("--in", help="Your own prompts, one JSON object a line.")],
    router: Router = None,
    pro_share: Annotated[
        float | None, typer.Option("--pro-share", help="The wanted share of pro calls, 0 to 1.")
    ] = None,
    budget: Annotated[float | None, typer.Option("--budget", help="Dollars for 1,000 requests.")] = None,
    quality: Annotated[float | None, typer.Option("--quality", help="The wanted share of right answers.")] = None,
    r1_usd: Annotated[float, typer.Option("--r1-usd", help="What one call of R1 costs.")] = 0.0,
    pro_usd: Annotated[float, typer.Option("--pro-usd", help="What one call of the pro costs.")] = 0.0,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the router with its dial set to these prompts.")
    ] = None,
) -> None:
    """Turn a wanted pro share, budget or quality into a dial, by your own prompts."""
    from cothink.cli.extras import need
    from cothink.core.errors import SettingError

    need("routing", "numpy")
    from cothink.routing.learned import dial, files, recorded

    scorer = files.load(router or files.SHIPPED)
    scores = [list(scorer.score(row.prompt).p.values()) for row in recorded.read_prompts(prompts)]
    cheap, strong = [one[0] for one in scores], [one[1] for one in scores]
    usd = (r1_usd, pro_usd)
    wanted = {"pro-share": pro_share, "budget": budget, "quality": quality}
    given = {name: value for name, value in wanted.items() if value is not None}
    if len(given) != 1:
        raise SettingError("Give one of --pro-share, --budget and --quality.")
    ways = {"pro-share": dial.by_share, "budget": dial.by_budget, "quality": dial.by_quality}
    ((name, value),) = given.items()
    found = ways[name](cheap, strong, value, usd)
    typer.echo(f"dial {found.share:g}: a prompt goes to the pro where it gains {found.gain:+.3f} or more")
    typer.echo(f"promised on {len(scores):,} prompts: {found.quality:.1%} right, ${found.usd:g} a thousand requests")
    if out is not None:
        files.save(scorer.with_scale([b - a for a, b in scores]), out)
        typer.echo(f"{out}: [routing] router = {str(out)!r}, dial = {found.share:g}")


@app.command()
def explain(
    prompt: Annotated[str, typer.Argument(help="A prompt.")],
    router: Router = None,
    dial: Annotated[float, typer.Option("--dial", min=0, max=1, help="Quality against price, 0 to 1.")] = 0.5,
) -> None:
    """Say in words what the router thinks of a prompt, and who would answer it."""
    from cothink.cli.extras import need

    need("routing", "numpy")
    from cothink.core.messages import Message
    from cothink.core.request import Request
    from cothink.core.run import Run
    from cothink.routing.explain import explained
    from cothink.routing.learned import files
    from cothink.routing.learned.scorer import LearnedScorer

    request = Request(model="cothink-auto", messages=(Message("user", prompt),), run=Run("explain"), dial=dial)
    typer.echo(explained(request, LearnedScorer(files.load(router or files.SHIPPED))))


@app.command()
def duplicates(
    data: DataFolder,
    against: Annotated[Path, typer.Option("--against", help="Prompts to be judged by, one JSON object a line.")],
    out: Annotated[Path | None, typer.Option("--out", help="Write the prompts that are near to none.")] = None,
) -> None:
    """Count the prompts of a file that are near to a recorded one, and write the rest."""
    import msgspec

    from cothink.cli.extras import need

    need("routing", "numpy")
    from cothink.routing.judging.duplicates import near
    from cothink.routing.learned import recorded

    learned = recorded.prompts_of(data)
    judged = recorded.read_prompts(against)
    found = set(
        near(
            *([one.prompt for one in some] for some in (learned, judged)),
            *([one.group for one in some] for some in (learned, judged)),
        )
    )
    typer.echo(f"{len(found):,} of {len(judged):,} prompts are near to one of the {len(learned):,} recorded")
    if out is not None:
        rest = [one for place, one in enumerate(judged) if place not in found]
        out.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in rest))
        typer.echo(f"{out}: {len(rest):,} prompts")


@app.command()
def learn(
    corrections: Annotated[Path, typer.Option("--corrections", help="The file of corrections.")],
    outcomes: Annotated[Path | None, typer.Option("--outcomes", help="Outcomes, one JSON object a line.")] = None,
    back_to: Annotated[int | None, typer.Option("--back-to", min=0, help="Return to an earlier version.")] = None,
) -> None:
    """Take outcomes into a deployment's corrections, or go back to an earlier version of them."""
    import msgspec

    from cothink.core.errors import SettingError
    from cothink.routing.learned import correction

    known = correction.read(corrections)
    if (outcomes is None) == (back_to is None):
        raise SettingError("Give one of --outcomes and --back-to.")
    if back_to is not None:
        known = known.back_to(back_to)
    elif outcomes is not None:
        lines = [line for line in outcomes.read_bytes().splitlines() if line.strip()]
        try:
            known.learn(msgspec.json.decode(line, type=correction.Outcome) for line in lines)
        except msgspec.MsgspecError as error:
            raise SettingError(f"{outcomes}: {error}", param="outcomes") from error
    correction.write(known, corrections)
    typer.echo(f"{corrections}: version {known.version}")
