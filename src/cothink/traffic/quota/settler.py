"""Keeps this process in step with the store: leases out, bookings in, changed keys, once each second in the background.

While the store is away bookings wait here, rates are counted by this process alone, and nothing is spent at hosts.
"""

import asyncio
import itertools
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from cothink.core.errors import StoreAway
from cothink.store.meter import SILENT_S, Give
from cothink.store.money import Bookings, day_of
from cothink.store.store import Store
from cothink.traffic.quota.lease import PlaceLease, RateLease
from cothink.traffic.quota.tally import Tally

log = logging.getLogger(__name__)
DAY_S: Final = 86_400.0
REFUSED_S: Final = 0.1  # so long a refusal stands without asking the store again: refusals must not melt it
OnChange = Callable[[int], Awaitable[None]]
"""Called with the version that is known, when the store has a later one."""


class Steady:
    """This process's reckoning of the clock that all share: what it last heard of it, and the time since.

    An answer that tells no news leaves the reckoning alone, so that slow answers do not slow the clock.
    """

    __slots__ = ("_at", "_ms", "_now", "_said_at")

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._ms = 0
        self._at = 0.0
        self._said_at = float("-inf")

    def reckon(self) -> tuple[int, float]:
        """Return the time in milliseconds, 0 where nothing was heard for too long, and when it was reckoned."""
        now = self._now()
        return (self._ms + int((now - self._at) * 1000) if now - self._said_at <= SILENT_S else 0), now

    def hear(self, ms: int, said: tuple[int, float]) -> None:
        """Take the store's answer to what was said."""
        said_ms, said_at = said
        if ms > said_ms or not said_ms:
            self._ms, self._at = ms, self._now()
        self._said_at = max(self._said_at, said_at)


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
        self.store = store
        self.worker = f"w-{secrets.token_hex(6)}"
        self.is_away = False
        self.version = 0
        self._every_s = every_s
        self.now = clock
        self.wall = wall
        self._steady = Steady(clock)
        self._wake = asyncio.Event()
        self._day = ""
        self._day_from = 0.0
        self._ids = itertools.count(1)
        self._batches = itertools.count(1)
        self._batch: Bookings | None = None  # sent again until the store has it
        self._gives: list[Give] = []
        self._freed: list[str] = []
        self._kept: list[str] = []
        self._tallies: set[Tally] = set()
        self._locks: dict[RateLease | PlaceLease, asyncio.Lock] = {}
        self._waiting: dict[RateLease | PlaceLease, int] = {}
        self._refused: dict[RateLease | PlaceLease, tuple[float, int, float]] = {}  # until, amount, when to come back
        self._idle: set[PlaceLease] = set()
        self._turn = asyncio.Lock()

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

    def went_away(self) -> None:
        """Note that the store cannot be reached."""
        if not self.is_away:
            self.is_away = True
            log.error(
                "The store of keys and budgets (%s) cannot be reached: hosted models are refused.", self.store.place
            )

    def return_later(self, give: Give) -> None:
        """Give back a part of a slice in the next turn."""
        self._gives.append(give)

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

    async def fill_rate(self, lease: RateLease, amount: int) -> float:
        """Take from a slice that is fetched for it; return 0, or after how many seconds it may be there."""
        if self.is_away:
            return self._alone(lease, amount)
        if (wait_s := self._refusal(lease, amount)) or lease.take(amount, self.now()):
            return wait_s
        waiting = self._waiting[lease] = self._waiting.get(lease, 0) + 1
        try:
            async with self._locks.setdefault(lease, asyncio.Lock()):
                waiting = self._waiting[lease]
                if (wait_s := self._refusal(lease, amount)) or lease.take(amount, self.now()):
                    return wait_s
                return await self._fetch_rate(lease, amount, waiting)
        finally:
            self._waiting[lease] -= 1

    async def _fetch_rate(self, lease: RateLease, amount: int, waiting: int) -> float:
        said = self._steady.reckon()
        wish = lease.wish(amount, waiting)
        rest = lease.drain()
        try:
            grant = await self.store.take(self.worker, said[0], wish, (rest,) if rest else ())
        except StoreAway:
            self.went_away()
            return self._alone(lease, amount)
        self._steady.hear(grant.steady_ms, said)
        lease.put(grant, said[1])
        if lease.take(amount, self.now()):
            return 0.0
        wait_s = max(0.001, grant.wait_ms / 1000) if grant.wait_ms else 60.0
        if not grant.amount:
            self._refused[lease] = (self.now() + min(REFUSED_S, wait_s), amount, wait_s)
        return wait_s

    def _alone(self, lease: RateLease, amount: int) -> float:
        now = self.now()
        if lease.take(amount, now):
            return 0.0
        lease.put_alone(now)
        return 0.0 if lease.take(amount, now) else max(1.0, lease.until - now)

    def _refusal(self, lease: RateLease | PlaceLease, amount: int) -> float:
        """Return when to come back where the store refused as little a moment ago, else 0."""
        refused = self._refused.get(lease)
        if refused is None:
            return 0.0
        until, least, wait_s = refused
        if self.now() >= until:
            del self._refused[lease]
            return 0.0
        return wait_s if amount >= least else 0.0

    async def fill_place(self, lease: PlaceLease) -> bool:
        """Take a place that is fetched for it; False where there is none."""
        if self.is_away:
            return lease.take(is_alone=True)
        self._waiting[lease] = self._waiting.get(lease, 0) + 1
        try:
            async with self._locks.setdefault(lease, asyncio.Lock()):
                if lease.take():
                    return True
                if self._refusal(lease, 1) or lease.cap is None:
                    return False
                return await self._fetch_place(lease, lease.cap)
        finally:
            self._waiting[lease] -= 1

    async def _fetch_place(self, lease: PlaceLease, cap: int) -> bool:
        said = self._steady.reckon()
        try:
            grant = await self.store.take(self.worker, said[0], lease.wish(cap, self._waiting[lease]))
        except StoreAway:
            self.went_away()
            return lease.take(is_alone=True)
        self._steady.hear(grant.steady_ms, said)
        lease.owned += grant.amount
        if lease.take():
            return True
        self._refused[lease] = (self.now() + REFUSED_S, 1, 1.0)
        return False

    async def run(self, leases: Callable[[], tuple[list[RateLease], list[PlaceLease]]], on_change: OnChange) -> None:
        """Settle each second, or as soon as money is free again, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(self._every_s):
                    await self._wake.wait()
            except TimeoutError:
                await self.turn(*leases(), on_change)
            else:
                self._wake.clear()
                await self.write()
                idle, self._idle = self._idle, set()
                for place in idle:
                    await self._shrink(place, is_news=False)

    async def turn(self, rates: Iterable[RateLease], places: Iterable[PlaceLease], on_change: OnChange) -> None:
        """One turn: say that we live, write bookings, give slices back, and learn of changed keys."""
        said = self._steady.reckon()
        try:
            beat = await self.store.beat(self.worker, said[0])
            if beat.version != self.version:
                await on_change(self.version)
        except StoreAway:
            self.went_away()
            return
        was_away, self.is_away = self.is_away, False
        if was_away:
            log.warning("The store of keys (%s) is back.", self.store.place)
        self._steady.hear(beat.steady_ms, said)
        now = self.now()
        self._gives += [give for lease in rates if (give := lease.turn(now)) is not None]
        await self.write()
        for place in places:
            await self._shrink(place, is_news=was_away)

    async def write(self) -> None:
        """Write bookings and give back what was not used."""
        async with self._turn:
            try:
                await self._book()
                gives, self._gives = tuple(self._gives), []
                if gives:
                    await self.store.give(self.worker, gives)
            except StoreAway:
                self.went_away()

    async def _book(self) -> None:
        while self._batch is not None or self._freed or self._kept or self._tallies:
            if self._batch is None:
                self._batch = self._next_batch()
            await self.store.book(self._batch)
            self._batch = None

    def _next_batch(self) -> Bookings:
        spends = tuple(spend for tally in self._tallies for spend in tally.drain())
        freed, kept = tuple(self._freed), tuple(self._kept)
        self._freed, self._kept, self._tallies = [], [], set()
        return Bookings(worker=self.worker, number=next(self._batches), spends=spends, freed=freed, kept=kept)

    async def _shrink(self, place: PlaceLease, *, is_news: bool) -> None:
        """Give up idle places, under the lock of whoever takes some, so that the count that is told is the newest."""
        if place.owned <= place.busy and not is_news:
            return
        async with self._locks.setdefault(place, asyncio.Lock()):
            give = place.shrink() or (place.standing() if is_news else None)
            if give is None:
                return
            try:
                await self.store.give(self.worker, (give,))
            except StoreAway:
                self.went_away()
            self._refused.pop(place, None)

    async def end(self, rates: Iterable[RateLease], places: Iterable[PlaceLease]) -> None:
        """Give everything back and write the last bookings."""
        self._gives += [give for lease in rates if (give := lease.drain()) is not None]
        await self.write()
        for place in places:
            await self._shrink(place, is_news=True)
        if self._batch is not None or self._freed or self._tallies:
            log.error("The store is away at the end: what the last calls cost was not booked; their holds stay.")
