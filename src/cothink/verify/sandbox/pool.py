"""Cells that wait warm. Each is used once and thrown away, so no run ever meets what another left behind."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress

from cothink.core.errors import NotReady
from cothink.verify.sandbox.cell import Cell


class Pool:
    """Keeps up to ``size`` cells started; takes new ones in behind those that are used.

    Args:
        start: Starts one cell.
        size: How many wait; 0 starts every cell when it is asked for.
        idle_s: After this long without a run the waiting cells are given up; the next run starts cold.
    """

    def __init__(self, start: Callable[[], Awaitable[Cell]], size: int, idle_s: float) -> None:
        self._start = start
        self._size = size
        self._idle_s = idle_s
        self._waiting: deque[Cell] = deque()
        self._starting: set[asyncio.Task[None]] = set()
        self._idle: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many cells are ready now."""
        return len(self._waiting)

    async def take(self) -> Cell:
        """A cell that waits for its order: a warm one where there is one.

        Raises:
            NotReady: The pool is closed, or no cell can be started.
        """
        if self._closed:
            raise NotReady("the sandbox is closed", code="sandbox_unavailable")
        self._rearm()
        cell = None
        while self._waiting and cell is None:
            cell = self._waiting.popleft()
            if cell.outer.ended.is_set():  # it died while it waited
                await cell.aclose()
                cell = None
        self._refill()
        return cell if cell is not None else await self._start()

    async def fill(self) -> None:
        """Wait until the pool is full; for a start before the first request, and for measuring.

        Raises:
            NotReady: No cell can be started.
        """
        self._rearm()
        while len(self._waiting) < self._size:
            self._waiting.append(await self._start())

    def _refill(self) -> None:
        for _ in range(self._size - len(self._waiting) - len(self._starting)):
            task = asyncio.create_task(self._add())
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    async def _add(self) -> None:
        with suppress(NotReady):  # the next run that finds no warm cell starts its own, and tells the reason
            cell = await self._start()
            if self._closed or len(self._waiting) >= self._size:
                await cell.aclose()
            else:
                self._waiting.append(cell)

    def _rearm(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(self._idle_s, self._expire)

    def _expire(self) -> None:
        while self._waiting:
            task = asyncio.create_task(self._waiting.popleft().aclose())
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    async def aclose(self) -> None:
        """End all cells that wait or start; safe to call twice."""
        self._closed = True
        if self._idle is not None:
            self._idle.cancel()
        for task in tuple(self._starting):
            with suppress(asyncio.CancelledError):
                await task
        while self._waiting:
            await self._waiting.popleft().aclose()
