"""`cothink settings`: what is set, and where it came from."""

import typer

from cothink.cli.options import ConfigFile

app = typer.Typer(name="settings", help="What is set, and where it came from.", no_args_is_help=True)


@app.command()
def show(config: ConfigFile = None) -> None:
    """Print each value and its source: a default, the file, or the environment. Secrets are not shown."""
    from rich.console import Console
    from rich.table import Table

    from cothink.settings import load
    from cothink.settings.show import shown

    table = Table("setting", "value", "from")
    for one in shown(load(config)):
        table.add_row(one.path, one.value, one.source, style="" if one.source == "default" else "bold")
    Console().print(table)


@app.command()
def check(config: ConfigFile = None) -> None:
    """Read the settings and say whether they are understood; exit code 1 when they are not."""
    from cothink.settings import load

    settings = load(config)
    bound = ", ".join(settings.bound()) or "nothing: no model is bound yet"
    typer.echo(f"The settings are understood. Bound: {bound}.")
