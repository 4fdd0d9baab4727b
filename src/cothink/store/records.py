"""Records of requests and answers, in a SQLite file of their own: they are many, and nobody's money waits for them."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from cothink.store.sqlite import Schema, SqliteFile

RECORDS: Final = Schema(
    "records",
    (
        """
        CREATE TABLE records (number INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, bytes INTEGER NOT NULL,
            trace_id TEXT NOT NULL, model TEXT NOT NULL, key TEXT NOT NULL, strategy TEXT NOT NULL,
            outcome TEXT NOT NULL, cost_nanousd INTEGER NOT NULL, json BLOB NOT NULL);
        CREATE INDEX records_by_age ON records (at, bytes);
        CREATE INDEX records_by_trace ON records (trace_id)
        """,
    ),
)
_HEAD = "number, at, bytes, trace_id, model, key, strategy, outcome, cost_nanousd"
BATCH = 200


class Head(msgspec.Struct, frozen=True):
    """What is looked for: a record without its words. ``at`` is in seconds since 1970."""

    number: int
    at: float
    bytes: int
    trace_id: str
    model: str
    key: str
    strategy: str
    outcome: str
    cost_nanousd: int


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which records; empty means all."""

    model: str = ""
    key: str = ""
    outcome: str = ""
    since: float = 0.0


class Records:
    """The records in a file. Each method waits for the disk: never call one in an event loop.

    Args:
        path: The file; its folder is made when needed, readable by this user alone.
    """

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, (RECORDS,), timeout_s=5.0)

    def add(self, rows: Sequence[tuple[Head, bytes]]) -> None:
        """Write records, all or none. Their numbers are given here.

        Raises:
            StoreAway: They cannot be written.
        """
        values = [(*msgspec.structs.astuple(head)[1:], json) for head, json in rows]
        self._file.run_here(lambda file: file.executemany(_INSERT, values))

    def prune(self, *, before: float, most_bytes: int) -> int:
        """Delete what is too old, then the oldest until the rest fits; return how many went.

        Raises:
            StoreAway: They cannot be deleted.
        """
        return self._file.run_here(lambda file: _prune(file, before, most_bytes))

    def find(self, trace_id: str) -> list[tuple[Head, bytes]]:
        """Return the records of one trace, or the one of a number, oldest first."""
        number = int(trace_id) if trace_id.isascii() and trace_id.isdigit() and len(trace_id) < 19 else -1
        sql = f"SELECT {_HEAD}, json FROM records WHERE trace_id = ? OR number = ? ORDER BY number"  # noqa: S608 - constants
        return self._file.run_here(
            lambda file: [(Head(*row[:-1]), row[-1]) for row in file.execute(sql, (trace_id, number))]
        )

    def newest(self, which: Filter, most: int) -> list[Head]:
        """Return the newest, newest first."""
        where, values = _where(which)
        sql = f"SELECT {_HEAD} FROM records WHERE {where} ORDER BY number DESC LIMIT ?"  # noqa: S608 - constants
        return self._file.run_here(lambda file: [Head(*row) for row in file.execute(sql, (*values, most))])

    def every(self, which: Filter) -> Iterator[bytes]:
        """Yield every record's JSON, oldest first, some at a time, so that a writer need not wait."""
        where, values = _where(which)
        sql = f"SELECT number, json FROM records WHERE number > ? AND {where} ORDER BY number LIMIT ?"  # noqa: S608 - constants
        last = 0
        while True:
            rows = self._file.run_here(lambda file, last=last: file.execute(sql, (last, *values, BATCH)).fetchall())  # type: ignore[misc]
            if not rows:
                return
            for number, json in rows:
                last = number
                yield json

    def close(self) -> None:
        """Close the file, in the thread that used it."""
        self._file.close_here()


_INSERT = (
    "INSERT INTO records (at, bytes, trace_id, model, key, strategy, outcome, cost_nanousd, json) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def _where(which: Filter) -> tuple[str, list[str | float]]:
    parts = ["at >= ?"]
    values: list[str | float] = [which.since]
    for name in ("model", "key", "outcome"):
        if value := getattr(which, name):
            parts.append(f"{name} = ?")
            values.append(value)
    return " AND ".join(parts), values


def _prune(file: sqlite3.Connection, before: float, most_bytes: int) -> int:
    gone = file.execute("DELETE FROM records WHERE at < ?", (before,)).rowcount
    total = file.execute("SELECT coalesce(sum(bytes), 0) FROM records").fetchone()[0]
    while total > most_bytes:
        oldest = file.execute("SELECT number, bytes FROM records ORDER BY at LIMIT ?", (BATCH,)).fetchall()
        doomed = []
        for number, size in oldest:
            if total <= most_bytes:
                break
            doomed.append((number,))
            total -= size
        file.executemany("DELETE FROM records WHERE number = ?", doomed)
        gone += len(doomed)
    return gone
