"""`cothink eval run` and `sets`: any models over a data set, live, a row an answer; a cut run goes on."""

import asyncio
import random
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cothink.cli.options import ConfigFile, Embedded, Key

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from cothink.evaluation.live.asking import How
    from cothink.evaluation.live.rows import Row, RowFile
    from cothink.evaluation.live.runner import Ended, Plan
    from cothink.evaluation.live.target import Target
    from cothink.evaluation.sets.task import Task
    from cothink.settings import Settings

INCOMPLETE = 3  # exit code: rows are missing, the same command goes on


def run(  # noqa: PLR0913 - one argument for each option of the command
    set: Annotated[str, typer.Option("--set", help="The data set: see cothink eval sets.")],
    model: Annotated[list[str], typer.Option("--model", "-m", help="Who is asked; may be given several times.")],
    out: Annotated[Path, typer.Option(help="The rows, as JSON lines; what is in it is not asked again.")],
    *,
    data: Annotated[
        Path | None, typer.Option(envvar="COTHINK_DATA", help="Your download: a file, or a folder that holds it.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="An OpenAI-compatible server; else your own settings' models.")
    ] = None,
    key: Key = None,
    limit: Annotated[int | None, typer.Option(help="So many tasks, spread evenly.", min=1)] = None,
    samples: Annotated[int, typer.Option(help="How often each model is asked for each task.", min=1, max=100)] = 1,
    seed: Annotated[int, typer.Option(help="Of the sampling; sample n has seed + n.", min=0)] = 0,
    temperature: Annotated[float | None, typer.Option(help="Else the server's own.", min=0.0, max=2.0)] = None,
    max_tokens: Annotated[int, typer.Option(help="The most tokens of an answer, thoughts included.", min=1)] = 4096,
    concurrency: Annotated[int, typer.Option(help="How many answers are waited for at once.", min=1, max=1000)] = 4,
    most_usd: Annotated[float | None, typer.Option(help="What all rows of the file may cost.", min=0.0)] = None,
    price: Annotated[list[str] | None, typer.Option(help="MODEL=IN,OUT, dollars a million tokens, with --url.")] = None,
    tries: Annotated[int, typer.Option(help="The most for one answer: at 429, overload, broken lines.", min=1)] = 5,
    timeout_s: Annotated[float, typer.Option(help="The longest time of one answer.", min=0.1)] = 900.0,
    turns: Annotated[int, typer.Option(help="Of --set retention: how often the user speaks.")] = 12,
    again: Annotated[bool, typer.Option("--again", help="Ask anew where a row is an error.")] = False,
    config: ConfigFile = None,
    embedded: Embedded = None,
) -> None:
    """Put a data set to models and write a row for each answer: right or not, tokens, seconds, cost, error."""
    from cothink.cli.eval_targets import behind, bound
    from cothink.cli.session import given
    from cothink.core.errors import SettingError
    from cothink.evaluation.live.asking import How
    from cothink.evaluation.live.rows import Terms, opened
    from cothink.evaluation.live.runner import Plan
    from cothink.evaluation.live.target import read_prices
    from cothink.settings import load

    if len(model) != len({*model}):
        raise SettingError(f"--model names one twice: {', '.join(model)}.", param="model")
    tasks, what = _tasks(set, data, limit, turns, seed)
    prices = read_prices(price or ())
    settings = load(config, given=given(embedded))
    terms = Terms(set=tasks[0].set, tasks=what, seed=seed, temperature=temperature, max_tokens=max_tokens)
    how = How(tries=tries, timeout_s=timeout_s, chance=random.random)

    def plan(targets: "list[Target]") -> "Plan":
        return Plan(tasks, targets, terms, samples, concurrency, most_usd)

    with opened(out, drop_errors=again) as file:
        before = len(file.kept.rows)
        try:
            targets = bound(settings, model, most_usd) if url is None else behind(url, key, model, prices, settings)
            ended = asyncio.run(_run(targets, plan, how, file, settings))
        except KeyboardInterrupt:
            typer.echo(f"Stopped; {len(file.kept.rows) - before} new rows are in {out}. The same command goes on.")
            raise typer.Exit(130) from None
        _print(file.kept.rows, tasks, model)
        _tell_end(ended, out, len(file.kept.rows) - before)


def sets() -> None:
    """List the data sets, what file each wants, and where it is published."""
    from rich.console import Console
    from rich.table import Table

    from cothink.evaluation.retention import NAME
    from cothink.evaluation.sets.catalogue import ADAPTERS

    table = Table(title="Data sets (--set NAME). You bring the download: --data FILE or FOLDER.")
    for column in ("name", "graded by", "file", "published at"):
        table.add_column(column, no_wrap=column == "name")
    for name, one in ADAPTERS.items():
        table.add_row(name, one.graded, ", ".join(one.files), one.public)
    table.add_row(NAME, "facts told early, asked late", "none: made by --seed and --turns", "–")
    Console().print(table)


def _tasks(name: str, data: Path | None, limit: int | None, turns: int, seed: int) -> "tuple[list[Task], str]":
    """The tasks, and a digest of all that the set holds."""
    from cothink.evaluation import retention
    from cothink.evaluation.live.runner import digest
    from cothink.evaluation.sets.catalogue import load, spread

    if name == retention.NAME:
        return retention.conversations(limit or 20, turns, seed), f"turns {turns}, seed {seed}"
    tasks = load(name, data)
    return spread(tasks, limit), digest(tasks)


async def _run(
    targets: "AbstractAsyncContextManager[list[Target]]",
    plan: "Callable[[list[Target]], Plan]",
    how: "How",
    file: "RowFile",
    settings: "Settings",
) -> "Ended":
    """Run with a progress bar, and a sandbox where programs are graded."""
    from contextlib import AsyncExitStack

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from cothink.evaluation.live.runner import run as run_live
    from cothink.verify.sandbox.sandbox import Sandbox

    async with AsyncExitStack() as stack:
        made = plan(await stack.enter_async_context(targets))
        sandbox = None
        if any(task.code for task in made.tasks):
            sandbox = await stack.enter_async_context(Sandbox(settings.sandbox))
        columns = (TextColumn(made.terms.set), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        told = TextColumn("{task.fields[told]}")
        bar = stack.enter_context(Progress(*columns, told, console=Console(stderr=True), transient=True))
        wanted = made.jobs
        done = sum(job.key in file.done for job in wanted)
        line = bar.add_task("rows", total=len(wanted), completed=done, told="")

        def tell(row: "Row") -> None:
            mine = [one for one in file.kept.rows if one.set == row.set]
            right, errors = sum(one.right is True for one in mine), sum(one.error is not None for one in mine)
            words = f"{right} right, {errors} errors, ${file.kept.cost_usd:.4f}; {row.model}: {row.id[:24]}"
            bar.update(line, advance=1, told=words)

        return await run_live(made, file, how, sandbox=sandbox, tell=tell)


def _print(rows: "list[Row]", tasks: "list[Task]", models: list[str]) -> None:
    from statistics import median

    from rich.console import Console
    from rich.table import Table

    ids = {(task.set, task.id) for task in tasks}
    table = Table(title=f"{tasks[0].set}: {len(tasks)} tasks; cothink eval report has intervals and comparisons")
    for column in ("model", "right of answered", "errors", "seconds P50", "tokens out", "cost $"):
        table.add_column(column, justify="left" if column == "model" else "right")
    for model in models:
        mine = [row for row in rows if row.model == model and (row.set, row.id) in ids]
        answered = [row for row in mine if row.error is None]
        table.add_row(
            model,
            f"{sum(row.right is True for row in answered)} / {len(answered)}",
            str(len(mine) - len(answered)),
            f"{median(row.seconds for row in answered):.2f}" if answered else "–",
            f"{sum(row.completion_tokens for row in mine):,}",
            "not known"
            if any(row.cost_usd is None for row in mine)
            else f"{sum(row.cost_usd or 0 for row in mine):.4f}",
        )
    Console().print(table)


def _tell_end(ended: "Ended", out: Path, new: int) -> None:
    typer.echo(f"{new} new rows in {out}.")
    if ended.missing:
        why = f" {ended.stopped}" if ended.stopped else ""
        typer.echo(f"{ended.missing} rows are missing.{why} The same command goes on.")
        raise typer.Exit(INCOMPLETE)
