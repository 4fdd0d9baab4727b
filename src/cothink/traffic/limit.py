"""So many calls at once; the others wait in a fair queue, and what cannot wait is told when to come back.

The queue is start-time fair (Goyal, Vin, Cheng 1996): each key gets its turn, however many calls another key has
waiting, and a call of priority 4 moves its key on by a quarter of a turn only.
"""

import asyncio
import heapq
import time
from collections.abc import Callable
from contextlib import aclosing
from functools import partial

from cothink.core.answer import Answer
from cothink.core.engine import Engine, Seen, Stream, Whole, whole_of
from cothink.core.errors import LimitReached, NotReady
from cothink.core.request import Request
from cothink.traffic.queue_config import LimitConfig


def everybody_equal(_request: Request) -> int:
    """Give every call the same priority."""
    return 1


class Limit:
    """An Engine that lets so many calls at once through to the engine inside it.

    Args:
        engine: What answers.
        config: See `LimitConfig`.
        priority: Returns a call's weight, 1 or more: a key's call of priority 4 gets four turns for one.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        engine: Engine,
        config: LimitConfig | None = None,
        *,
        priority: Callable[[Request], int] = everybody_equal,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._config = config = config or LimitConfig()
        self._most = config.calls
        self._priority = priority
        self._clock = clock
        self._queue: list[_Waiter] = []  # a heap by tag; who left stays in it until a turn or a clean-up
        self._gone = 0  # waiters in the heap that left
        self._waiting: dict[str, int] = {}  # by key
        self._last: dict[str, float] = {}  # the newest tag of each key that waits
        self._turn = 0.0
        self._number = 0
        self._held_us = 0  # how long a call takes, as a moving mean
        self.running = 0
        self.shed = 0  # calls that were turned away so far
        inner = whole_of(engine)
        self.whole: Whole | None = None if inner is None else partial(self._answer, inner)

    @property
    def waiting(self) -> int:
        """How many calls wait."""
        return len(self._queue) - self._gone

    async def stream(self, request: Request) -> Stream:
        """Answer when it is this call's turn.

        Raises:
            LimitReached: This key has too many calls waiting (429, with Retry-After).
            NotReady: Too many calls wait in all, or the wait was too long (503, with Retry-After).
            CoThinkError: What the engine inside raises.
        """
        if self.running < self._most and len(self._queue) == self._gone:  # a slot is free, and nobody waits for it
            self.running += 1
        else:
            await self._wait(request)
        started_at = self._clock()
        try:
            async with aclosing(self._engine.stream(request)) as inner:
                async for chunk in inner:
                    yield chunk
        finally:
            self._ended(started_at)

    async def _answer(self, inner: Whole, request: Request, seen: Seen) -> Answer:
        """Answer in one piece, as `stream` does in many."""
        if self.running < self._most and len(self._queue) == self._gone:  # a slot is free, and nobody waits for it
            self.running += 1
        else:
            await self._wait(request)
        started_at = self._clock()
        try:
            return await inner(request, seen)
        finally:
            self._ended(started_at)

    def _ended(self, started_at: float) -> None:
        held_us = int((self._clock() - started_at) * 1e6)
        self._held_us += (held_us - self._held_us) >> 3
        if self._queue:
            self._release()
        else:
            self.running -= 1

    async def _wait(self, request: Request) -> None:
        key = request.run.caller.key
        waiter = self._join(key, max(1, self._priority(request)))
        timer = asyncio.get_running_loop().call_later(self._config.wait_s, waiter.give_up)
        try:
            await waiter.turn
        except asyncio.CancelledError:
            if waiter.has_slot:  # it left in the very moment of its turn
                self._release()
            raise
        finally:
            timer.cancel()
            self._forget(waiter)
        if not waiter.has_slot:
            raise self._overloaded(f"No turn came within {self._config.wait_s:g} s.")

    def _join(self, key: str, priority: int) -> "_Waiter":
        config = self._config
        mine = self._waiting.get(key, 0)
        if mine >= config.waiting_a_key:
            self.shed += 1
            words = f"{mine} calls of this key wait already; allowed are {config.waiting_a_key}."
            raise LimitReached(words, code="too_many_waiting", retry_after_s=self.retry_after_s)
        if self.waiting >= config.waiting:
            raise self._overloaded(f"{self.waiting} calls wait already; allowed are {config.waiting}.")
        tag = max(self._turn, self._last.get(key, 0.0)) + 1 / priority
        self._last[key] = tag
        self._waiting[key] = mine + 1
        self._number += 1
        waiter = _Waiter(key, tag, self._number)
        heapq.heappush(self._queue, waiter)
        return waiter

    def _overloaded(self, words: str) -> NotReady:
        self.shed += 1
        return NotReady(words, code="overloaded", retry_after_s=self.retry_after_s)

    def _forget(self, waiter: "_Waiter") -> None:
        """A waiter waits no more, whatever the reason."""
        key = waiter.key
        self._waiting[key] -= 1
        if not self._waiting[key]:
            del self._waiting[key], self._last[key]
        if waiter.has_slot or waiter.has_left:
            return
        waiter.has_left = True
        self._gone += 1
        if self._gone > 16 and self._gone > len(self._queue) // 2:
            self._queue = [other for other in self._queue if not other.has_left]
            heapq.heapify(self._queue)
            self._gone = 0

    def _release(self) -> None:
        """Hand a slot on, or take it back."""
        while self._queue:
            waiter = heapq.heappop(self._queue)
            if waiter.has_left:
                self._gone -= 1
            elif not waiter.turn.done():
                self._turn = waiter.tag
                waiter.has_slot = True
                waiter.turn.set_result(None)
                return
            else:  # it gave up or was cancelled, and has not run since
                waiter.has_left = True
        self.running -= 1

    @property
    def retry_after_s(self) -> float:
        """When a turn may come, from how long calls take: at least 1, at most what the settings allow."""
        ahead = (self.waiting + 1) / self._config.calls
        return min(self._config.retry_after_most_s, max(1.0, round(ahead * self._held_us / 1e6, 1)))


class _Waiter:
    """A call that waits."""

    __slots__ = ("has_left", "has_slot", "key", "number", "tag", "turn")

    def __init__(self, key: str, tag: float, number: int) -> None:
        self.key = key
        self.tag = tag
        self.number = number
        self.turn = asyncio.get_running_loop().create_future()
        self.has_slot = self.has_left = False

    def __lt__(self, other: "_Waiter") -> bool:
        return (self.tag, self.number) < (other.tag, other.number)

    def give_up(self) -> None:
        """The wait was too long."""
        if not self.turn.done():
            self.turn.set_result(None)
