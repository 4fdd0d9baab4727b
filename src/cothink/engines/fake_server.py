"""The fake as an HTTP server, for load tests and for tests of clients: both of OpenAI's APIs, plain ASGI on uvicorn.

``python -m cothink.engines.fake_server --port 0`` prints its URL and serves until it is interrupted. ``GET /stats``
counts, ``POST /control`` with a JSON object of settings changes the script while it runs.
"""

import argparse
import asyncio
import dataclasses
import socket
import sys
from typing import Any, Self

from cothink.core.errors import SettingError
from cothink.engines.fake_app import FakeApp, Stats
from cothink.engines.fake_config import FakeServerConfig


class FakeServer:
    """The app on a port of loopback: ``async with FakeServer(config) as server: server.url``."""

    def __init__(self, config: FakeServerConfig | None = None, *, port: int = 0) -> None:
        self.app = FakeApp(config)
        self._port = port

    @property
    def stats(self) -> Stats:
        """What happened so far."""
        return self.app.stats

    async def __aenter__(self) -> Self:
        import uvicorn

        sock = socket.create_server(("127.0.0.1", self._port), backlog=2048)
        self.url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        self._server = uvicorn.Server(_uvicorn(self.app))
        self._task = asyncio.create_task(self._server._serve([sock]))  # serve() would take this process's signals
        while not self._server.started and not self._task.done():  # noqa: ASYNC110 -- uvicorn has no event for it
            await asyncio.sleep(0.005)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._server.force_exit = True  # answers that never end would hold it
        await self._task
        while self.app.stats.open:  # noqa: ASYNC110 -- each sees in its next steps that its client is gone
            await asyncio.sleep(0.001)


def _uvicorn(app: FakeApp) -> Any:
    import uvicorn

    return uvicorn.Config(
        app,
        lifespan="off",  # a forced exit tells no end, and would leave the task that waits for it behind
        log_level="critical",
        access_log=False,
        http="httptools",
        server_header=False,
        date_header=False,
    )


def main(arguments: list[str] | None = None) -> None:
    """Serve until interrupted."""
    import uvicorn

    parser = argparse.ArgumentParser(description="A fake model server: both of OpenAI's APIs, with delays and faults.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    for field in dataclasses.fields(FakeServerConfig):
        kind = type(field.default)
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=kind, default=field.default)
    given = vars(parser.parse_args(arguments))
    port = given.pop("port")
    try:
        app = FakeApp(FakeServerConfig(**given))
    except SettingError as error:
        parser.error(error.message)
    sock = socket.create_server(("127.0.0.1", port), backlog=2048)
    sys.stdout.write(f"http://127.0.0.1:{sock.getsockname()[1]}\n")
    sys.stdout.flush()
    uvicorn.Server(_uvicorn(app)).run(sockets=[sock])


if __name__ == "__main__":
    main()
