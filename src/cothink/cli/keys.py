"""`cothink keys`: who may ask, and how much."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cothink.cli.desk import (
    AtOnce,
    Day,
    Models,
    Month,
    Requests,
    Tokens,
    at_desk,
    limits_in_words,
    settings_ask_for_keys,
)
from cothink.cli.options import ConfigFile

if TYPE_CHECKING:
    from cothink.store.key import KeyRecord

app = typer.Typer(name="keys", help="Virtual keys: who may ask, and how much.", no_args_is_help=True)
MostOutput = Annotated[int | None, typer.Option("--most-output", help="The longest answer, in tokens.")]
Name = Annotated[str, typer.Argument(help="The key's name or id.")]


@app.command()
def create(  # noqa: PLR0913  # each option is one of the key's fields
    name: Annotated[str, typer.Argument(help="For people: whose key it is, or what for.")],
    *,
    team: Annotated[str, typer.Option(help="The team whose limits it shares.")] = "",
    models: Models = None,
    requests: Requests = None,
    tokens: Tokens = None,
    day: Day = None,
    month: Month = None,
    at_once: AtOnce = None,
    most_output: MostOutput = None,
    priority: Annotated[int, typer.Option(help="Turns for one of another key, where calls wait.")] = 1,
    days: Annotated[float | None, typer.Option("--expires", help="Expires after so many days.")] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Never answer from the cache.")] = False,
    semantic: Annotated[bool, typer.Option("--semantic-cache", help="Allow answers of like questions.")] = False,
    admin: Annotated[bool, typer.Option("--admin", help="May manage keys, teams and spend.")] = False,
    config: ConfigFile = None,
) -> None:
    """Make a key. Its secret is shown this once."""
    from cothink.store.desk import Wanted

    wanted = Wanted(
        name=name,
        team=team,
        models=tuple(models or ()),
        requests_per_minute=requests,
        tokens_per_minute=tokens,
        usd_per_day=day,
        usd_per_month=month,
        at_once=at_once,
        most_output_tokens=most_output,
        priority=priority,
        expires_in_s=None if days is None else days * 86_400,
        cache=not no_cache,
        semantic_cache=semantic,
        admin=admin,
    )
    record, secret = at_desk(config, lambda desk: desk.create(wanted))
    _tell_secret(record, secret, config)


@app.command("list")
def list_keys(
    everything: Annotated[bool, typer.Option("--all", help="Revoked and expired keys, too.")] = False,
    config: ConfigFile = None,
) -> None:
    """List the keys."""
    import time

    from rich.console import Console
    from rich.table import Table

    table = Table("name", "secret", "team", "models", "limits", "state", title="Keys")
    now = time.time()
    for record in at_desk(config, lambda desk: desk.keys()):
        if everything or record.is_live(now):
            models = ", ".join(record.models) or "all"
            table.add_row(
                record.name,
                record.prefix + "…",
                record.team,
                models,
                limits_in_words(record.quota),
                _state(record, now),
            )
    Console().print(table)


@app.command()
def show(name: Name, config: ConfigFile = None) -> None:
    """Print one key."""
    import msgspec
    from rich.console import Console

    console = Console()
    record = at_desk(config, lambda desk: desk.find(name))
    for field, value in msgspec.to_builtins(record).items():
        if "digest" not in field:
            console.print(f"[bold]{field:18}[/bold] {value}", highlight=False)


@app.command("set")
def change(  # noqa: PLR0913  # each option is one of the key's fields
    name: Name,
    *,
    models: Models = None,
    requests: Requests = None,
    tokens: Tokens = None,
    day: Day = None,
    month: Month = None,
    at_once: AtOnce = None,
    most_output: MostOutput = None,
    unlimited: Annotated[
        list[str] | None,
        typer.Option("--unlimited", help="Takes a limit away: requests, tokens, day, month, at-once, most-output."),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Give a key new limits; what is not named stays as it was. Running gateways learn of it within two seconds."""
    from cothink.core.errors import BadRequest
    from cothink.store.desk import Changed

    options = {
        "requests": ("requests_per_minute", requests),
        "tokens": ("tokens_per_minute", tokens),
        "day": ("usd_per_day", day),
        "month": ("usd_per_month", month),
        "at-once": ("at_once", at_once),
        "most-output": ("most_output_tokens", most_output),
    }
    if unknown := set(unlimited or ()) - options.keys():
        raise BadRequest(f"--unlimited is {min(unknown)!r}; {', '.join(options)} are allowed.")
    given: dict[str, float | None] = {field: value for field, value in options.values() if value is not None}
    given |= {options[option][0]: None for option in unlimited or ()}
    changed = Changed(**given, **({"models": tuple(models)} if models else {}))  # type: ignore[arg-type]
    record = at_desk(config, lambda desk: desk.change(name, changed))
    typer.echo(f"Key {record.name}: {limits_in_words(record.quota)}.")


@app.command()
def rotate(
    name: Name,
    grace: Annotated[float, typer.Option(help="For how many hours the old secret stays good.")] = 0.0,
    config: ConfigFile = None,
) -> None:
    """Give a key a new secret, shown this once; limits and spending stay."""
    record, secret = at_desk(config, lambda desk: desk.rotate(name, grace * 3600))
    _tell_secret(record, secret, config)


@app.command()
def revoke(name: Name, config: ConfigFile = None) -> None:
    """Turn a key away for ever. What it spent stays in the books."""
    record = at_desk(config, lambda desk: desk.revoke(name))
    typer.echo(f"Revoked: {record.name}. Running gateways turn it away within two seconds.")


def _tell_secret(record: "KeyRecord", secret: str, config: Path | None) -> None:
    typer.echo(f"Key {record.name} ({record.id}). The secret is shown this once:", err=True)
    typer.echo(secret)
    if not settings_ask_for_keys(config):
        typer.echo(
            "Note: gateway.stored_keys is false, so a gateway with these settings asks nobody for a key.", err=True
        )


def _state(record: "KeyRecord", now: float) -> str:
    if record.revoked_at is not None:
        return "revoked"
    if not record.is_live(now):
        return "expired"
    return "admin" if record.admin else "live"
