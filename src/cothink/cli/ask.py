"""`cothink ask`: one question, one answer."""

import sys
from typing import Annotated

import typer

from cothink.cli.options import ConfigFile, Embedded, Key, Model, Url


def ask(
    question: Annotated[
        list[str] | None, typer.Argument(help="The question; without it, standard input is read.")
    ] = None,
    *,
    model: Model = "cothink-auto",
    url: Url = None,
    key: Key = None,
    config: ConfigFile = None,
    embedded: Embedded = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="The answer alone: no thinking, no summary.")] = False,
) -> None:
    """Ask one question; the answer streams, thinking is dimmed."""
    from rich.console import Console

    from cothink.cli.session import session
    from cothink.cli.talk import summary, tell

    words = " ".join(question or ()) or sys.stdin.read()
    if not words.strip():
        raise typer.BadParameter("There is no question: give it as words or on standard input.")
    console = Console()
    with session(url, key, config, embedded) as link:
        told = tell(link.stream(model, [{"role": "user", "content": words}]), console, thinking=not quiet)
    if not quiet:
        console.print(summary(told), style="dim cyan", highlight=False)
