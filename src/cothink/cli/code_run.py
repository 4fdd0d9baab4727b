"""`cothink code run`: both models write one program, and the command says how far it is right."""

import asyncio
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cothink.cli.options import ConfigFile, Embedded

if TYPE_CHECKING:
    from cothink.cli.code_folder import CodeFolder
    from cothink.settings import Settings
    from cothink.strategies.coding.report import CodingReport

EXITS = {"pass": 0, "fail": 1, "unsure": 3}  # 2 is the shell's word for a wrong command line


def run(  # noqa: PLR0913 - one argument for each option of the command
    task: Annotated[
        Path, typer.Argument(help="A file with the task, or a folder with TASK.md and tests.", exists=True)
    ],
    *,
    tests: Annotated[Path | None, typer.Option(help="A file with tests.", exists=True, dir_okay=False)] = None,
    entry_point: Annotated[str | None, typer.Option(help="The function; else it is read from the task.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Write the program to its file.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show the change instead of the program.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    max_calls: Annotated[int, typer.Option(help="The most calls of models.", min=1)] = 12,
    max_tokens: Annotated[int | None, typer.Option(help="The most tokens of one answer.", min=16)] = None,
    config: ConfigFile = None,
    embedded: Embedded = None,
) -> None:
    """Have R1 and the pro write and verify a program: exit code 0 pass, 1 fail, 3 unsure."""
    from cothink.cli.code_folder import read_task
    from cothink.cli.session import given
    from cothink.settings import load
    from cothink.strategies.coding.task import language_asked

    settings = load(config, given=given(embedded))
    first = task.read_text(encoding="utf-8", errors="replace") if task.is_file() else ""
    found = read_task(task, tests, language_asked(first))
    report = asyncio.run(_work(settings, found, entry_point, max_calls, max_tokens))
    if as_json:
        import msgspec

        typer.echo(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        _show(report, found, diff=diff)
    if apply:
        found.target.write_text(report.program, encoding="utf-8")
        typer.echo(f"written: {found.target}", err=True)
    raise typer.Exit(EXITS[report.verdict])


async def _work(
    settings: "Settings", found: "CodeFolder", entry_point: str | None, max_calls: int, max_tokens: int | None
) -> "CodingReport":
    from rich.console import Console

    from cothink.cli.workshop import request, workshop
    from cothink.core.ledger import Limits
    from cothink.core.request import Sampling
    from cothink.strategies.coding.skeleton import without_marks
    from cothink.strategies.coding.task import coding_task

    console = Console(stderr=True)
    with console.status("Starting") as status:
        async with workshop(settings) as shop:
            asked = request(
                "cothink-code",
                found.words,
                limits=Limits(calls=max_calls),
                sampling=Sampling(max_tokens=max_tokens),
                tell=status.update,
            )
            task = coding_task(asked, found.tests, entry_point)
            if found.target.suffix in (".js", ".ts"):
                language = "javascript" if found.target.suffix == ".js" else "typescript"
                task = dataclasses.replace(task, language=language)
            report = await shop.coding().work(asked, task)
    for words in asked.run.warnings:
        console.print(words, style="yellow", highlight=False)
    if report.language != "python":
        return report
    import msgspec

    return msgspec.structs.replace(report, program=without_marks(report.program))


def _show(report: "CodingReport", found: "CodeFolder", *, diff: bool) -> None:
    from rich.console import Console
    from rich.markdown import Markdown
    from rich.syntax import Syntax

    console = Console()
    if diff:
        console.print(Syntax(found.diff(report.program), "diff", theme="ansi_dark", background_color="default"))
    else:
        console.print(Syntax(report.program, report.language, theme="ansi_dark", background_color="default"))
    console.print(Markdown(report.markdown))
