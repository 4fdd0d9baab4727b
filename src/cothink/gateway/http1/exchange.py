"""One request and its answer, as ASGI sees them.

Source: https://asgi.readthedocs.io/en/latest/specs/www.html. A hang-up cancels the application's task at once; an
application that asks `receive` again gets `http.disconnect` as the specification says.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, Protocol

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}
BODILESS = frozenset({204, 304})


class Outlet(Protocol):
    """Where an answer goes: the connection."""

    def write(self, data: bytes) -> None:
        """Send bytes."""
        ...

    async def drained(self) -> None:
        """Return when the client took enough of what was sent."""
        ...


class Exchange:
    """Turns an application's messages into bytes."""

    __slots__ = (
        "_body",
        "_chunked",
        "_gone",
        "_head",
        "_is_head",
        "_outlet",
        "_silent",
        "finished",
        "keep_alive",
        "started",
        "tail",
    )

    def __init__(self, outlet: Outlet, body: bytes, *, is_head: bool, keep_alive: bool, tail: bytes) -> None:
        self._outlet = outlet
        self._body: bytes | None = body
        self._is_head = is_head
        self._head = b""
        self._chunked = False
        self._silent = False
        self._gone: asyncio.Event | None = None
        self.keep_alive = keep_alive
        self.tail = tail  # the date line, and `connection: close` where this answer is the last one
        self.started = False
        self.finished = False

    async def receive(self) -> Message:
        """Give the whole body once; after that, wait for the client to leave."""
        body = self._body
        if body is not None:
            self._body = None
            return {"type": "http.request", "body": body, "more_body": False}
        if not self.finished:
            if self._gone is None:
                self._gone = asyncio.Event()
            await self._gone.wait()
        return {"type": "http.disconnect"}

    def client_left(self) -> None:
        """Wake whoever waits in `receive`."""
        self.finished = True
        if self._gone is not None:
            self._gone.set()

    async def send(self, message: Message) -> None:
        """Take the head or a piece of the body. The head leaves with the first piece, in one write."""
        kind = message["type"]
        if kind == "http.response.body":
            self._send_body(message.get("body", b""), message.get("more_body", False))
            await self._outlet.drained()
        elif kind == "http.response.start":
            if self.started:
                raise RuntimeError("An application started its answer twice.")
            self._start(message["status"], message.get("headers", ()))
        else:
            raise RuntimeError(f"An application sent {kind!r}; this server takes http.response.start and .body.")

    def _start(self, status: int, headers: Any) -> None:
        self.started = True
        parts = [STATUS_LINES.get(status) or f"HTTP/1.1 {status} \r\n".encode()]
        has_length = False
        for name, value in headers:
            if b"\n" in value or b"\r" in value or b"\n" in name or b"\r" in name:
                raise RuntimeError(f"The header {name!r} holds a line break.")
            has_length = has_length or name == b"content-length"
            parts += (name, b": ", value, b"\r\n")
        self._silent = self._is_head or status in BODILESS
        self._chunked = not has_length and not self._silent
        if self._chunked:
            parts.append(b"transfer-encoding: chunked\r\n")
        parts.append(self.tail)
        self._head = b"".join(parts)

    def _send_body(self, body: bytes, more_body: bool) -> None:
        if not self.started or self.finished:
            raise RuntimeError("An application sent a body before the head or after the end.")
        if self._silent:
            body = b""
        elif self._chunked:
            if body:
                body = b"%x\r\n%b\r\n" % (len(body), body)
            if not more_body:
                body += b"0\r\n\r\n"
        if self._head:
            body = self._head + body
            self._head = b""
        self.finished = not more_body
        if body:
            self._outlet.write(body)
