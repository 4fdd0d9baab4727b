"""One client's connection: bytes in, whole requests to the application, bytes out.

The application sees a request when all of it is here, so a slow head or body costs it nothing. A client that leaves
cancels the application's task at once. Requests on one connection are answered in order, one at a time.
"""

import asyncio
import logging
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote_to_bytes

import httptools

from cothink.gateway.http1.exchange import Exchange

if TYPE_CHECKING:
    from cothink.gateway.http1.server import Server

log = logging.getLogger(__name__)


class Incoming:
    """A request as far as it has come."""

    __slots__ = ("body", "expects_continue", "headers", "size", "target")

    def __init__(self) -> None:
        self.target = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.body: list[bytes] = []
        self.size = 0
        self.expects_continue = False


class Connection(asyncio.Protocol):
    """Speaks HTTP/1.1 with one client."""

    __slots__ = (
        "_can_write",
        "_client",
        "_coming",
        "_exchange",
        "_head_seen",
        "_local",
        "_parser",
        "_ready",
        "_refused",
        "_server",
        "_task",
        "_transport",
        "wait_ends_at",
    )

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._parser = httptools.HttpRequestParser(self)
        self._coming = Incoming()
        self._ready: list[tuple[dict[str, Any], bytes, bool]] = []  # requests that came while one is answered
        self._task: asyncio.Task[None] | None = None
        self._exchange: Exchange | None = None
        self._can_write: asyncio.Event | None = None
        self._head_seen = 0
        self._refused = False
        self.wait_ends_at: float | None = None

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's does not derive from it
        self._transport.set_write_buffer_limits(high=self._server.limits.backlog_bytes)
        self._client = transport.get_extra_info("peername")
        self._local = transport.get_extra_info("sockname")
        self._wait(self._server.limits.head_s)
        self._server.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client left: whatever is done for it ends now."""
        self._server.closed(self)
        self._ready.clear()
        if self._can_write is not None:
            self._can_write.set()
        if self._exchange is not None:
            self._exchange.client_left()
        if self._task is not None:
            self._task.cancel()

    def eof_received(self) -> bool:
        """A client that ends its side has left; half-open connections are not kept."""
        return False

    def pause_writing(self) -> None:
        """The client does not keep up."""
        self._can_write = asyncio.Event()

    def resume_writing(self) -> None:
        """The client took enough."""
        if self._can_write is not None:
            self._can_write.set()
            self._can_write = None

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._refused:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._refuse(400, "This server speaks HTTP/1.1 and upgrades to nothing.")
        except httptools.HttpParserError:
            self._refuse(400, "This is not a well-formed HTTP/1.1 request.")

    # -- httptools' callbacks, in their order

    def on_message_begin(self) -> None:
        """A request begins."""
        self._coming = Incoming()
        self._head_seen = 0
        self._wait(self._server.limits.head_s)

    def on_url(self, url: bytes) -> None:
        """A piece of the target."""
        self._coming.target += url
        self._count_head(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field."""
        name = name.lower()
        self._coming.headers.append((name, value))
        self._count_head(len(name) + len(value) + 4)
        if name == b"expect":
            self._coming.expects_continue = value.lower() == b"100-continue"
        elif name == b"content-length" and int(value) > self._server.limits.body_bytes:
            self._refuse_body()

    def on_headers_complete(self) -> None:
        """The head is here; the body may come."""
        self._wait(self._server.limits.body_s)
        if self._coming.expects_continue and self._task is None and not self._refused:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        coming = self._coming
        coming.body.append(body)
        coming.size += len(body)
        if coming.size > self._server.limits.body_bytes:
            self._refuse_body()

    def on_message_complete(self) -> None:
        """The request is here."""
        if self._refused:
            return
        self.wait_ends_at = None
        coming = self._coming
        path, _, query = coming.target.partition(b"?")
        method = self._parser.get_method()
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": self._parser.get_http_version(),
            "method": method.decode("ascii"),
            "scheme": self._server.scheme,
            "path": (unquote_to_bytes(path) if b"%" in path else path).decode("utf-8", "replace"),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": coming.headers,
            "client": self._client,
            "server": self._local,
            "extensions": {"cothink.cancels_on_disconnect": {}},
        }
        body = coming.body[0] if len(coming.body) == 1 else b"".join(coming.body)
        self._ready.append((scope, body, self._parser.should_keep_alive()))
        if self._task is None:
            self._next()
        else:  # a pipelined request waits, and so does its sender
            self._transport.pause_reading()

    # -- answering

    def write(self, data: bytes) -> None:
        """Send bytes to the client; what it no longer takes is dropped."""
        self._transport.write(data)

    async def drained(self) -> None:
        """Return when the client took enough of what was sent."""
        if self._can_write is not None:
            await self._can_write.wait()

    @property
    def is_busy(self) -> bool:
        """A request is being answered."""
        return self._task is not None

    def close(self) -> None:
        """Close when what was written has left."""
        self._transport.close()

    def cancel(self) -> None:
        """End the request in work, if any, and the connection."""
        if self._task is not None:
            self._task.cancel()
        self._transport.abort()

    def time_is_up(self) -> None:
        """The client was too slow with its request, or idle for too long."""
        if self._head_seen or self._coming.headers:
            self._refuse(408, "The request did not come in time.")
        else:
            self._transport.close()

    def _next(self) -> None:
        scope, body, keep_alive = self._ready.pop(0)
        keep_alive = keep_alive and not self._server.is_draining
        tail = self._server.date_line + (b"\r\n" if keep_alive else b"connection: close\r\n\r\n")
        exchange = Exchange(self, body, is_head=scope["method"] == "HEAD", keep_alive=keep_alive, tail=tail)
        self._exchange = exchange
        self._task = self._server.loop.create_task(self._answer(scope, exchange))

    async def _answer(self, scope: dict[str, Any], exchange: Exchange) -> None:
        try:
            await self._server.app(scope, exchange.receive, exchange.send)
        except asyncio.CancelledError:
            if not self._transport.is_closing():
                self._transport.abort()
        except Exception:  # the edge: the application has its own; what comes here is a fault of ours
            log.exception("The application failed")
            if not exchange.started:
                self._refuse(500, "Something went wrong here.")
            else:
                self._transport.abort()  # a cut answer must look cut
        else:
            if not exchange.finished:
                log.error("The application left its answer unfinished: %s", scope["path"])
                self._transport.abort()
        finally:
            self._done(exchange)

    def _done(self, exchange: Exchange) -> None:
        self._task = self._exchange = None
        if self._transport.is_closing():
            return
        if not exchange.keep_alive:
            self._transport.close()
        elif self._ready:
            self._next()
        else:
            self._head_seen = 0
            self._coming.headers = []
            self._wait(self._server.limits.idle_s)
            self._transport.resume_reading()

    # -- refusing

    def _count_head(self, size: int) -> None:
        self._head_seen += size
        if self._head_seen > self._server.limits.head_bytes:
            self._refuse(431, f"A request's head may have {self._server.limits.head_bytes} bytes.")

    def _refuse_body(self) -> None:
        self._refuse(413, f"A request's body may have {self._server.limits.body_bytes} bytes.", "request_too_large")

    def _refuse(self, status: int, words: str, code: str = "bad_http") -> None:
        if self._refused:
            return
        self._refused = True
        self._ready.clear()
        if self._task is None:
            self._transport.write(self._server.refusal(status, words, code))
            self._transport.close()
        else:
            self._transport.abort()

    def _wait(self, seconds: float) -> None:
        self.wait_ends_at = self._server.loop.time() + seconds
