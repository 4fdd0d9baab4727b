"""Several streams into one: a team's chunks with its words of progress, or n answers to one request.

The work runs in tasks that feed one bounded queue, so the reader may be closed at any time (PEP 789: nothing here
yields inside a cancel scope). A direct call needs none of this.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from cothink.core.chunk import Chunk
from cothink.core.engine import Stream
from cothink.core.run import Run

MAX_WAITING = 64  # chunks; a slow client stops the work here
Numbered = tuple[int, Chunk]


async def pump(streams: Sequence[Stream], run: Run) -> AsyncGenerator[Numbered, None]:
    """Yield the chunks of all streams as they come, each with the number of its stream.

    Words of progress come as reasoning of stream 0. Closing this cancels the work and waits until it is gone.

    Raises:
        CoThinkError: What a stream raised; the others are cancelled.
    """
    queue = _Queue(len(streams))
    run.progress.listener = queue.put_words
    tasks = [asyncio.create_task(_feed(queue, number, stream)) for number, stream in enumerate(streams)]
    try:
        while (item := await queue.get()) is not None:
            yield item
    finally:
        run.progress.listener = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _feed(queue: "_Queue", number: int, stream: Stream) -> None:
    try:
        async with aclosing(stream):
            async for chunk in stream:
                await queue.put((number, chunk))
    except Exception as error:  # noqa: BLE001 - not swallowed: the reader raises it
        queue.fail(error)
    else:
        queue.finish_one()


class _Queue:
    """A bounded queue with an end. Words of progress come from plain functions: where it is full they are dropped."""

    def __init__(self, feeders: int) -> None:
        self._items: deque[Numbered] = deque()
        self._feeders = feeders
        self._error: Exception | None = None
        self._readable = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()

    async def put(self, item: Numbered) -> None:
        await self._writable.wait()
        self._append(item)

    def put_words(self, words: str) -> None:
        if len(self._items) < MAX_WAITING:
            self._append((0, Chunk(reasoning=words if words.endswith("\n") else words + "\n")))

    def _append(self, item: Numbered) -> None:
        self._items.append(item)
        self._readable.set()
        if len(self._items) >= MAX_WAITING:
            self._writable.clear()

    def fail(self, error: Exception) -> None:
        self._error = self._error or error
        self._readable.set()

    def finish_one(self) -> None:
        self._feeders -= 1
        self._readable.set()

    async def get(self) -> Numbered | None:
        """Return the next item, or None at the end. What came before an error is read first."""
        while not self._items:
            if self._error is not None:
                raise self._error
            if self._feeders == 0:
                return None
            self._readable.clear()
            await self._readable.wait()
        item = self._items.popleft()
        self._writable.set()
        return item
