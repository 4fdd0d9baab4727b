"""An answer that comes while somebody else still works on the same question: kept, and from some time on read."""

import asyncio
from collections import deque
from collections.abc import Iterable
from contextlib import aclosing
from typing import Any

from cothink.core.answer import Answer, fold
from cothink.core.chunk import Chunk
from cothink.core.engine import Stream
from cothink.core.errors import CoThinkError
from cothink.core.request import Request

MAX_WAITING = 64  # chunks, once it is read: a slow client stops the work here
_GRACE_S = 0.1  # for an upstream's own way of ending a call; then it must go at once


class Leg:
    """One call in a task of its own. While nobody reads it, the whole answer is kept, as `collect` keeps one.

    Args:
        stream: The call; it begins at once.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._chunks: deque[Chunk] = deque()
        self._error: CoThinkError | None = None
        self._is_read = False
        self._came = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self.task = asyncio.create_task(self._feed())

    @property
    def error(self) -> CoThinkError | None:
        """What ended the call, where it failed."""
        return self._error

    def answer(self) -> Answer:
        """Return the whole answer of a call that is over and was not read.

        Raises:
            CoThinkError: What ended the call.
        """
        if self._error is not None:
            raise self._error
        return fold(*self._chunks)

    async def stream(self, request: Request) -> Stream:
        """Give the answer from its start and then as it comes. It is given once; closing it ends the call.

        Args:
            request: The request that this call was begun with.

        Raises:
            CoThinkError: What ended the call.
        """
        self._is_read = True
        try:
            while True:
                while not self._chunks:
                    if self.task.done():
                        if self._error is not None:
                            raise self._error
                        self.task.result()  # a fault of ours is not taken for an end
                        return
                    self._came.clear()
                    await self._came.wait()
                chunk = self._chunks.popleft()
                self._room.set()
                yield chunk
        finally:
            await ended([self.task])

    async def _feed(self) -> None:
        try:
            async with aclosing(self._stream) as inner:
                async for chunk in inner:
                    self._chunks.append(chunk)
                    self._came.set()
                    if self._is_read and len(self._chunks) >= MAX_WAITING:
                        self._room.clear()
                        await self._room.wait()
        except CoThinkError as error:  # raised again by whoever reads or asks for the answer
            self._error = error
        finally:
            asyncio.get_running_loop().call_soon(self._came.set)  # the reader looks once this task is done


async def ended(tasks: Iterable[asyncio.Future[Any]]) -> None:
    """Cancel what still runs and wait until it has closed its upstream and booked what it used.

    A call may first tell its upstream to end; after a tenth of a second it is not waited for any more.
    """
    running = [task for task in tasks if not task.done()]
    for task in running:
        task.cancel()
    if running:
        await asyncio.wait(running, timeout=_GRACE_S)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
