"""Fills slices where they are empty: one question to the store at a time for each, however many requests wait for it.

Whoever waits may be cancelled at any time; the question is not, so that what the store granted is never lost.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

from cothink.core.errors import StoreAway
from cothink.store.meter import Give
from cothink.store.money import Refusal
from cothink.traffic.quota.lease import PlaceLease, RateLease
from cothink.traffic.quota.link import Link
from cothink.traffic.quota.purse import Purse

REFUSED_S: Final = 0.1  # so long a refusal stands without asking the store again: refusals must not melt it
MINUTE_S: Final = 60.0

AnyLease = RateLease | PlaceLease | Purse


class Filler:
    """Asks the store for slices.

    Args:
        link: The store.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._questions: dict[AnyLease, asyncio.Task[None]] = {}
        self._waiting: dict[AnyLease, int] = {}
        self._refused: dict[AnyLease, tuple[float, int, float]] = {}  # until when, how much, when to come back
        self._telling: dict[PlaceLease, asyncio.Lock] = {}  # the store is told one number of places at a time

    async def fill_rate(self, lease: RateLease, amount: int) -> float:
        """Take from a slice that is filled for it; return 0, or after how many seconds it may be there."""
        link = self._link
        while not lease.take(amount, link.now()):
            if link.is_away:
                return self._alone(lease, amount)
            if wait_s := self._refusal(lease, amount):
                return wait_s
            await self._ask(lease, partial(self._fetch_rate, lease, amount))
        return 0.0

    async def fill_place(self, lease: PlaceLease) -> bool:
        """Take a place that is fetched for it; False where there is none."""
        while not lease.take(is_alone=self._link.is_away):
            if self._link.is_away or lease.cap is None or self._refusal(lease, 1):
                return False
            await self._ask(lease, partial(self._fetch_place, lease, lease.cap))
        return True

    async def fill_purse(self, purse: Purse, nanousd: int) -> Refusal | None:
        """Ask for money, once; return why there is none. Who calls looks into the purse again."""
        refusal = purse.refusal(nanousd, self._link.now())
        if refusal is None:
            await self._ask(purse, partial(self._fetch_money, purse, nanousd))
        return refusal

    def fill_purse_soon(self, purse: Purse) -> None:
        """Ask for what the next calls need; nobody waits for it."""
        if purse not in self._questions and not self._link.is_away:
            self._begin(purse, partial(self._fetch_money, purse, 0))

    async def _ask(self, lease: AnyLease, question: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Wait for the question that is under way, else for this one."""
        self._waiting[lease] = self._waiting.get(lease, 0) + 1
        try:
            task = self._questions.get(lease)
            if task is None or task.done():  # who awaits one that is done never yields
                task = self._begin(lease, question)
            await asyncio.shield(task)
        finally:
            self._waiting[lease] -= 1

    def _begin(self, lease: AnyLease, question: Callable[[], Coroutine[Any, Any, None]]) -> asyncio.Task[None]:
        task = self._questions[lease] = asyncio.create_task(question())
        task.add_done_callback(partial(self._forget, lease))
        return task

    def _forget(self, lease: AnyLease, task: asyncio.Task[None]) -> None:
        if self._questions.get(lease) is task:
            del self._questions[lease]

    async def _fetch_rate(self, lease: RateLease, amount: int) -> None:
        link = self._link
        said = link.reckon()
        wish = lease.wish(amount, self._waiting[lease])
        rest = lease.drain()
        try:
            grant = await link.store.take(link.worker, said[0], wish, (rest,) if rest else ())
        except StoreAway:
            link.went_away()
            return
        link.hear(grant.steady_ms, said)
        lease.put(grant, said[1])
        if not grant.amount:
            self._refuse(lease, amount, grant.wait_ms / 1000 or MINUTE_S)

    async def _fetch_place(self, lease: PlaceLease, cap: int) -> None:
        link = self._link
        async with self._telling.setdefault(lease, asyncio.Lock()):
            said = link.reckon()
            try:
                grant = await link.store.take(link.worker, said[0], lease.wish(cap, self._waiting[lease]))
            except StoreAway:
                link.went_away()
                return
            link.hear(grant.steady_ms, said)
            lease.owned += grant.amount
        if not grant.amount:
            self._refuse(lease, 1, 1.0)

    async def _fetch_money(self, purse: Purse, nanousd: int) -> None:
        link = self._link
        purse.is_asked_for = True
        try:
            if link.now() >= link.lives_until:
                await link.beat()
                purse.close()  # it may have been freed
                return
            sliced = await link.store.slice(purse.wish(link.worker, nanousd, self._waiting.get(purse, 0)))
        except StoreAway:
            link.went_away()
            purse.close()  # an answer may have got lost
            return
        finally:
            purse.is_asked_for = False
        purse.put(sliced.nanousd, link.lives_until)
        if sliced.refusal is not None:
            purse.refuse(nanousd, sliced.refusal, link.now() + REFUSED_S)

    def _refuse(self, lease: AnyLease, amount: int, wait_s: float) -> None:
        self._refused[lease] = (self._link.now() + min(REFUSED_S, wait_s), amount, wait_s)

    def _refusal(self, lease: AnyLease, amount: int) -> float:
        """Return when to come back where the store refused as little a moment ago, else 0."""
        refused = self._refused.get(lease)
        if refused is None:
            return 0.0
        until, least, wait_s = refused
        if self._link.now() >= until:
            del self._refused[lease]
            return 0.0
        return wait_s if amount >= least else 0.0

    def _alone(self, lease: RateLease, amount: int) -> float:
        now = self._link.now()
        lease.put_alone(now)
        return 0.0 if lease.take(amount, now) else max(1.0, lease.until - now)

    async def shrink(self, place: PlaceLease, *, is_news: bool) -> None:
        """Give up idle places; with ``is_news`` tell the store in any case how many are ours."""
        if place.owned <= place.busy and not is_news:
            return
        async with self._telling.setdefault(place, asyncio.Lock()):
            give: Give | None = place.shrink() or (place.standing() if is_news else None)
            if give is None:
                return
            try:
                await self._link.store.give(self._link.worker, (give,))
            except StoreAway:
                self._link.went_away()
        self._refused.pop(place, None)

    async def end(self) -> None:
        """Wait for the questions that are under way."""
        await asyncio.gather(*self._questions.values())
