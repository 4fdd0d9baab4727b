"""A store in memory that several workers of one test share, with a clock that the test moves and faults at will."""

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from cothink.core.errors import StoreAway
from cothink.store import sqlite_money, sqlite_store
from cothink.store.key import KeyRecord, Quota, Team, digest_of
from cothink.store.sqlite import Work
from cothink.traffic.quota.ring import KeyRing

T = TypeVar("T")
NOON = 1_795_521_600.0  # 2026-11-24 12:00 UTC


class Clock:
    """Two clocks: one that only grows, and one on the wall that may jump."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.wall = NOON

    def monotonic(self) -> float:
        return self.now

    def on_the_wall(self) -> float:
        return self.wall

    def pass_s(self, seconds: float) -> None:
        self.now += seconds
        self.wall += seconds


class MemoryFile:
    """What `SqliteFile` does, without a file and without a thread: other tasks run before and after each step."""

    path = "memory"

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        for schema in sqlite_store.SCHEMAS:
            for step in schema.steps:
                self.connection.executescript(step)
        self.is_away = False
        self.loses_answers = False
        self.steps = 0

    async def run(self, work: Work[T]) -> T:
        await asyncio.sleep(0)
        if self.is_away:
            raise StoreAway("The store is away, says the test.")
        self.steps += 1
        result = work(self.connection)
        await asyncio.sleep(0)
        if self.loses_answers:
            raise StoreAway("The answer got lost, says the test.")
        return result

    async def aclose(self) -> None:
        """Stay open: other workers share it."""


class SharedStore(sqlite_store.SqliteStore):
    """The real store over a `MemoryFile`."""

    def __init__(self) -> None:
        self.file = MemoryFile()
        self._file = self.file  # type: ignore[assignment]

    async def file_pot(self, name: str) -> tuple[int, int]:
        """Look at a pot past all faults."""
        return sqlite_money.pot(self.file.connection, name)


@dataclass
class World:
    """Workers around one store."""

    clock: Clock = field(default_factory=Clock)
    store: SharedStore = field(default_factory=SharedStore)
    rings: list[KeyRing] = field(default_factory=list)

    async def key(self, name: str = "alice", *, team: str = "", quota: Quota | None = None, **more: object) -> str:
        """Write a key; return its digest."""
        digest = digest_of(name.encode())
        record = KeyRecord(
            id=f"k-{name}", name=name, digest=digest, prefix="ck-", team=team, quota=quota or Quota(), **more
        )  # type: ignore[arg-type]
        await self.store.put_key(record)
        return digest

    async def team(self, name: str, quota: Quota, *models: str) -> None:
        await self.store.put_team(Team(name=name, quota=quota, models=models))

    async def worker(self, offset_s: float = 0.0, every_s: float = 60.0) -> KeyRing:
        """Start a worker whose own clock began at another time. It settles when the test says so."""
        clock: Callable[[], float] = lambda: self.clock.now + offset_s  # noqa: E731
        ring = KeyRing(self.store, every_s=every_s, clock=clock, wall=self.clock.on_the_wall)
        await ring.start()
        self.rings.append(ring)
        return ring

    async def live_s(self, seconds: float) -> None:
        """Let time pass in which every worker settles each second."""
        while seconds > 0:
            self.clock.pass_s(min(1.0, seconds))
            seconds -= 1.0
            for ring in self.rings:
                await ring.settle_now()

    async def close(self) -> None:
        for ring in self.rings:
            await ring.aclose()
