"""`cothink risk read`, and `--read` of `train` and `score`: R1 reads the words, and its readings become columns."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cothink.cli.options import ConfigFile

if TYPE_CHECKING:
    import polars as pl

    from cothink.risk.application import Application
    from cothink.risk.reading import Heard
    from cothink.settings import Settings

MOST_UNREAD = 0.05  # of the rows with words: beyond it a model would learn from what was not read


def with_readings(
    frame: "pl.DataFrame", texts: Sequence[str], config: Path | None, *, form: Sequence[str] | None = None
) -> "pl.DataFrame":
    """Return a table with the columns of R1's readings.

    Args:
        frame: Applications.
        texts: The columns of words.
        config: The file of settings that binds R1.
        form: The columns that R1 sees as the form; None is all the others.

    Raises:
        SettingError: No text column, R1 is not bound or not on the site, or too many rows could not be read.
    """
    import polars as pl

    from cothink.core.errors import SettingError
    from cothink.risk.reading import as_columns, columns
    from cothink.settings import load

    if not texts:
        raise SettingError("--read needs a column of words: add --text COLUMN.", param="text")
    seen = [name for name in frame.columns if name not in texts] if form is None else form
    heard = asyncio.run(_read(load(config), _applications(frame, texts, seen)))
    unread = sum(one.state not in ("read", "no_words") for one in heard)
    if unread:
        typer.secho(f"warning: R1 could not read {unread:,} of {len(heard):,} rows.", fg=typer.colors.YELLOW, err=True)
    if unread > MOST_UNREAD * max(1, sum(one.state != "no_words" for one in heard)):
        raise SettingError(
            f"R1 could not read {unread} rows, too many to go on. Try another model as R1.", param="read"
        )
    rows = [as_columns(one) for one in heard]
    made = {name: pl.Series([row[name] for row in rows], dtype=pl.Float64) for name in columns()}
    if form is None:  # to be learned from: what was never said teaches nothing
        made = {name: column for name, column in made.items() if column.null_count() < frame.height}
    return frame.with_columns(**made)


def read(
    file: Annotated[Path, typer.Argument(help="Applications: .csv, .parquet or .jsonl.", metavar="FILE")],
    model: Annotated[Path, typer.Option("--model", help="A scorecard that was trained with --read.")],
    out: Annotated[Path, typer.Option("--out", help="The same table with the readings: .csv, .parquet or .jsonl.")],
    config: ConfigFile = None,
) -> None:
    """Add R1's readings to a table, so that a scorecard of `train --read` can be judged on it."""
    from cothink.cli.extras import need

    need("risk", "numpy", "scipy", "sklearn", "lightgbm", "polars")
    write_readings(file, model, out, config)
    typer.echo(f"{out}: written")


def file_with_readings(file: Path, model: Path, out: Path, config: Path | None) -> Path:
    """Read the applications of a file, and return a file beside the output that has the readings, too."""
    made = out.with_name(f"{out.name}.read.parquet")
    write_readings(file, model, made, config)
    return made


def write_readings(file: Path, model: Path, made: Path, config: Path | None) -> None:
    """Write a table with R1's readings of what a scorecard reads; it sees no other column, so no outcome."""
    from cothink.risk import files, table
    from cothink.risk.reading import COLUMN

    form = files.load(model).about.form
    seen = [name for name in (*form.numbers, *form.dates, *form.categories) if not name.startswith(COLUMN)]
    frame = table.read_table(file)
    table.needs(frame, [*seen, *form.texts])
    table.write_table(with_readings(frame, form.texts, config, form=seen), made)


def _applications(frame: "pl.DataFrame", texts: Sequence[str], seen: Sequence[str]) -> "list[Application]":
    from cothink.risk.application import Application

    def plain(value: object) -> "bool | int | float | str":
        return value if isinstance(value, bool | int | float | str) else str(value)

    return [
        Application(
            {name: plain(row[name]) for name in seen if row[name] is not None},
            {name: str(row[name]) for name in texts if row[name] is not None},
        )
        for row in frame.iter_rows(named=True)
    ]


async def _read(settings: "Settings", applications: "list[Application]") -> "list[Heard]":
    from contextlib import AsyncExitStack, closing

    from rich.console import Console
    from rich.progress import Progress

    from cothink.assemble import Builder
    from cothink.core.errors import SettingError
    from cothink.core.events import ignore
    from cothink.engines.llamacpp_config import LlamaConfig
    from cothink.engines.llamacpp_servers import OwnServers
    from cothink.risk.readings import Readings, read_all

    if settings.r1 is None:
        raise SettingError("--read needs R1: set COTHINK_R1_URL, or write a table [r1].", param="r1")
    one = settings.r1.config
    reader = str(one.path if isinstance(one, LlamaConfig) else one.model)
    servers = OwnServers()
    try:
        async with AsyncExitStack() as stack:
            r1 = await Builder(settings, stack, servers, ignore).model("r1", settings.r1)
            kept = stack.enter_context(closing(Readings(settings.cache.parent / "readings.jsonl", reader)))
            bar = stack.enter_context(Progress(console=Console(stderr=True)))
            task = bar.add_task("reading", total=sum(bool(one.words) for one in applications))
            return await read_all(r1, applications, settings.risk, kept, lambda done: bar.update(task, completed=done))
    finally:
        await servers.stop()
