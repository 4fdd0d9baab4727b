"""`cothink risk reviews` and `cothink risk replay`: cases that wait for a person, and scores made again.

They work on the store itself, so no gateway needs to run, and whoever may read the store sees every tenant's cases.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from cothink.cli.options import ConfigFile

if TYPE_CHECKING:
    from cothink.risk.desk import ReviewDesk
    from cothink.settings import Settings

T = TypeVar("T")
app = typer.Typer(name="reviews", help="Cases that wait for a person.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(help="The id of a case, as the assessment names it.", metavar="ID")]
Tenant = Annotated[str | None, typer.Option("--tenant", help="Only this tenant's, such as team:loans; else all.")]


@app.command("list")
def list_reviews(
    state: Annotated[str, typer.Option("--state", help="open, decided or final.")] = "open",
    tenant: Tenant = None,
    most: Annotated[int, typer.Option("--most", help="The most lines.", min=1, max=1_000)] = 20,
    config: ConfigFile = None,
) -> None:
    """List cases, newest first."""
    from datetime import datetime
    from typing import get_args

    from rich.console import Console
    from rich.table import Table

    from cothink.store.cases import State

    if state not in get_args(State):
        raise typer.BadParameter(f"--state is {state!r}; {', '.join(get_args(State))} are allowed.")
    table = Table(box=None, pad_edge=False)
    for name in ("id", "at", "tenant", "application", "probability", "band", "why"):
        table.add_column(name, no_wrap=True)
    for case, record in _at_desk(config, lambda desk: desk.newest(tenant, state, most)):  # type: ignore[arg-type]  # checked
        said = record.assessment
        at = datetime.fromtimestamp(case.at).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        told = (case.id, at, case.tenant or "–", said.application or "–", f"{said.probability:.4f}", said.band)
        table.add_row(*told, ", ".join(said.review.why))
    Console(width=500).print(table, crop=False)  # as wide as it is: a terminal wraps it, a pipe keeps its lines


@app.command()
def show(id: Id, tenant: Tenant = None, config: ConfigFile = None) -> None:
    """Print a case as JSON: what was said, what it was made of, what people decided."""
    import msgspec

    case, record = _at_desk(config, lambda desk: desk.find(tenant, id))
    told = {"id": case.id, "tenant": case.tenant, "state": case.state, "at": case.at}
    told |= msgspec.to_builtins(record)
    typer.echo(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())


@app.command()
def decide(
    id: Id,
    decision: Annotated[str, typer.Argument(help="approve, decline, ask_more or withdrawn.")],
    by: Annotated[str, typer.Option("--by", help="Who decides.")],
    why: Annotated[str, typer.Option("--why", help="For what reason.")],
    tenant: Tenant = None,
    config: ConfigFile = None,
) -> None:
    """Write down what a person decided. `ask_more` leaves the case open."""
    from typing import cast, get_args

    from cothink.risk.cases import Ruling
    from cothink.risk.desk import WantedDecision

    if decision not in get_args(Ruling):
        raise typer.BadParameter(f"The decision is {decision!r}; {', '.join(get_args(Ruling))} are allowed.")
    wanted = WantedDecision(decision=cast(Ruling, decision), by=by, why=why)
    case, _ = _at_desk(config, lambda desk: desk.decide(tenant, id, wanted, "command line"))
    typer.echo(f"{case.id}: {decision}, by {by}; the case is {case.state}.")


def replay(
    id: Id,
    model: Annotated[
        Path | None, typer.Option("--model", help="The scorecard's folder; else the one of the settings.")
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Make a score again from what was recorded, and compare; exit code 1 where it differs."""
    from cothink.cli.extras import need

    need("risk", "numpy", "scipy", "sklearn", "lightgbm", "polars")
    from cothink.core.errors import SettingError
    from cothink.risk.desk import repeat
    from cothink.risk.scored import open_scoring
    from cothink.settings import load

    folder = str(model) if model is not None else load(config).risk.model
    if not folder:
        raise SettingError("No scorecard is named: set risk.model, or add --model DIR.", param="model")
    from cothink.risk.config import RiskConfig

    _, record = _at_desk(config, lambda desk: desk.find(None, id))
    scoring = open_scoring(RiskConfig(model=folder))
    assert scoring is not None  # noqa: S101 - a folder is named
    found = repeat(record, scoring)
    for name, one in (("then", found.then), ("now", found.now)):
        typer.echo(
            f"{name:5} {one.probability:.12f} [{one.low:.6f}, {one.high:.6f}] {one.band} {', '.join(one.reasons)}"
        )
    typer.echo("The same." if found.same else "They differ.")
    if not found.same:
        raise typer.Exit(1)


def _at_desk(config: Path | None, work: "Callable[[ReviewDesk], Awaitable[T]]") -> T:
    """Do some work where people decide cases."""
    from cothink.settings import load

    settings = load(config)
    return asyncio.run(_worked(settings, work))


async def _worked(settings: "Settings", work: "Callable[[ReviewDesk], Awaitable[T]]") -> T:
    from cothink.risk.desk import ReviewDesk
    from cothink.store.cases import open_cases

    cases = open_cases(settings.store)
    try:
        return await work(ReviewDesk(cases, settings.risk))
    finally:
        await cases.aclose()
