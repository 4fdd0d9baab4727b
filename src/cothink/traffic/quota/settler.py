"""Keeps this process in step with the store: leases out, bookings in, changed keys, once each second in the background.

While the store is away bookings wait here, rates are counted by this process alone, and nothing is spent at hosts.
"""

import asyncio
import itertools
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from cothink.core.errors import StoreAway
from cothink.store.meter import Give
from cothink.store.money import Bookings, Pot, day_of
from cothink.store.store import Store
from cothink.traffic.quota.filler import Filler
from cothink.traffic.quota.lease import PlaceLease, RateLease
from cothink.traffic.quota.link import Link
from cothink.traffic.quota.purse import Purse
from cothink.traffic.quota.tally import Tally

log = logging.getLogger(__name__)
DAY_S: Final = 86_400.0
Leases = Callable[[], tuple[list[RateLease], list[PlaceLease]]]
OnChange = Callable[[int], Awaitable[None]]
"""Called with the version that is known, when the store has a later one."""


class Settler:
    """The accounts' desk. See `Desk`.

    Args:
        store: What all processes share.
        every_s: The pause between two turns.
        clock: Seconds that only grow.
        wall: Seconds since 1970; it may jump.
    """

    def __init__(
        self,
        store: Store,
        *,
        every_s: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.link = Link(store, clock)
        self._filler = Filler(self.link)
        self.fill_rate = self._filler.fill_rate
        self.fill_place = self._filler.fill_place
        self.fill_purse = self._filler.fill_purse
        self.fill_purse_soon = self._filler.fill_purse_soon
        self.went_away = self.link.went_away
        self.store = store
        self.worker = self.link.worker
        self.now = clock
        self.wall = wall
        self.version = 0
        self._every_s = every_s
        self._wake = asyncio.Event()
        self._is_over = False
        self._day = ""
        self._day_from = 0.0
        self._ids = itertools.count(1)
        self._batches = itertools.count(1)
        self._batch: Bookings | None = None  # sent again until the store has it
        self._gives: list[Give] = []
        self._returned: dict[tuple[str, int], int] = {}
        self._purses: set[Purse] = set()
        self._freed: list[str] = []
        self._kept: list[str] = []
        self._tallies: set[Tally] = set()
        self._idle: set[PlaceLease] = set()
        self._turn = asyncio.Lock()

    @property
    def is_away(self) -> bool:
        """The store could not be reached when last asked."""
        return self.link.is_away

    def day(self) -> str:
        """Return today, in UTC, by the wall clock."""
        wall = self.wall()
        if not 0 <= wall - self._day_from < DAY_S:
            self._day = day_of(wall)
            self._day_from = datetime.fromisoformat(self._day).replace(tzinfo=UTC).timestamp()
        return self._day

    def next_id(self) -> str:
        """Return a new id for a hold."""
        return f"{self.worker}-{next(self._ids)}"

    def purse(self, day: str, pots: tuple[Pot, ...]) -> Purse:
        """Return a new purse, empty, that is settled from here on."""
        purse = Purse(self.next_id(), day, pots)
        self._purses.add(purse)
        return purse

    def return_later(self, meter: str, bucket: int, amount: int) -> None:
        """Give back a part of a slice in the next turn."""
        self._returned[meter, bucket] = self._returned.get((meter, bucket), 0) + amount

    def free_later(self, hold_id: str, *, is_kept: bool = False, soon: bool = False) -> None:
        """Free a hold in the next turn, or mark it; ``soon``: a turn begins at once."""
        (self._kept if is_kept else self._freed).append(hold_id)
        if soon:
            self._wake.set()

    def shrink_soon(self, place: PlaceLease) -> None:
        """Give a place back at once: where there are few, others may wait for it."""
        self._idle.add(place)
        self._wake.set()

    def write_later(self, tally: Tally) -> None:
        """Write what was counted in the next turn."""
        self._tallies.add(tally)

    async def run(self, leases: Leases, on_change: OnChange) -> None:
        """Settle each second, or as soon as money is free again, until `stop`, which cancels no call."""
        loop = asyncio.get_running_loop()
        turn_at = loop.time() + self._every_s  # a turn comes in time, however often it is woken in between
        while not self._is_over:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(turn_at):
                    await self._wake.wait()
            if self._wake.is_set():
                self._wake.clear()
                await self._write_soon()
            if loop.time() >= turn_at:
                await self.turn(*leases(), on_change)
                turn_at = loop.time() + self._every_s

    async def _write_soon(self) -> None:
        await self.write()
        idle, self._idle = self._idle, set()
        for place in idle:
            await self._filler.shrink(place, is_news=False)

    def stop(self) -> None:
        """End `run` after what it does now."""
        self._is_over = True
        self._wake.set()

    async def turn(self, rates: Iterable[RateLease], places: Iterable[PlaceLease], on_change: OnChange) -> None:
        """One turn: say that we live, write bookings, give slices back, and learn of changed keys."""
        try:
            version, was_lost = await self.link.beat()
            if version != self.version:
                await on_change(self.version)
        except StoreAway:
            self.went_away()
            return
        was_away = self.link.came_back()
        now, day, until = self.now(), self.day(), self.link.lives_until
        for purse in self._purses:
            if was_lost:
                purse.close()
            purse.turn(day, until)
        self._gives += [give for lease in rates if (give := lease.turn(now)) is not None]
        await self.write()
        for place in places:
            await self._filler.shrink(place, is_news=was_away)

    async def write(self) -> None:
        """Write bookings and give back what was not used."""
        async with self._turn:
            try:
                await self._book()
                gives = (*self._gives, *(Give(meter, amount, at) for (meter, at), amount in self._returned.items()))
                self._gives, self._returned = [], {}
                if gives:
                    await self.store.give(self.worker, gives)
            except StoreAway:
                self.went_away()

    async def _book(self) -> None:
        while (batch := self._batch or self._next_batch()) is not None:
            self._batch = batch
            await self.store.book(batch)
            self._batch = None

    def _next_batch(self) -> Bookings | None:
        drawn = tuple(part for purse in self._purses if (part := purse.drain()) is not None)
        over = [purse for purse in self._purses if purse.is_over]
        self._purses.difference_update(over)
        spends = tuple(spend for tally in self._tallies for spend in tally.drain())
        freed, kept = tuple(self._freed), tuple(self._kept)
        self._freed, self._kept, self._tallies = [], [], set()
        if not (drawn or over or spends or freed or kept):
            return None
        closed = tuple(purse.id for purse in over)
        number = next(self._batches)
        return Bookings(
            worker=self.worker, number=number, spends=spends, freed=freed, kept=kept, drawn=drawn, closed=closed
        )

    async def end(self, rates: Iterable[RateLease], places: Iterable[PlaceLease]) -> None:
        """Give everything back and write the last bookings."""
        await self._filler.end()
        for purse in self._purses:
            purse.close()
        self._gives += [give for lease in rates if (give := lease.drain()) is not None]
        await self.write()
        for place in places:
            await self._filler.shrink(place, is_news=True)
        if self._batch is not None or self._freed or self._tallies:
            log.error("The store is away at the end: what the last calls cost was not booked; their holds stay.")
