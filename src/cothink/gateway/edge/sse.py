"""Server-sent events out: what is ready goes in one write, a slow client slows the model, silence is bridged.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html (read 2026-11-24).
"""

import asyncio
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator, MutableMapping
from typing import Any, TypeVar

from cothink.gateway.edge.faults import Headers

T = TypeVar("T")
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_READY_BYTES = 65_536  # what waits here for one write; the server's own buffer has as much again
KEEP_ALIVE = b": keep-alive\n\n"
DONE = b"data: [DONE]\n\n"


class Outlet:
    """The stream of one answer to one client.

    Nothing is sent before ``open`` is set, so that an early failure can still be a plain error.

    Args:
        send: The ASGI callable.
        head: Returns the headers, when they are needed.
        heartbeat_s: How long it may be silent before a comment goes out.
        open_after_s: Open by itself when so long nothing came; None waits for the first content.
    """

    def __init__(
        self, send: Send, head: Callable[[], Headers], *, heartbeat_s: float, open_after_s: float | None
    ) -> None:
        self._send = send
        self._head = head
        self._ready: list[bytes] = []
        self._size = 0
        self._heartbeat_s = heartbeat_s
        self._beat: asyncio.Task[None] | None = None
        self._has_sent = False  # since the last look of the timer
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(heartbeat_s if open_after_s is None else open_after_s, self._tick)
        self._opens_by_itself = open_after_s is not None
        self.is_open = False
        self.has_begun = False

    def add(self, frame: bytes) -> bool:
        """Put a frame in line; say whether so much is ready that it must go out before more is read."""
        self._ready.append(frame)
        self._size += len(frame)
        return self._size > MAX_READY_BYTES

    async def flush(self) -> None:
        """Send what is ready, in one write; waits while the client is slow."""
        if not (self.is_open and self._ready):
            return
        if self._beat is not None:
            await self._beat
            self._beat = None
        if not self.has_begun:
            await self._begin()
        frames, self._ready, self._size = self._ready, [], 0
        self._has_sent = True
        await self._send(
            {
                "type": "http.response.body",
                "body": frames[0] if len(frames) == 1 else b"".join(frames),
                "more_body": True,
            }
        )

    async def end(self) -> None:
        """Send what is ready and close the answer properly, in one write."""
        if self._beat is not None:
            await self._beat
        if not self.has_begun:
            await self._begin()
        await self._send({"type": "http.response.body", "body": b"".join(self._ready), "more_body": False})

    def close(self) -> None:
        """Stop the heart. Always called, whatever happened."""
        self._timer.cancel()
        if self._beat is not None:
            self._beat.cancel()

    @property
    def has_ready(self) -> bool:
        """Something may go out now."""
        return self.is_open and bool(self._ready)

    async def _begin(self) -> None:
        self.has_begun = True
        await self._send({"type": "http.response.start", "status": 200, "headers": self._head()})

    def _tick(self) -> None:
        if self._opens_by_itself:
            self.is_open = True
        if self.is_open and not self._has_sent and (self._beat is None or self._beat.done()):
            self._beat = self._loop.create_task(self._send_heartbeat())
        self._has_sent = False
        self._timer = self._loop.call_later(self._heartbeat_s, self._tick)

    async def _send_heartbeat(self) -> None:
        if not self.has_begun:
            await self._begin()
        await self._send({"type": "http.response.body", "body": KEEP_ALIVE, "more_body": True})


@types.coroutine
def flushing(work: Coroutine[Any, Any, T], outlet: Outlet) -> Generator[Any, Any, T]:
    """Run ``work``; each time it has to wait, send first what is ready.

    So all frames of one read of the model's server leave in one write, and a frame is never held back by the next. It
    steps the coroutine by hand, as ``yield from`` would: a second task for the writing would cost a switch a write.
    """
    step: Callable[[Any], Any] = work.send
    argument: Any = None
    while True:
        try:
            waits_on = step(argument)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # a coroutine's result travels in StopIteration, untyped
        try:
            if outlet.has_ready:
                yield from outlet.flush().__await__()
            argument = yield waits_on
            step = work.send
        except BaseException as error:  # noqa: BLE001 - not swallowed: whatever it is, the work gets it where it waits
            if waits_on is not None:
                waits_on.cancel()
            step, argument = work.throw, error
