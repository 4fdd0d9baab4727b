"""One application in the place of another, without a request lost: what runs ends on the old one."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from cothink.gateway.http1.exchange import Exchange, Short

Close = Callable[[], Awaitable[None]]


class _Generation:
    """An application with the requests that it answers and what to close after the last."""

    __slots__ = ("app", "close", "in_flight", "is_retired", "on_end", "short")

    def __init__(self, app: ASGIApp, close: Close) -> None:
        self.app = app
        self.short: Short | None = getattr(app, "short", None)
        self.close = close
        self.on_end: Callable[[], None] = lambda: None
        self.in_flight = 0
        self.is_retired = False


class Swap:
    """An ASGI application that hands each request to the newest one."""

    def __init__(self) -> None:
        self._current: _Generation | None = None
        self._closing: set[asyncio.Task[None]] = set()

    def put(self, app: ASGIApp, close: Close) -> None:
        """Answer new requests with ``app``. ``close`` is called when it was replaced and its last request has ended."""
        old, self._current = self._current, _Generation(app, close)
        self._current.on_end = partial(self._ended, self._current)
        if old is not None:
            self._retire(old)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. It must not be called before ``put``."""
        generation = self._current
        if generation is None:
            raise RuntimeError("A request came before there was an application.")
        generation.in_flight += 1
        try:
            await generation.app(scope, receive, send)
        finally:
            self._ended(generation)

    def short(self, notes: dict[str, Any], exchange: Exchange) -> Awaitable[None] | None:
        """Answer one request the short way, where the newest application has one. See `http1.exchange.Short`."""
        generation = self._current
        if generation is None or generation.short is None:
            return None
        answer = generation.short(notes, exchange)
        if answer is not None:
            generation.in_flight += 1
            exchange.ended = generation.on_end
        return answer

    async def aclose(self) -> None:
        """Close everything; what runs fails."""
        current, self._current = self._current, None
        if current is not None:
            await current.close()
        await asyncio.gather(*self._closing)

    def _retire(self, generation: _Generation) -> None:
        generation.is_retired = True
        if not generation.in_flight:
            self._end(generation)

    def _ended(self, generation: _Generation) -> None:
        generation.in_flight -= 1
        if generation.is_retired and not generation.in_flight:
            self._end(generation)

    def _end(self, generation: _Generation) -> None:
        task = asyncio.ensure_future(generation.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
