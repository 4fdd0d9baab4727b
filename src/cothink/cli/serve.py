"""`cothink serve`: the gateway."""

from typing import Annotated

import typer

from cothink.cli.options import ConfigFile, Embedded


def serve(
    config: ConfigFile = None,
    embedded: Embedded = None,
    host: Annotated[str | None, typer.Option(help="Where to listen; anything but loopback needs keys.")] = None,
    port: Annotated[int | None, typer.Option(help="The port; 0 takes a free one.")] = None,
    workers: Annotated[int | None, typer.Option(help="How many processes share the port; 0 is one a core.")] = None,
) -> None:
    """Start the gateway and serve until SIGTERM or Ctrl+C; SIGHUP reads the settings anew."""
    from cothink.cli.session import given
    from cothink.fleet import serve as serve_gateway
    from cothink.settings import load

    options = (("host", host), ("port", port), ("workers", workers))
    table = {name: value for name, value in options if value is not None}
    tree = given(embedded) | ({"gateway": table} if table else {})
    serve_gateway(lambda: load(config, given=tree))
