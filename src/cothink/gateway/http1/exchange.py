"""One request and its answer, as ASGI sees them.

Source: https://asgi.readthedocs.io/en/latest/specs/www.html. A hang-up cancels the application's task at once; an
application that asks `receive` again gets `http.disconnect` as the specification says.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http import HTTPStatus
from typing import Any, Protocol

from cothink.gateway.http1.backlog import Backlog

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]
Fields = Iterable[tuple[bytes, bytes]]

STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus if status >= 200
}
HANG_UP = "cothink.hang_up"
"""A key of the ASGI scope: under it lies a function that takes what to call when the client leaves."""
EXCHANGE = "cothink.exchange"
"""Another one: under it lies the `Exchange`, whose `take_body` and `reply` are the short way of a whole answer."""
Short = Callable[[dict[str, Any], "Exchange"], Awaitable[None] | None]
"""An application may have this as its attribute ``short``: it answers a request whose head came before, without ASGI's
messages. It is given the notes of that head (see `known_head.NOTES`); None: it is to be asked by ASGI."""
BODILESS = frozenset({204, 304})
OURS = frozenset({b"connection", b"date", b"keep-alive", b"transfer-encoding"})  # the server says these itself
SPECIAL = OURS | {b"content-length"}
ONE_WRITE_BYTES = 65_536  # above this, joining head and body costs more than a second write
LAST_CHUNK = b"0\r\n\r\n"
UNSTARTED, CHUNKED, TO_THE_END, SILENT = -4, -3, -2, -1


class Outlet(Protocol):
    """Where an answer goes: the connection."""

    @property
    def backlog(self) -> Backlog:
        """What the client has not yet taken."""
        ...

    @property
    def write(self) -> Callable[[bytes], None]:
        """Send bytes; what the client no longer takes is dropped."""
        ...

    @property
    def call_soon(self) -> Callable[[Callable[[], None]], object]:
        """Call in the loop's next turn."""
        ...

    def tail(self, keep_alive: bool) -> bytes:
        """Return the last lines of a head: the date, and whether this answer is the connection's last."""
        ...


