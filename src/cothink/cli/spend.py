"""`cothink spend`: what was spent, and what is still set aside."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cothink.cli.desk import at_desk
from cothink.cli.options import ConfigFile

if TYPE_CHECKING:
    from cothink.store.desk import KeyDesk
    from cothink.store.key import KeyRecord
    from cothink.store.money import Spend

app = typer.Typer(name="spend", help="What was spent, and what is still set aside.")
BY = ("day", "key", "team", "model")


@app.callback(invoke_without_command=True)
def show_spend(
    context: typer.Context,
    by: Annotated[str, typer.Option(help="A row for each: key, team, model or day; several with commas.")] = "key",
    since: Annotated[str, typer.Option(help="The first day, such as 2026-11-01.")] = "",
    until: Annotated[str, typer.Option(help="The last day.")] = "",
    config: ConfigFile = None,
) -> None:
    """Print what was spent."""
    if context.invoked_subcommand is None:
        _print_spend(tuple(by.split(",")), since, until, config)


@app.command()
def holds(config: ConfigFile = None) -> None:
    """List what is set aside: calls that run, and calls whose end nobody saw."""
    from datetime import UTC, datetime

    from rich.console import Console
    from rich.table import Table

    from cothink.core.price import usd

    table = Table("id", "since (UTC)", "model", "reserved", "state", title="Holds")
    for one in at_desk(config, lambda desk: desk.store.held()):
        state = "ended without a usage" if one.is_kept else "runs, or its process died"
        at = datetime.fromtimestamp(one.at, UTC).strftime("%Y-%m-%d %H:%M:%S")
        table.add_row(one.id, at, one.model, f"${usd(one.nanousd):.6f}", state)
    Console().print(table)


@app.command()
def reconcile(
    hold: Annotated[str, typer.Argument(help="The hold's id, from `cothink spend holds`.")],
    dollars: Annotated[float, typer.Option("--usd", help="What the vendor billed for the call; 0 for nothing.")],
    config: ConfigFile = None,
) -> None:
    """Say what a call really cost, and free what is set aside for it."""
    from cothink.core.price import NANOS_PER_DOLLAR

    at_desk(config, lambda desk: desk.reconcile(hold, round(dollars * NANOS_PER_DOLLAR)))
    typer.echo(f"Booked: ${dollars:.6f}.")


def _print_spend(by: tuple[str, ...], since: str, until: str, config: Path | None) -> None:
    from rich.console import Console
    from rich.table import Table

    from cothink.core.errors import BadRequest
    from cothink.core.price import usd
    from cothink.store.desk import summed

    if unknown := [name for name in by if name not in BY]:
        raise BadRequest(f"--by is {unknown[0]!r}; {', '.join(BY)} are allowed.")

    async def read(desk: "KeyDesk") -> tuple[list["KeyRecord"], list["Spend"]]:
        return await desk.keys(), summed(await desk.store.spent(since, until), by)

    keys, rows = at_desk(config, read)
    names = {record.id: record.name for record in keys}
    table = Table(*by, "calls", "prompt tokens", "answer tokens", "cost", title="Spend")
    total = 0
    for one in rows:
        total += one.nanousd
        cells = [names.get(value, value) if name == "key" else value for name in by for value in (getattr(one, name),)]
        counts = [f"{getattr(one, name):,}" for name in ("calls", "prompt_tokens", "completion_tokens")]
        table.add_row(*cells, *counts, f"${usd(one.nanousd):.6f}")
    Console().print(table)
    typer.echo(f"Total: ${usd(total):.6f}")
