"""`cothink code`: judge a program, or have one written, filled in and checked by both models."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cothink.cli import code_run
from cothink.cli.options import ConfigFile, Embedded

if TYPE_CHECKING:
    from cothink.settings import Settings
    from cothink.verify.program.batch import Judged, Tally
    from cothink.verify.program.report import ProgramReport

app = typer.Typer(name="code", help="Judge programs; write them with both models.", no_args_is_help=True)
app.command()(code_run.run)
EXITS = {"pass": 0, "fail": 1, "unsure": 3}  # 2 is the shell's word for a wrong command line
LISTED = 40


@app.command()
def verify(  # noqa: PLR0913 - one argument for each option of the command
    *,
    prompt: Annotated[Path | None, typer.Option(help="A file with the task.", exists=True, dir_okay=False)] = None,
    program: Annotated[
        Path | None, typer.Option(help="A file with the answer: code, or Markdown.", exists=True, dir_okay=False)
    ] = None,
    tests: Annotated[Path | None, typer.Option(help="A file with tests.", exists=True, dir_okay=False)] = None,
    entry_point: Annotated[str | None, typer.Option(help="The function; else it is read from the task.")] = None,
    batch: Annotated[
        Path | None, typer.Option(help="JSON lines {id, prompt, program, entry_point, tests?}.", dir_okay=False)
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where the batch's verdicts go; continued.", dir_okay=False)] = None,
    jobs: Annotated[int, typer.Option(help="Programs at the same time.", min=1, max=256)] = 4,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    with_models: Annotated[
        bool,
        typer.Option("--models/--no-models", help="Bound models write programs and tests of their own as witnesses."),
    ] = True,
    config: ConfigFile = None,
    embedded: Embedded = None,
) -> None:
    """Judge a program against its task: exit code 0 pass, 1 fail, 3 unsure."""
    from cothink.cli.session import given
    from cothink.settings import load

    settings = load(config, given=given(embedded))
    if batch is not None:
        if out is None:
            raise typer.BadParameter("--batch needs --out FILE for the verdicts.")
        tally = asyncio.run(_judge_all(settings, batch, out, jobs, with_models=with_models))
        typer.echo(f"{tally.done} judged, {tally.skipped} were there already, {tally.bad} bad rows", err=True)
        return
    if prompt is None or program is None:
        raise typer.BadParameter("Give --prompt and --program, or --batch and --out.")
    texts = [_text(path) for path in (prompt, program)]
    given_tests = _text(tests) if tests else None
    report = asyncio.run(_judge(settings, texts, given_tests, entry_point, with_models=with_models))
    if as_json:
        import msgspec

        typer.echo(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        _print(report)
    raise typer.Exit(EXITS[report.verdict])


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise typer.BadParameter(f"{path} is no UTF-8 text: {error.reason} at byte {error.start}.") from error


async def _judge(
    settings: "Settings", texts: list[str], tests: str | None, entry_point: str | None, *, with_models: bool
) -> "ProgramReport":
    from cothink.cli.code_judge import judge
    from cothink.verify.code_entry import entry_point_of
    from cothink.verify.program.check import Task

    prompt, program = texts
    task = Task(prompt, entry_point or entry_point_of(prompt, program, tests), tests)
    async with judge(settings, jobs=1, with_models=with_models) as decide:
        return await decide(task, program)


async def _judge_all(settings: "Settings", batch: Path, out: Path, jobs: int, *, with_models: bool) -> "Tally":
    from rich.console import Console
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    from cothink.cli.code_judge import judge
    from cothink.verify.program.batch import judge_all

    columns = (TextColumn("{task.completed} judged"), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("", total=None)

        def tell(judged: "Judged") -> None:
            progress.update(bar, advance=1, description=f"{judged.id}: {judged.verdict}")

        async with judge(settings, jobs=jobs, with_models=with_models) as decide:
            return await judge_all(batch, out, decide, parallel=jobs, tell=tell)


def _print(report: "ProgramReport") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    colours = {"pass": "green", "fail": "red", "doubt": "yellow", "not_run": "dim", "unsure": "yellow"}
    console = Console()
    table = Table(box=None, show_header=False)
    for check in report.checks[:LISTED]:
        colour = colours[check.status]
        table.add_row(f"[{colour}]{check.status}[/]", escape(check.name), escape(check.detail))
    console.print(table)
    for words in report.not_covered:
        console.print(f"not covered: {escape(words)}", style="dim")
    console.print(f"[bold {colours[report.verdict]}]{report.verdict}[/], score {report.score:.2f}")
