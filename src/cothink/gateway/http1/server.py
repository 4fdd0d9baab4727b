"""The listening side: connections, one sweep for all waits, and a drain that loses nothing that was accepted."""

import asyncio
import email.utils
import json
import ssl
from collections.abc import Callable
from socket import socket
from typing import NamedTuple

from cothink.gateway.http1.connection import Connection
from cothink.gateway.http1.exchange import STATUS_LINES, App, Short
from cothink.gateway.http1.head import Refusal
from cothink.gateway.http1.limits import ServerLimits
from cothink.gateway.http1.sockets import queued, turn_away

SWEEP_S = 1.0
CLEAN_UP_S = 5.0
LET_IN_S = 1.0
LAST = b"connection: close\r\n\r\n"


class Drained(NamedTuple):
    """What a drain did with the requests that were in work."""

    finished: int
    cancelled: int


class Server:
    """Serves one application on listening sockets. It is made inside a running event loop.

    Args:
        app: An ASGI application; only ``http`` scopes reach it, there is no ``lifespan``.
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
        self.short: Short | None = getattr(app, "short", None)
        self.limits = limits
        self.scheme = "https" if tls else "http"
        self.is_draining = False
        self.tail_open = self.tail_last = b""
        self.loop = asyncio.get_running_loop()
        self.create_task = self.loop.create_task
        self._now = self.loop.time()
        self._tls = tls
        self._new_id = new_id
        self._listeners: list[asyncio.Server] = []
        self._sockets: list[socket] = []
        self.connections: set[Connection] = set()
        self._leaving: set[asyncio.Task[None]] = set()  # cancelled, and still cleaning up
        self._nobody_left = asyncio.Event()
        self._tick()

    async def listen(self, sock: socket) -> None:
        """Accept on a bound socket. The server owns it from here on."""
        handshake_s = self.limits.head_s if self._tls else None
        self._sockets.append(sock)
        self._listeners.append(
            await self.loop.create_server(
                lambda: Connection(self), sock=sock, ssl=self._tls, backlog=2048, ssl_handshake_timeout=handshake_s
            )
        )

    async def drain(self, within_s: float) -> Drained:
        """Accept nothing more, let what was accepted end, close, and stop.

        Kept connections without a request are closed at once; one that connected and has not asked yet has a second.
        What is not done within ``within_s`` is cancelled and has five seconds to clean up.
        """
        await self._let_in()
        self.is_draining = True
        self.tail_open = self.tail_last
        for listener in self._listeners:
            listener.close()
        busy = {one for one in self.connections if one.is_busy}
        self.sweep(self.loop.time())
        for connection in list(self.connections):
            connection.hurry()
        await self._wait_for_all(within_s)
        cut = [one for one in self.connections if one.is_busy]
        for connection in list(self.connections):
            connection.dismiss()
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=CLEAN_UP_S)
        for connection in list(self.connections):
            connection.cancel()
        await self._wait_for_all(SWEEP_S)
        self._sweeper.cancel()
        return Drained(finished=len(busy.difference(cut)), cancelled=len(cut))

    async def _let_in(self) -> None:
        """Accept whoever waits in the queues: closing them would reset whom they hold."""
        sockets, self._sockets = self._sockets, []
        for sock in sockets:
            turn_away(sock)
        ends_at = self.loop.time() + LET_IN_S
        await asyncio.sleep(0)
        while any(queued(sock) for sock in sockets) and self.loop.time() < ends_at:  # noqa: ASYNC110 - the kernel's queue
            await asyncio.sleep(0)
        await asyncio.sleep(0)

    def hurry(self) -> None:
        """Cut a drain short: what is in work is told that its time is over."""
        for connection in list(self.connections):
            connection.dismiss()

    @property
    def connection_count(self) -> int:
        """How many clients are connected."""
        return len(self.connections)

    def opened(self, connection: Connection) -> int:
        """A client connected. Return how many more may."""
        self.connections.add(connection)
        self._nobody_left.clear()
        return self.limits.connections - len(self.connections)

    def closed(self, connection: Connection) -> None:
        """A client left."""
        self.connections.discard(connection)
        if not self.connections:
            self._nobody_left.set()

    def leaves(self, task: asyncio.Task[None]) -> None:
        """A task was cancelled; a drain waits for its end."""
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    def ends_at(self, seconds: float) -> float:
        """Return when a wait that begins now is over, on the clock of the sweep, which lags by up to a second."""
        return self._now + seconds + SWEEP_S

    def refusal(self, refusal: Refusal, is_head: bool) -> bytes:
        """Return a whole answer, in OpenAI's error form, to what the application did not answer."""
        kind = "invalid_request_error" if refusal.status < 500 else "server_error"
        error = {"message": refusal.words, "type": kind, "param": None, "code": refusal.code}
        body = json.dumps({"error": error}, separators=(",", ":")).encode()
        lines = [
            STATUS_LINES[refusal.status],
            b"content-type: application/json\r\ncontent-length: %d\r\n" % len(body),
            f"x-request-id: {self._new_id()}\r\n".encode(),
            b"retry-after: 1\r\n" if refusal.status == 503 else b"",
            self.tail_last,
            b"" if is_head else body,
        ]
        return b"".join(lines)

    def sweep(self, now: float) -> None:
        """Refresh the date and end what waited too long. The server calls it every second.

        Args:
            now: Seconds on the loop's clock.
        """
        self._now = now
        date = b"date: " + email.utils.formatdate(usegmt=True).encode() + b"\r\n"
        self.tail_last = date + LAST
        self.tail_open = self.tail_last if self.is_draining else date + b"\r\n"
        for connection in list(self.connections):
            connection.sweep(now)

    def _tick(self) -> None:
        self._sweeper = self.loop.call_later(SWEEP_S, self._tick)  # first, so that no fault can end the sweeps
        self.sweep(self.loop.time())

    async def _wait_for_all(self, seconds: float) -> None:
        if self.connections:
            waiter = self.loop.create_task(self._nobody_left.wait())
            await asyncio.wait([waiter], timeout=seconds)
            waiter.cancel()
