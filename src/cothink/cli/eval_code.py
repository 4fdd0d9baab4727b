"""`cothink eval code`: tasks of code through any way of answering, recorded answers, and the benches' own solutions."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cothink.cli.options import ConfigFile, DataFolder, Embedded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cothink.core.engine import Engine
    from cothink.evaluation.code_live import LiveRow
    from cothink.evaluation.code_tasks import CodeTask, Suite
    from cothink.settings import Settings

WAYS = "r1,pro,cothink-code,cothink-cascade,r1-twice,pro-twice"
WEIGHTS = "r1=1,pro=3"
WIDE = 150  # a table in a file is not cut to a terminal's width


def code(  # noqa: PLR0913 - one argument for each option of the command
    data: DataFolder,
    *,
    bench: Annotated[str, typer.Option(help="humaneval or mbpp.")] = "humaneval",
    suite: Annotated[str, typer.Option(help="The tests that grade: base, or plus (EvalPlus).")] = "base",
    ways: Annotated[str, typer.Option(help="What answers: models, teams, and NAME-twice.")] = WAYS,
    limit: Annotated[int | None, typer.Option(help="So many tasks, spread evenly.", min=1)] = None,
    out: Annotated[Path, typer.Option(help="Rows of a live run; continued.", dir_okay=False)] = Path("eval-code.jsonl"),
    self_check: Annotated[bool, typer.Option("--self-check", help="Grade the bench's own solutions.")] = False,
    replay: Annotated[str | None, typer.Option(help="Recorded answers of CHEAP,DEAR; or 'list'.")] = None,
    weights: Annotated[str, typer.Option(help="What a completion token weighs, for the spend.")] = WEIGHTS,
    max_tokens: Annotated[int, typer.Option(help="The most tokens of one answer.", min=16)] = 700,
    temperature: Annotated[float, typer.Option(help="Of first answers.", min=0.0, max=2.0)] = 0.0,
    parallel: Annotated[int, typer.Option(help="Answers at the same time.", min=1)] = 1,
    most_s: Annotated[float, typer.Option(help="Seconds after which nothing further is begun.", min=0)] = float("inf"),
    table: Annotated[bool, typer.Option("--table", help="Only print what --out holds.")] = False,
    config: ConfigFile = None,
    embedded: Embedded = None,
) -> None:
    """Measure pass@1, spend and time on tasks of code, with intervals."""
    from cothink.core.errors import SettingError
    from cothink.evaluation.code_tasks import tasks

    if suite not in ("base", "plus"):
        raise SettingError(f"suite is {suite!r}; allowed are base and plus", param="suite")
    chosen = _spread(tasks(data, bench, suite), limit)  # type: ignore[arg-type]  # it was checked above
    if self_check:
        asyncio.run(_self_check(chosen, suite))  # type: ignore[arg-type]  # the same
    elif replay is not None:
        asyncio.run(_replay(data, bench, chosen, replay))
    else:
        from cothink.cli.session import given
        from cothink.core.request import Sampling
        from cothink.evaluation.code_live import read_live
        from cothink.settings import load

        sampling = Sampling(temperature=temperature, max_tokens=max_tokens)
        terms = (suite, sampling, _weights(weights), parallel, most_s)
        if table:
            rows = read_live(out)
        else:
            rows = asyncio.run(_live(load(config, given=given(embedded)), chosen, ways.split(","), terms, out))
        _print_live(rows, chosen, ways.split(","))


def _spread(found: "list[CodeTask]", limit: int | None) -> "list[CodeTask]":
    """So many tasks from all over the bench, always the same."""
    if limit is None or limit >= len(found):
        return found
    return [found[number * len(found) // limit] for number in range(limit)]


def _weights(text: str) -> dict[str, float]:
    try:
        return {name.strip(): float(value) for name, _, value in (part.partition("=") for part in text.split(","))}
    except ValueError:
        raise typer.BadParameter(f"--weights is {text!r}; it looks like {WEIGHTS}.") from None


async def _self_check(chosen: "Sequence[CodeTask]", suite: "Suite") -> None:
    from rich.progress import track

    from cothink.evaluation.code_grade import passes
    from cothink.measures.intervals import wilson
    from cothink.verify.sandbox.config import SandboxConfig
    from cothink.verify.sandbox.sandbox import Sandbox

    faults = []
    async with Sandbox(SandboxConfig(warm_cells=2)) as sandbox:
        for task in track(chosen, description="own solutions", transient=True):
            right, why = await passes(task, task.solution(suite), suite, sandbox)
            faults += [] if right else [f"{task.name}: {why}"]
    typer.echo(f"own solutions that pass {suite}: {wilson(len(chosen) - len(faults), len(chosen))}")
    for fault in faults:
        typer.echo(fault[:200])
    raise typer.Exit(1 if faults else 0)


async def _replay(data: Path, bench: str, chosen: "Sequence[CodeTask]", pair: str) -> None:
    from rich.console import Console

    from cothink.evaluation.code_replay import models, replay_pair
    from cothink.evaluation.code_table import replay_lines
    from cothink.evaluation.code_tasks import recorded
    from cothink.verify.sandbox.config import SandboxConfig
    from cothink.verify.sandbox.sandbox import Sandbox

    answers = recorded(data, bench)
    if pair == "list":
        for name, count in models(answers).items():
            typer.echo(f"{count:5} {name}")
        return
    first, comma, second = pair.partition(",")
    if not comma or not first or not second:
        raise typer.BadParameter(f"--replay is {pair!r}; give CHEAP,DEAR or 'list'.")
    async with Sandbox(SandboxConfig(warm_cells=4)) as sandbox:
        with Console(stderr=True).status("Judging recorded answers"):
            rows = await replay_pair(chosen, answers, (first, second), sandbox)
    for name, figure in replay_lines((first, second), rows):
        typer.echo(f"{name}: {figure}")


async def _live(
    settings: "Settings", chosen: "Sequence[CodeTask]", ways: list[str], terms: tuple[object, ...], out: Path
) -> "list[LiveRow]":
    from rich.console import Console

    from cothink.cli.workshop import workshop
    from cothink.evaluation.code_live import Terms, Twice, run_live

    console = Console(stderr=True)
    suite, sampling, weights, parallel, most_s = terms
    with console.status("Starting the models") as status:
        async with workshop(settings) as shop:

            def engine(name: str) -> "Engine":
                base = name.removesuffix("-twice")
                return shop.engine(name) if base == name else Twice(shop.engine(base), shop.sandbox)

            def tell(row: "LiveRow") -> None:
                status.update(f"{row.task} by {row.way}: {'right' if row.right else 'wrong'}, {row.seconds:.0f} s")

            own = Terms(suite, shop.sandbox, sampling, weights, parallel=parallel, most_s=most_s)  # type: ignore[arg-type]  # packed by `code`
            return await run_live(chosen, {name.strip(): engine(name.strip()) for name in ways}, own, out, tell)


def _print_live(rows: "Sequence[LiveRow]", chosen: "Sequence[CodeTask]", ways: "Sequence[str]") -> None:
    """The table of the ways that were asked for, in their order, and below it what follows from it."""
    from rich.console import Console
    from rich.table import Table

    from cothink.evaluation.code_table import HEAD, goal_lines, live_table, why_lines

    known = {(task.bench, task.name) for task in chosen}
    order = {name.strip(): number for number, name in enumerate(ways)}
    own = [row for row in rows if (row.bench, row.task) in known and row.way in order]
    own.sort(key=lambda row: order[row.way])
    table = Table(title="pass@1 with Wilson's 95% intervals, over the tasks that every way has done")
    for column in HEAD:
        table.add_column(column)
    for line in live_table(own):
        table.add_row(*line)
    console = Console()
    console.width = max(console.width, WIDE)
    console.print(table)
    for words in (*goal_lines(own), *why_lines(own)):
        typer.echo(words)
