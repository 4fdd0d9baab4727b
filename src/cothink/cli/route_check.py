"""`cothink route train-check` and `cothink route check`: the learned check of R1's answers."""

from pathlib import Path
from typing import Annotated

import typer

from cothink.cli.options import DataFolder


def train_check(
    data: DataFolder,
    out: Annotated[Path, typer.Option("--out", help="The folder for the weights.")],
    cheap: Annotated[str, typer.Option("--cheap", help="R1's name, as recorded.")] = "deepseek-r1",
    strong: Annotated[
        str, typer.Option("--strong", help="The pro's; several by commas: the first that a data set has.")
    ] = "o1,o1-preview,o3-mini",
    only: Annotated[
        list[str] | None, typer.Option("--set", help="A data set to read; may be repeated. Else all.")
    ] = None,
) -> None:
    """Train the check of R1's answers on recorded answers with their grades; write its weights and its card."""
    from cothink.cli.extras import need

    need("routing", "numpy", "lightgbm")
    from cothink.routing.answers import files, recorded, train

    rows = recorded.load(data, cheap, strong, only=only or [])
    typer.echo(f"{len(rows):,} answers to {len({(one.dataset, one.prompt_id) for one in rows}):,} prompts")
    size = files.save(train.train(rows, (cheap, strong)), out)
    typer.echo(f"{out}: {size / 1e6:.2f} MB")


def check(
    answers: Annotated[
        Path,
        typer.Option("--in", help="Answers, one JSON object a line: prompt_id, prompt, answers (the first is judged)."),
    ],
    out: Annotated[Path, typer.Option("--out", help="Where the judgements go, one JSON object a line.")],
    weights: Annotated[
        Path | None, typer.Option("--check", help="A folder of weights; else those that are shipped.")
    ] = None,
) -> None:
    """Judge R1's answers: how likely each is right, and how likely the pro's would be."""
    from cothink.cli.extras import need

    need("routing", "numpy")
    import msgspec

    from cothink.routing.answers import files, recorded

    judge = files.load(weights or files.SHIPPED)
    count = 0
    with out.open("wb") as lines:
        for name, evidence in recorded.given(answers):
            found = judge.weigh(evidence)
            row = {"prompt_id": name, "p_right": found.p_right, "p_pro": found.p_pro, "known": found.known}
            lines.write(msgspec.json.encode(row | {"exact": evidence.exact}) + b"\n")
            count += 1
    typer.echo(f"{out}: {count:,} judgements")
