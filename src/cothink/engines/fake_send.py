"""How the fake server sends an answer, whole or frame by frame, and how it breaks one."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from cothink.engines.fake_chat import error_body
from cothink.engines.fake_config import FakeServerConfig, Fault

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

JSON = b"application/json"
EVENTS = b"text/event-stream; charset=utf-8"
PAGE = b"<!doctype html><html><body><h1>It works!</h1></body></html>"


class Cut(Exception):
    """The connection is to drop: an app that raises makes the server close it without an end."""


class Sender:
    """One answer's way out.

    Attributes:
        fault: The fault that this answer shows.
    """

    def __init__(self, send: Send, config: FakeServerConfig) -> None:
        self.fault: Fault = "none"
        self._send = send
        self._config = config

    def show_fault(self, config: FakeServerConfig) -> None:
        """Show the fault of these settings, by all of them: they may have changed since the request came."""
        self._config, self.fault = config, config.fault

    async def json(self, status: int, value: dict[str, Any], *headers: tuple[bytes, bytes]) -> None:
        """Send a JSON body."""
        body = msgspec.json.encode(value)
        await self._head(status, JSON, (b"content-length", b"%d" % len(body)), *headers)
        await self._send({"type": "http.response.body", "body": body})

    async def fails_at_once(self) -> bool:
        """Show a fault that takes the place of an answer; return whether there was one."""
        config = self._config
        if self.fault == "status":
            wait = ((b"retry-after", config.retry_after.encode()),) if config.retry_after else ()
            await self.json(config.status, error_body(config.error_code), *wait)
        elif self.fault == "html":
            await self._head(200, b"text/html", (b"content-length", b"%d" % len(PAGE)))
            await self._send({"type": "http.response.body", "body": PAGE})
        elif self.fault == "silent":
            await asyncio.Event().wait()
        else:
            return False
        return True

    async def whole(self, body: bytes) -> None:
        """Send an answer in one piece."""
        if self.fault in {"none", "error_event"}:
            await self._head(200, JSON, (b"content-length", b"%d" % len(body)))
            await self._send({"type": "http.response.body", "body": body})
            return
        await self._head(200, JSON)
        await self._broken([body[: len(body) // 2], body[len(body) // 2 :]])

    async def stream(self, frames: list[bytes]) -> None:
        """Send an answer frame by frame."""
        await self._head(200, EVENTS, (b"cache-control", b"no-store"))
        if self.fault != "none":
            await self._broken(frames)
            return
        for frame in frames:
            if self._config.gap_s:
                await asyncio.sleep(self._config.gap_s)
            await self._more(frame)
        await self._end()

    async def _broken(self, frames: list[bytes]) -> None:
        """Send half of an answer, then the fault."""
        middle = len(frames) // 2
        if self.fault == "drip":
            for byte in b"".join(frames):
                await self._more(bytes([byte]))
                await asyncio.sleep(self._config.drip_s)
            await self._end()
            return
        for frame in frames[:middle]:
            await self._more(frame)
        if self.fault == "half_frame":
            await self._more(frames[middle][: len(frames[middle]) // 2])
        elif self.fault == "error_event":
            await self._more(b"data: " + msgspec.json.encode(error_body(self._config.error_code)) + b"\n\n")
        elif self.fault == "garbage":
            await self._more(b"data: {not json\n\n")
        elif self.fault == "stall":
            await asyncio.Event().wait()
        elif self.fault == "cut":
            await asyncio.sleep(0.02)  # so that what was sent leaves before the connection drops
            raise Cut
        await self._end()

    async def _head(self, status: int, kind: bytes, *headers: tuple[bytes, bytes]) -> None:
        await self._send(
            {"type": "http.response.start", "status": status, "headers": [(b"content-type", kind), *headers]}
        )

    async def _more(self, piece: bytes) -> None:
        await self._send({"type": "http.response.body", "body": piece, "more_body": True})

    async def _end(self) -> None:
        await self._send({"type": "http.response.body", "body": b""})
