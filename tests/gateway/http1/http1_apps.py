"""Applications that tests serve, and the little they need."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

GET = b"GET /a HTTP/1.1\r\nhost: a\r\n\r\n"
PATIENCE_S = 5.0


def post(body: bytes, *, path: bytes = b"/v1/x", extra: bytes = b"") -> bytes:
    return b"POST %b HTTP/1.1\r\nHost: a\r\n%bContent-Length: %d\r\n\r\n%b" % (path, extra, len(body), body)


async def respond(send: Any, body: bytes, status: int = 200, headers: Any = ()) -> None:
    fields = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})


class Echo:
    """Says what it was asked, and remembers it."""

    def __init__(self) -> None:
        self.scopes: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        assert message["more_body"] is False
        self.scopes.append(scope)
        self.bodies.append(message["body"])
        seen = {
            "method": scope["method"],
            "path": scope["path"],
            "query": scope["query_string"].decode(),
            "version": scope["http_version"],
            "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]],
            "body": message["body"].decode("latin-1"),
        }
        await respond(send, json.dumps(seen).encode())


class Sleeper:
    """Begins as it is told, then waits for ever; knows when it was cancelled."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self.messages = messages
        self.began = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            for message in self.messages:
                await send(message)
            self.began.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


class Gate:
    """Answers when it is let."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.began = asyncio.Event()
        self.count = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.count += 1
        self.began.set()
        await self.open.wait()
        await respond(send, scope["path"].encode())


class Flood:
    """Sends without end, as fast as it may."""

    def __init__(self) -> None:
        self.sent = 0
        self.cancelled = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            while True:
                await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
                self.sent += 65536
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


async def until(true: Callable[[], bool]) -> None:
    """Return when it is so."""
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.002)


async def soon(event: asyncio.Event) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await event.wait()
