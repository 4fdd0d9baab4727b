"""What `serve`, `ask` and `chat` share: the embedded pair as settings, and a gateway to talk to."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from cothink.cli.link import Link
from cothink.cli.models import PAIRS


def given(embedded: str | None) -> dict[str, Any]:
    """Return the settings that `--embedded` stands for."""
    if embedded is None:
        return {}
    if embedded not in PAIRS:
        raise typer.BadParameter(f"--embedded is {embedded!r}; allowed are {' and '.join(PAIRS)}.")
    r1, pro = PAIRS[embedded][0], PAIRS[embedded][-1]
    # the stand-in pro plays the vendor, so it stands outside the site as the real one does
    return {
        "r1": {"engine": "llamacpp", "path": r1, "catalogue": "stand-in-r1", "zone": "site"},
        "pro": {"engine": "llamacpp", "path": pro, "catalogue": "stand-in-pro", "zone": "hosted"},
    }


@contextmanager
def session(url: str | None, key: str | None, config: Path | None, embedded: str | None) -> Iterator[Link]:
    """Give a line to the gateway at `url`; without one, to a gateway that lives as long as the command."""
    if url is not None:
        yield Link(url, key)
        return
    from cothink.serve import running
    from cothink.settings import load

    table = {"port": 0, "host": "127.0.0.1", "access_log": False}
    with running(lambda: load(config, given=given(embedded) | {"gateway": table})) as gateway_url:
        yield Link(gateway_url, key)