class Exchange:
    """Turns an application's messages into bytes.

    Args:
        outlet: The connection.
        body: The request's, whole.
        method: The request's.
        version: The request's: ``1.0`` has no chunks.
        keep_alive: More requests may follow on the connection.
    """

    __slots__ = (
        "_body",
        "_gone",
        "_head",
        "_left",
        "_outlet",
        "_pending",
        "_pending_bytes",
        "ended",
        "finished",
        "hang_up",
        "is_gone",
        "is_head",
        "is_on_wire",
        "keep_alive",
        "task",
        "version",
    )

    def __init__(self, outlet: Outlet, body: bytes, method: str, version: str, keep_alive: bool) -> None:
        self._outlet = outlet
        self._body: bytes | None = body
        self._head = b""
        self._left = UNSTARTED  # bytes still owed of an announced length, or one of the four words above
        self._pending: list[bytes] = []  # pieces of this turn of the loop: they leave in one write
        self._pending_bytes = 0
        self._gone: asyncio.Event | None = None
        self.is_head = method == "HEAD"
        self.version = version
        self.keep_alive = keep_alive
        self.hang_up: Callable[[], None] | None = None  # what the application wants called instead of being cancelled
        self.ended: Callable[[], None] | None = None  # what is called when it is over, however it went
        self.task: asyncio.Task[None] | None = None  # that answers
        self.is_gone = False
        self.is_on_wire = False
        self.finished = False

    async def receive(self) -> Message:
        """Give the whole body once; after that, wait for the client to leave."""
        body = self._body
        if body is not None:
            self._body = None
            return {"type": "http.request", "body": body, "more_body": False}
        if not self.finished and not self.is_gone:
            if self._gone is None:
                self._gone = asyncio.Event()
            await self._gone.wait()
        return {"type": "http.disconnect"}

    def take_body(self) -> bytes:
        """Give the whole body once, as the first `receive` does."""
        body, self._body = self._body, None
        return body or b""

    def on_hang_up(self, call: Callable[[], None] | None) -> None:
        """Take what to call when the client leaves, in the place of a cancel; None: a cancel again."""
        self.hang_up = call

    def client_left(self) -> None:
        """Wake whoever waits in `receive`."""
        self.is_gone = True
        if self._gone is not None:
            self._gone.set()

    async def send(self, message: Message) -> None:
        """Take the head or a piece of the body. The head leaves with the first piece, in one write.

        Raises:
            RuntimeError: The messages are out of order, a header cannot be sent, or the body is longer or shorter
                than announced. An answer that began is then cut, so that the client sees it.
        """
        kind = message["type"]
        if kind == "http.response.body":
            more_body = message.get("more_body", False)
            self._send_body(message.get("body", b""), more_body)
            backlog = self._outlet.backlog
            if backlog.is_paused:
                await backlog.drained()
            elif more_body and backlog.is_lost:
                await asyncio.sleep(0)  # else who sends without waiting never learns that the client left
        elif kind == "http.response.start":
            if self._left != UNSTARTED:
                raise RuntimeError("An application started its answer twice.")
            self._start(message["status"], message.get("headers", ()))
        else:
            raise RuntimeError(f"An application sent {kind!r}; this server takes http.response.start and .body.")

    async def reply(self, status: int, fields: bytes, count: int, body: bytes) -> None:
        """Answer whole: what `send` does with a head and the only piece of a body, in one step.

        Args:
            status: Of an answer with a body.
            fields: The header lines as they go out, none of them the server's own, nor a length.
            count: How many they are.
            body: All of it.

        Raises:
            RuntimeError: The answer was started before, or a header holds a line break or a NUL.
        """
        if self._left != UNSTARTED:
            raise RuntimeError("An application started its answer twice.")
        if fields.count(b"\n") != count or fields.count(b"\r") != count or b"\0" in fields:
            raise RuntimeError("A header of an application's answer holds a line break or a NUL.")
        line = STATUS_LINES.get(status) or _unnamed(status)
        if self.is_gone:
            return
        size = len(body)
        self._left = SILENT
        self.finished = self.is_on_wire = True
        outlet = self._outlet
        head = b"%b%bcontent-length: %d\r\n%b" % (line, fields, size, outlet.tail(self.keep_alive))
        if self.is_head:
            outlet.write(head)
        elif size <= ONE_WRITE_BYTES:
            outlet.write(head + body)
        else:
            outlet.write(head)
            outlet.write(body)
        backlog = outlet.backlog
        if backlog.is_paused:
            await backlog.drained()

    def _start(self, status: int, headers: Fields) -> None:
        parts = [STATUS_LINES.get(status) or _unnamed(status)]
        length: bytes | None = None
        count = 1
        for field, value in headers:
            name = field.lower()
            if name in SPECIAL:
                if name in OURS:
                    self._heed(name, value)
                    continue
                if status == 204 or length is not None:  # RFC 9110, 8.6
                    continue
                length = value
            parts += (name, b": ", value, b"\r\n")
            count += 1
        left = self._framing(status, length)
        if left == CHUNKED:
            parts.append(b"transfer-encoding: chunked\r\n")
            count += 1
        head = b"".join(parts)
        if head.count(b"\n") != count or head.count(b"\r") != count or b"\0" in head:
            raise RuntimeError("A header of an application's answer holds a line break or a NUL.")
        self._head = head + self._outlet.tail(self.keep_alive)
        self._left = left

    def _heed(self, name: bytes, value: bytes) -> None:
        if name == b"connection" and b"close" in value.lower():
            self.keep_alive = False

    def _framing(self, status: int, length: bytes | None) -> int:
        if self.is_head or status in BODILESS:
            return SILENT
        if length is not None:
            if not length.isdigit():
                raise RuntimeError(f"An application announced a length of {length!r}; it must be digits.")
            return int(length)
        if self.version == "1.1":
            return CHUNKED
        self.keep_alive = False
        return TO_THE_END

    def _send_body(self, body: bytes, more_body: bool) -> None:
        left = self._left
        if self.is_gone:
            return
        if left == UNSTARTED or self.finished:
            raise RuntimeError("An application sent a body before the head or after the end.")
        if left >= 0:
            left -= len(body)
            if left < 0 or (left and not more_body):
                raise RuntimeError(f"An application's body is {abs(left)} bytes {'too long' if left < 0 else 'short'}.")
            self._left = left
        elif left == CHUNKED:
            if body:
                body = b"%x\r\n%b\r\n%b" % (len(body), body, b"" if more_body else LAST_CHUNK)
            elif not more_body:
                body = LAST_CHUNK
        elif left == SILENT:
            body = b""
        if self._head:
            body = self._with_head(body)
        self.finished = not more_body
        if more_body or self._pending:
            self._hold(body)
        elif body:
            self.is_on_wire = True
            self._outlet.write(body)

    def _with_head(self, body: bytes) -> bytes:
        head, self._head = self._head, b""
        if len(body) <= ONE_WRITE_BYTES:
            return head + body
        self.is_on_wire = True
        self._outlet.write(head)
        return body

    def _hold(self, body: bytes) -> None:
        """Keep a piece until the loop's next turn, the end of the answer, or enough of them for one write."""
        if not self._pending:
            self._outlet.call_soon(self._flush)
        self._pending.append(body)
        self._pending_bytes += len(body)
        if self.finished or self._pending_bytes > ONE_WRITE_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._pending_bytes and not self.is_gone:
            self.is_on_wire = True
            self._outlet.write(b"".join(self._pending))
        self._pending.clear()
        self._pending_bytes = 0


def _unnamed(status: int) -> bytes:
    if not 200 <= status <= 999:
        raise RuntimeError(f"An application answered with status {status}; a final one is 200 to 999.")
    return b"HTTP/1.1 %d \r\n" % status
