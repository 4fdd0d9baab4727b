"""Kept connections, last in first out, and a fair queue for whoever must wait for one."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from cothink.core.errors import UpstreamBusy, UpstreamUnreachable
from cothink.engines.http.connection import Connection
from cothink.engines.http.limits import HttpLimits

CLOSED = "The client for the model's server is closed."


class Pool:
    """At most ``limits.connections`` places, each held by a connection, idle or lent, or by one that is being made.

    A place that becomes free goes straight to the first in the queue, so a newcomer never overtakes.

    Args:
        connect: Makes a new connection.
    """

    def __init__(self, connect: Callable[[], Awaitable[Connection]], limits: HttpLimits) -> None:
        self._connect = connect
        self._limits = limits
        self._idle: list[Connection] = []
        self._all: set[Connection] = set()
        self._waiters: deque[asyncio.Future[Connection | None]] = deque()
        self._places = 0
        self._sweeper: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def places(self) -> int:
        """How many places are taken."""
        return self._places

    @property
    def idle(self) -> int:
        """How many connections wait for a request."""
        return len(self._idle)

    @property
    def waiting(self) -> int:
        """How many requests wait for a connection."""
        return len(self._waiters)

    def take(self) -> Connection | None:
        """Return the connection used last, if one is idle."""
        if not self._idle:
            return None
        connection = self._idle.pop()
        connection.is_leased = True
        return connection

    async def lend(self) -> Connection:
        """Return a connection where none is idle: a new one, or the next that becomes free.

        Raises:
            UpstreamBusy: The queue is full, or the wait was too long.
            UpstreamUnreachable: No connection could be made.
            UpstreamTimeout: Making one took too long.
        """
        self._check_open()
        if self._places < self._limits.connections:
            self._places += 1
            return await self._make()
        given = await self._queue()
        if given is not None:
            if given.is_open:
                return given
            self._all.discard(given)  # it closed on its way to us: its place is ours
        return await self._make()

    async def renew(self, stale: Connection) -> Connection:
        """Return a fresh connection in the place of one that turned out to be closed."""
        stale.is_leased = False
        self._all.discard(stale)
        return await self._make()

    def give(self, connection: Connection) -> None:
        """Take a connection back for the next request."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        connection.is_leased = False
        self._idle.append(connection)
        if self._sweeper is None:
            self._sweeper = asyncio.get_running_loop().call_later(self._limits.keep_s, self._sweep)

    def drop(self, connection: Connection) -> None:
        """Forget a connection that is closed; its place goes to the next in the queue."""
        if connection not in self._all:
            return
        self._all.discard(connection)
        if not connection.is_leased:
            self._idle.remove(connection)
        connection.is_leased = False
        self._free()

    async def aclose(self) -> None:
        """Close everything; what runs fails."""
        self._closed = True
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_exception(UpstreamUnreachable(CLOSED))
        self._waiters.clear()
        closing = list(self._all)
        for connection in closing:
            connection.shut(UpstreamUnreachable(CLOSED))
        if closing:
            await asyncio.wait([connection.lost for connection in closing])

    async def _make(self) -> Connection:
        """Make a connection for a place that is ours already."""
        try:
            self._check_open()
            connection = await self._connect()
        except BaseException:
            self._free()
            raise
        self._all.add(connection)
        try:
            self._check_open()  # it may have been closed while the connection was being made
        except UpstreamUnreachable:
            connection.abandon()
            raise
        return connection

    def _check_open(self) -> None:
        if self._closed:
            raise UpstreamUnreachable(CLOSED)

    async def _queue(self) -> Connection | None:
        if len(self._waiters) >= self._limits.waiting:
            raise UpstreamBusy("Too many requests wait for the model's server.", retry_after_s=1.0)
        waiter: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(self._limits.queue_s):
                return await waiter
        except BaseException as error:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._return(waiter.result())  # it came in the moment in which we gave up
            elif waiter in self._waiters:
                self._waiters.remove(waiter)
            if isinstance(error, TimeoutError):
                raise UpstreamBusy(
                    "No connection to the model's server became free in time.", retry_after_s=1.0
                ) from error
            raise

    def _return(self, connection: Connection | None) -> None:
        if connection is None:
            self._free()
        elif connection.is_open:
            self.give(connection)
        else:
            self.drop(connection)

    def _free(self) -> None:
        """Hand a place on, or have one fewer taken."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self._places -= 1

    def _sweep(self) -> None:
        """Close what nobody has used for long; the oldest lie first."""
        loop = asyncio.get_running_loop()
        self._sweeper = None
        old = [connection for connection in self._idle if connection.idle_since + self._limits.keep_s <= loop.time()]
        for connection in old:
            connection.shut(UpstreamUnreachable(CLOSED))
        if self._idle:
            due_at = self._idle[0].idle_since + self._limits.keep_s
            self._sweeper = loop.call_at(due_at, self._sweep)
