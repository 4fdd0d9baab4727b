"""`cothink records`: what was recorded of requests and answers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cothink.cli.options import ConfigFile

if TYPE_CHECKING:
    from cothink.store.records import Filter, Records

app = typer.Typer(name="records", help="Recorded requests and answers.", no_args_is_help=True)
Model = Annotated[str, typer.Option(help="Only those that asked for this model.")]
Key = Annotated[str, typer.Option(help="Only those of this key.")]
Outcome = Annotated[str, typer.Option(help="Only those that ended so: completed, refused, cut, failed.")]
Since = Annotated[float, typer.Option(help="Only those of the last so many hours; 0 is all.")]


@app.command("list")
def list_records(
    config: ConfigFile = None,
    model: Model = "",
    key: Key = "",
    outcome: Outcome = "",
    since: Since = 0.0,
    most: Annotated[int, typer.Option(help="The most lines.", min=1)] = 20,
) -> None:
    """List the newest records, newest first."""
    from datetime import datetime

    from rich.console import Console
    from rich.table import Table

    from cothink.core.price import usd

    table = Table(box=None, pad_edge=False)
    for name in ("number", "at", "trace", "model", "key", "strategy", "outcome", "$", "bytes"):
        table.add_column(name, no_wrap=True)
    for head in _records(config).newest(_filter(model, key, outcome, since), most):
        at = datetime.fromtimestamp(head.at).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        facts = (head.trace_id, head.model, head.key, head.strategy, head.outcome)
        table.add_row(str(head.number), at, *facts, f"{usd(head.cost_nanousd):.6f}", f"{head.bytes:,}")
    Console(width=500).print(table, crop=False)  # as wide as it is: a terminal wraps it, a pipe keeps its lines


@app.command()
def show(
    trace: Annotated[str, typer.Argument(help="A trace id, as `x-cothink-trace-id` tells it, or a record's number.")],
    config: ConfigFile = None,
) -> None:
    """Print the records of one trace as JSON."""
    import msgspec

    from cothink.core.errors import BadRequest

    found = _records(config).find(trace)
    if not found:
        raise BadRequest(f"There is no record of {trace!r}: it was not drawn, or it is deleted.", param="trace")
    for _, json in found:
        typer.echo(msgspec.json.format(json, indent=2).decode())


@app.command()
def export(
    to: Annotated[Path, typer.Argument(help="A file of JSON lines; - is standard output.", dir_okay=False)],
    config: ConfigFile = None,
    model: Model = "",
    key: Key = "",
    outcome: Outcome = "",
    since: Since = 0.0,
) -> None:
    """Write records as JSON lines, oldest first."""
    import sys
    from contextlib import ExitStack

    count = 0
    records = _records(config)
    with ExitStack() as stack:
        file = sys.stdout.buffer if str(to) == "-" else stack.enter_context(to.open("wb"))
        for json in records.every(_filter(model, key, outcome, since)):
            file.write(json + b"\n")
            count += 1
        file.flush()
    typer.echo(f"{count} records were written.", err=True)


def _records(config: Path | None) -> "Records":
    from cothink.core.errors import SettingError
    from cothink.settings import load
    from cothink.store.records import Records

    path = Path(load(config).records.path)
    if not path.exists():
        raise SettingError(f"There are no records yet: {path} is not there. Set records.share to record requests.")
    return Records(path)


def _filter(model: str, key: str, outcome: str, since: float) -> "Filter":
    import time

    from cothink.store.records import Filter

    return Filter(model=model, key=key, outcome=outcome, since=time.time() - since * 3600 if since else 0.0)
