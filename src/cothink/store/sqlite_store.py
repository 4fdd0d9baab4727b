"""Keys, rates and money in one SQLite file, for the processes of one machine."""

import sqlite3
from pathlib import Path
from typing import Final

import msgspec

from cothink.core.errors import BadRequest
from cothink.store import sqlite_meters, sqlite_money
from cothink.store.key import Changes, KeyRecord, Team
from cothink.store.meter import Beat, Give, Grant, Take
from cothink.store.money import Bookings, HeldMoney, Pot, Refusal, Slice, Sliced, Spend
from cothink.store.sqlite import Schema, SqliteFile

KEYS: Final = Schema(
    "keys",
    (
        """
        CREATE TABLE keys
            (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, json BLOB NOT NULL);
        CREATE TABLE teams (name TEXT PRIMARY KEY, version INTEGER NOT NULL, json BLOB NOT NULL);
        CREATE TABLE key_state (had_admin INTEGER NOT NULL, version INTEGER NOT NULL);
        INSERT INTO key_state VALUES (0, 0)
        """,
    ),
)
SCHEMAS: Final = (KEYS, sqlite_meters.METERS, sqlite_money.MONEY)


class SqliteStore:
    """A store in a file. See `Store`."""

    def __init__(self, path: Path, *, timeout_s: float = 2.0, pragmas: tuple[str, ...] = ()) -> None:
        self._file = SqliteFile(path, SCHEMAS, timeout_s=timeout_s, pragmas=pragmas)

    @property
    def place(self) -> str:
        """The file."""
        return str(self._file.path)

    async def aclose(self) -> None:
        """Close the file."""
        await self._file.aclose()

    async def changes(self, since: int) -> Changes:
        """See `Store.changes`."""
        return await self._file.run(lambda file: _changes(file, since))

    async def put_key(self, record: KeyRecord) -> None:
        """See `Store.put_key`."""
        try:
            await self._file.run(lambda file: _put_key(file, record))
        except sqlite3.IntegrityError:
            raise BadRequest(f"There is a key named {record.name!r} already.", param="name") from None

    async def put_first_admin(self, record: KeyRecord) -> bool:
        """See `Store.put_first_admin`."""

        def work(file: sqlite3.Connection) -> bool:
            if file.execute("SELECT had_admin FROM key_state").fetchone()[0]:
                return False
            _put_key(file, record)
            return True

        return await self._file.run(work)

    async def put_team(self, team: Team) -> None:
        """See `Store.put_team`."""
        values = (team.name, msgspec.json.encode(team))
        await self._file.run(
            lambda file: file.execute("REPLACE INTO teams VALUES (?1, ?3, ?2)", (*values, _next_version(file)))
        )

    async def beat(self, worker: str, steady_ms: int) -> Beat:
        """See `Store.beat`."""

        def work(file: sqlite3.Connection) -> Beat:
            steady = sqlite_meters.beat(file, worker, steady_ms)
            sqlite_money.bury(file)
            return Beat(steady, _version(file))

        return await self._file.run(work)

    async def take(self, worker: str, steady_ms: int, take: Take, gives: tuple[Give, ...] = ()) -> Grant:
        """See `Store.take`."""

        def work(file: sqlite3.Connection) -> Grant:
            sqlite_meters.give(file, worker, gives)
            return sqlite_meters.take(file, worker, steady_ms, take)

        return await self._file.run(work)

    async def give(self, worker: str, gives: tuple[Give, ...]) -> None:
        """See `Store.give`."""
        await self._file.run(lambda file: sqlite_meters.give(file, worker, gives))

    async def hold(self, hold: HeldMoney, pots: tuple[Pot, ...]) -> Refusal | None:
        """See `Store.hold`."""
        return await self._file.run(lambda file: sqlite_money.hold(file, hold, pots))

    async def slice(self, slice: Slice) -> Sliced:
        """See `Store.slice`."""
        return await self._file.run(lambda file: sqlite_money.slice_off(file, slice))

    async def book(self, bookings: Bookings) -> None:
        """See `Store.book`."""
        await self._file.run(lambda file: sqlite_money.book(file, bookings))

    async def spent(self, since: str = "", until: str = "") -> list[Spend]:
        """See `Store.spent`."""
        return await self._file.run(lambda file: sqlite_money.spent(file, since, until))

    async def pot(self, name: str) -> tuple[int, int]:
        """See `Store.pot`."""
        return await self._file.run(lambda file: sqlite_money.pot(file, name))

    async def held(self) -> list[HeldMoney]:
        """See `Store.held`."""
        return await self._file.run(sqlite_money.held)


def _changes(file: sqlite3.Connection, since: int) -> Changes:
    keys = file.execute("SELECT json FROM keys WHERE version > ? ORDER BY version", (since,)).fetchall()
    teams = file.execute("SELECT json FROM teams WHERE version > ? ORDER BY version", (since,)).fetchall()
    return Changes(
        _version(file),
        tuple(msgspec.json.decode(row[0], type=KeyRecord) for row in keys),
        tuple(msgspec.json.decode(row[0], type=Team) for row in teams),
    )


def _put_key(file: sqlite3.Connection, record: KeyRecord) -> None:
    file.execute(
        "INSERT INTO keys VALUES (?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET name = excluded.name, version = excluded.version, json = excluded.json",
        (record.id, record.name, _next_version(file), msgspec.json.encode(record)),
    )
    if record.admin:
        file.execute("UPDATE key_state SET had_admin = 1")


def _next_version(file: sqlite3.Connection) -> int:
    file.execute("UPDATE key_state SET version = version + 1")
    return _version(file)


def _version(file: sqlite3.Connection) -> int:
    return int(file.execute("SELECT version FROM key_state").fetchone()[0])
