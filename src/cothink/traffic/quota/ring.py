"""The keys of the store in this process: who a digest belongs to, and that caller's account.

All keys are held in memory, so that no request waits for the store; changed ones come with each turn of the settler.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from cothink.core.errors import StoreAway
from cothink.core.run import Caller
from cothink.store.key import KeyRecord, Quota, Team
from cothink.store.store import Store
from cothink.traffic.quota.account import QuotaAccount
from cothink.traffic.quota.lease import PlaceLease, RateLease
from cothink.traffic.quota.owner import Owner
from cothink.traffic.quota.settler import Settler

LOOK_UP_S = 0.2  # unknown keys make this process ask for new ones so often at most


class KeyRing:
    """The keys that are let in.

    Args:
        store: Where they rest.
        every_s: How often changes are looked for.
        clock: Seconds that only grow.
        wall: Seconds since 1970.

    Attributes:
        generation: Grows whenever a caller that was found may be another one, or none, now.
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
        self.generation = 0
        self._settler = Settler(store, every_s=every_s, clock=clock, wall=wall)
        self._clock = clock
        self._wall = wall
        self._records: dict[str, KeyRecord] = {}
        self._teams: dict[str, Team] = {}
        self._owners: dict[str, Owner] = {}
        self._accounts: dict[str, QuotaAccount] = {}
        self._callers: dict[str, Caller] = {}  # by digest
        self._next_end = float("inf")  # when the next key or old secret expires
        self._looked_at = float("-inf")
        self._look: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def is_away(self) -> bool:
        """The store could not be reached when last asked."""
        return self._settler.is_away

    async def start(self) -> None:
        """Load all keys and begin to settle.

        Raises:
            StoreAway: The store cannot be reached.
        """
        await self._load(0)
        await self._settler.turn((), (), self._load)
        self._task = asyncio.create_task(self._settler.run(self._leases, self._load), name="settler")

    async def aclose(self) -> None:
        """Write what is still to be booked and give all leases back."""
        self._settler.stop()
        if self._look is not None:
            await self._look
        if self._task is not None:
            await self._task
        await self._settler.end(*self._leases())
        await self.store.aclose()

    def find(self, digest: str) -> Caller | None:
        """Return whose key has this digest; None where nobody's live key has it."""
        return self._callers.get(digest)

    async def look_up(self, digest: str) -> Caller | None:
        """Do what `find` does, after asking the store for keys that were made a moment ago.

        All who come at the same time wait for one look, and a look begins so often at most, however many are tried.
        """
        if digest not in self._callers:
            if self._look is None:
                self._look = asyncio.create_task(self._look_soon())
            await asyncio.shield(self._look)
        return self._callers.get(digest)

    async def _look_soon(self) -> None:
        await asyncio.sleep(max(0.0, self._looked_at + LOOK_UP_S - self._clock()))
        self._looked_at = self._clock()
        self._look = None  # who comes from here on may have a key that this look does not see
        with suppress(StoreAway):  # then only the keys that are known are let in
            await self._load(self._settler.version)

    async def settle_now(self) -> None:
        """Do a turn of the settler now."""
        await self._settler.turn(*self._leases(), self._load)

    def _leases(self) -> tuple[list[RateLease], list[PlaceLease]]:
        """Return every lease; called once a turn, so that is where expired keys are dropped, too."""
        if self._wall() >= self._next_end:
            self._index()
        owners = self._owners.values()
        rates = [lease for owner in owners for lease in (owner.requests, owner.tokens) if lease is not None]
        return rates, [owner.place for owner in owners]

    async def _load(self, since: int) -> None:
        changes = await self.store.changes(since)
        self._settler.version = changes.version
        for team in changes.teams:
            self._teams[team.name] = team
        for record in changes.keys:
            self._records[record.id] = record
        teams = {team.name for team in changes.teams}
        ids = {record.id for record in changes.keys}
        for record in self._records.values():
            if record.id in ids or record.team in teams:
                self._renew(record)
        self._index()

    def _renew(self, record: KeyRecord) -> None:
        team = self._teams.get(record.team)
        owners = [self._owner(f"key {record.name}", f"key:{record.id}", record.quota)]
        if record.team:
            quota = team.quota if team else Quota()
            owners.append(self._owner(f"team {record.team}", f"team:{record.team}", quota))
        account = self._accounts.get(record.id)
        if account is None:
            self._accounts[record.id] = QuotaAccount(record, team, tuple(owners), self._settler)
        else:
            account.renew(record, team, tuple(owners))

    def _owner(self, words: str, name: str, quota: Quota) -> Owner:
        owner = self._owners.get(name)
        if owner is None:
            owner = self._owners[name] = Owner(words, name, quota)
        elif owner.quota != quota:
            owner.renew(quota)
        return owner

    def _index(self) -> None:
        """Say which digests are let in now."""
        now = self._wall()
        callers: dict[str, Caller] = {}
        ends = []
        for record in self._records.values():
            if not record.is_live(now):
                continue
            if record.expires_at is not None:
                ends.append(record.expires_at)
            caller = callers[record.digest] = self._caller(record)
            if record.old_digest and now < record.old_until:
                callers[record.old_digest] = caller
                ends.append(record.old_until)
        self._callers = callers
        self._next_end = min(ends, default=float("inf"))
        self.generation += 1

    def _caller(self, record: KeyRecord) -> Caller:
        return Caller(
            key=record.name,
            tenant=f"team:{record.team}" if record.team else f"key:{record.id}",
            priority=record.priority,
            cache=record.cache,
            semantic_cache=record.semantic_cache,
            admin=record.admin,
            account=self._accounts[record.id],
        )
