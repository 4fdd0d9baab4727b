"""The command `cothink`. It loads fast: what a command needs is imported when it runs."""

import sys

import typer

from cothink import __version__
from cothink.cli import (
    ask,
    cache,
    chat,
    code,
    eval,
    keys,
    models,
    privacy,
    records,
    risk,
    risk_reading,
    risk_reviews,
    route,
    serve,
    settings,
    spend,
    teams,
)

app = typer.Typer(
    name="cothink",
    help="Two reasoning models work as one behind the OpenAI API.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)
app.command()(serve.serve)
app.command()(ask.ask)
app.command()(chat.chat)
app.add_typer(code.app, name="code")
app.add_typer(models.app, name="models")
app.add_typer(eval.app, name="eval")
app.add_typer(route.app, name="route")
app.add_typer(privacy.app, name="privacy")
app.add_typer(cache.app, name="cache")
app.add_typer(settings.app, name="settings")
risk.app.add_typer(risk_reviews.app, name="reviews")
risk.app.command()(risk_reviews.replay)
risk.app.command()(risk_reading.read)
app.add_typer(risk.app, name="risk")
app.add_typer(records.app, name="records")
app.add_typer(keys.app, name="keys")
app.add_typer(teams.app, name="teams")
app.add_typer(spend.app, name="spend")


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> None:
    """Run the command line; an error of ours is one line in red and exit code 1, not a traceback."""
    from cothink.core.errors import CoThinkError

    try:
        app()
    except CoThinkError as error:
        typer.secho(f"cothink: {error.message}", fg=typer.colors.RED, err=True)
        sys.exit(1)
