"""The listening side: connections, one sweep for all waits, and a drain that loses nothing that was accepted."""

import asyncio
import email.utils
import json
import ssl
from collections.abc import Callable
from http import HTTPStatus
from socket import socket

from cothink.gateway.http1.connection import Connection
from cothink.gateway.http1.exchange import STATUS_LINES, App
from cothink.gateway.http1.limits import ServerLimits

SWEEP_S = 1.0


class Server:
    """Serves one application on listening sockets.

    Args:
        app: An ASGI application; only ``http`` scopes reach it.
        limits: What one client may take.
        tls: Where the server speaks TLS itself.
        new_id: Makes the request id of an answer that the application never saw.
    """

    def __init__(
        self,
        app: App,
        limits: ServerLimits,
        *,
        tls: ssl.SSLContext | None = None,
        new_id: Callable[[], str],
    ) -> None:
        self.app = app
        self.limits = limits
        self.scheme = "https" if tls else "http"
        self.is_draining = False
        self.date_line = b""
        self.loop = asyncio.get_running_loop()
        self._tls = tls
        self._new_id = new_id
        self._listeners: list[asyncio.Server] = []
        self._connections: set[Connection] = set()
        self._sweep()

    async def listen(self, sock: socket) -> None:
        """Accept on a bound socket."""
        self._listeners.append(
            await self.loop.create_server(lambda: Connection(self), sock=sock, ssl=self._tls, backlog=2048)
        )

    async def drain(self, within_s: float) -> int:
        """Accept nothing more, let what was accepted end, close.

        Returns:
            How many requests had to be cancelled because ``within_s`` passed.
        """
        self.is_draining = True
        for listener in self._listeners:
            listener.close()
        for connection in [one for one in self._connections if not one.is_busy]:
            connection.close()
        gives_up_at = self.loop.time() + within_s
        while self._connections and self.loop.time() < gives_up_at:
            await asyncio.sleep(0.02)
        left = [one for one in self._connections if one.is_busy]
        for connection in list(self._connections):
            connection.cancel()
        while self._connections:
            await asyncio.sleep(0)
        self._sweeper.cancel()
        return len(left)

    def opened(self, connection: Connection) -> None:
        """A client connected."""
        self._connections.add(connection)

    def closed(self, connection: Connection) -> None:
        """A client left."""
        self._connections.discard(connection)

    def refusal(self, status: int, words: str, code: str) -> bytes:
        """Return a whole answer, in OpenAI's error form, to a request that is none."""
        error = {"message": words, "type": "invalid_request_error", "param": None, "code": code}
        body = json.dumps({"error": error}).encode()
        line = STATUS_LINES.get(status, STATUS_LINES[HTTPStatus.BAD_REQUEST])
        return (
            line
            + b"content-type: application/json\r\ncontent-length: %d\r\n" % len(body)
            + f"x-request-id: {self._new_id()}\r\n".encode()
            + self.date_line
            + b"connection: close\r\n\r\n"
            + body
        )

    def _sweep(self) -> None:
        """Once a second: the date, and the clients that were too slow."""
        self.date_line = b"date: " + email.utils.formatdate(usegmt=True).encode() + b"\r\n"
        now = self.loop.time()
        for connection in [
            one for one in self._connections if one.wait_ends_at is not None and one.wait_ends_at <= now
        ]:
            connection.time_is_up()
        self._sweeper = self.loop.call_later(SWEEP_S, self._sweep)
