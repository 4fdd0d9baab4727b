"""`cothink teams`: limits that several keys share."""

from typing import Annotated

import typer

from cothink.cli.desk import AtOnce, Day, Models, Month, Requests, Tokens, at_desk, limits_in_words
from cothink.cli.options import ConfigFile

app = typer.Typer(name="teams", help="Teams: limits that several keys share.", no_args_is_help=True)


@app.command("set")
def set_team(  # noqa: PLR0913  # each option is one of the team's fields
    name: Annotated[str, typer.Argument(help="The team's name.")],
    *,
    models: Models = None,
    requests: Requests = None,
    tokens: Tokens = None,
    day: Day = None,
    month: Month = None,
    at_once: AtOnce = None,
    config: ConfigFile = None,
) -> None:
    """Make a team, or give one new limits; what is not named is not limited."""
    from cothink.store.desk import WantedTeam

    wanted = WantedTeam(
        name=name,
        models=tuple(models or ()),
        requests_per_minute=requests,
        tokens_per_minute=tokens,
        usd_per_day=day,
        usd_per_month=month,
        at_once=at_once,
    )
    team = at_desk(config, lambda desk: desk.put_team(wanted))
    typer.echo(f"Team {team.name}: {limits_in_words(team.quota)}.")


@app.command("list")
def list_teams(config: ConfigFile = None) -> None:
    """List the teams."""
    from rich.console import Console
    from rich.table import Table

    table = Table("name", "models", "limits", title="Teams")
    for team in at_desk(config, lambda desk: desk.teams()):
        table.add_row(team.name, ", ".join(team.models) or "all", limits_in_words(team.quota))
    Console().print(table)
