"""`cothink eval report`: rows and decisions become Markdown, one HTML file and JSON, with intervals and comparisons."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from cothink.evaluation.report.markdown import Table


def report(
    files: Annotated[list[Path], typer.Argument(help="Rows of eval run; decisions or --json figures of eval replay.")],
    out: Annotated[Path, typer.Option(help="The folder of report.md, report.html and report.json.", file_okay=False)],
    *,
    pair: Annotated[
        str | None, typer.Option(help="CHEAP,STRONG: the single models that strategies stand beside.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(envvar="COTHINK_DATA", help="The recordings, where files are decisions.")
    ] = None,
    model: Annotated[list[str] | None, typer.Option("--model", "-m", help="Only these ways; else all.")] = None,
    weights: Annotated[
        str | None, typer.Option(help="What a token of each model weighs (r1=1,pro=4); of decisions, a call.")
    ] = None,
    errors_are_wrong: Annotated[
        bool, typer.Option("--errors-are-wrong", help="Count an error as a wrong answer; else it is left out.")
    ] = False,
) -> None:
    """Compare what was measured: quality, spend, speed; each strategy beside what its money buys without it."""
    from rich.console import Console

    from cothink.cli.extras import need

    need("routing", "numpy")
    from cothink.evaluation.report.markdown import heading, tables
    from cothink.evaluation.report.read import Reading
    from cothink.evaluation.report.write import make, write

    how = Reading(
        pair=_pair(pair),
        data=data,
        weights=_weights(weights),
        models=model or (),
        errors_are_wrong=errors_are_wrong,
    )
    console = Console()
    with Console(stderr=True).status("Working out the figures"):
        made = make(files, how)
        written = write(made, out)
    for note in made.notes:
        typer.echo(note)
    for one in made.sets:
        console.print(f"[bold]{one.name}[/bold]: {heading(one)}", highlight=False)
        for table in tables(one)[:2]:
            _print(console, table)
    typer.echo("Written: " + ", ".join(map(str, written)))


def _pair(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    names = [name.strip() for name in text.split(",")]
    if len(names) != 2 or not all(names):
        from cothink.core.errors import SettingError

        raise SettingError(f"--pair is {text!r}; two models are needed: CHEAP,STRONG.", param="pair")
    return names[0], names[1]


def _weights(text: str | None) -> dict[str, float]:
    from cothink.core.errors import SettingError

    found: dict[str, float] = {}
    for part in text.split(",") if text else ():
        name, _, value = part.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            found[name.strip()] = -1.0
        if not name.strip() or not 0 <= found[name.strip()] < float("inf"):
            raise SettingError(f"--weights is {text!r}; it looks like r1=1,pro=4.", param="weights")
    return found


def _print(console: "Console", table: "Table") -> None:
    from rich.table import Table as Drawn

    drawn = Drawn(title=table.title)
    for number, head in enumerate(table.head):
        drawn.add_column(head, justify="right" if number else "left")
    for line in table.lines:
        drawn.add_row(*line)
    console.print(drawn)
