"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", help="A TOML file of settings; else ./cothink.toml, if it is there.", dir_okay=False
    ),
]
DataFolder = Annotated[
    Path, typer.Option("--data", envvar="COTHINK_DATA", help="A folder with your download of the data sets.")
]
Embedded = Annotated[
    str | None,
    typer.Option(
        "--embedded",
        help="Small models on this machine stand in for both roles: 'pair' (1.6 GB) or 'small' (98 MB, plumbing only).",
    ),
]
Url = Annotated[
    str | None, typer.Option("--url", help="A running gateway, such as http://127.0.0.1:8080/v1; else one is started.")
]
Key = Annotated[str | None, typer.Option("--key", envvar="COTHINK_KEY", help="The gateway's key, if it wants one.")]
Model = Annotated[
    str,
    typer.Option(
        "--model",
        "-m",
        help="Which answers: cothink-auto, cothink-cascade, cothink-code, cothink-fusion, cothink-local, "
        "cothink-review, cothink-route, r1, pro.",
    ),
]
