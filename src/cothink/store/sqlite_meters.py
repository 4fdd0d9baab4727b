"""Rates and places in SQLite. Each function runs inside the caller's transaction."""

import sqlite3
from typing import Final

from cothink.store.meter import WINDOW, WORKER_LOST_MS, Give, Grant, Take
from cothink.store.sqlite import Schema

METERS: Final = Schema(
    "meters",
    (
        """
        CREATE TABLE steady (ms INTEGER NOT NULL);
        INSERT INTO steady VALUES (0);
        CREATE TABLE rates (meter TEXT, bucket INTEGER, amount INTEGER NOT NULL, PRIMARY KEY (meter, bucket))
            WITHOUT ROWID;
        CREATE TABLE places (meter TEXT, worker TEXT, amount INTEGER NOT NULL, PRIMARY KEY (meter, worker))
            WITHOUT ROWID;
        CREATE TABLE workers (worker TEXT PRIMARY KEY, beat_ms INTEGER NOT NULL)
        """,
    ),
)


def beat(file: sqlite3.Connection, worker: str, steady_ms: int) -> int:
    """Note that a worker lives, bury the dead, and return the shared clock."""
    now_ms = _advance(file, steady_ms)
    file.execute("REPLACE INTO workers VALUES (?, ?)", (worker, now_ms))
    lost = (now_ms - WORKER_LOST_MS,)
    file.execute("DELETE FROM places WHERE worker NOT IN (SELECT worker FROM workers WHERE beat_ms > ?)", lost)
    file.execute("DELETE FROM workers WHERE beat_ms <= ?", lost)
    file.execute("DELETE FROM rates WHERE bucket <= ?", (now_ms // 1000 - WINDOW,))
    return now_ms


def take(file: sqlite3.Connection, worker: str, steady_ms: int, take: Take) -> Grant:
    """Lease a slice."""
    if take.is_place:
        now_ms = beat(file, worker, steady_ms)
        return _take_places(file, worker, now_ms, take)
    return _take_rate(file, _advance(file, steady_ms), take)


def give(file: sqlite3.Connection, worker: str, gives: tuple[Give, ...]) -> None:
    """Take back what was not used."""
    rates = [(one.amount, one.meter, one.bucket) for one in gives if not one.is_place]
    places = [(one.amount, one.meter, worker) for one in gives if one.is_place]
    file.executemany("UPDATE rates SET amount = max(0, amount - ?) WHERE meter = ? AND bucket = ?", rates)
    file.executemany("UPDATE places SET amount = ? WHERE meter = ? AND worker = ?", places)


def _advance(file: sqlite3.Connection, steady_ms: int) -> int:
    file.execute("UPDATE steady SET ms = ?1 WHERE ms < ?1", (steady_ms,))
    return int(file.execute("SELECT ms FROM steady").fetchone()[0])


def _take_rate(file: sqlite3.Connection, now_ms: int, take: Take) -> Grant:
    bucket = now_ms // 1000
    oldest = bucket - WINDOW
    rows = file.execute(
        "SELECT bucket, amount FROM rates WHERE meter = ? AND bucket > ? AND amount > 0 ORDER BY bucket",
        (take.meter, oldest),
    ).fetchall()
    left = max(0, take.cap - sum(amount for _, amount in rows))
    if left < take.least:
        return Grant(0, bucket, left, _wait_ms(rows, take.least - left, now_ms), now_ms)
    amount = min(take.want, left)
    file.execute(
        "INSERT INTO rates VALUES (?, ?, ?) "
        "ON CONFLICT (meter, bucket) DO UPDATE SET amount = amount + excluded.amount",
        (take.meter, bucket, amount),
    )
    return Grant(amount, bucket, left - amount, 0, now_ms)


def _wait_ms(rows: list[tuple[int, int]], missing: int, now_ms: int) -> int:
    """When enough of the oldest buckets have left the window; 0 where they never will."""
    for bucket, amount in rows:
        missing -= amount
        if missing <= 0:
            return (bucket + WINDOW) * 1000 - now_ms
    return 0


def _take_places(file: sqlite3.Connection, worker: str, now_ms: int, take: Take) -> Grant:
    row = file.execute("SELECT sum(amount) FROM places WHERE meter = ?", (take.meter,)).fetchone()
    left = max(0, take.cap - (row[0] or 0))
    if left < take.least:
        return Grant(0, 0, left, 0, now_ms)
    amount = min(take.want, left)
    file.execute(
        "INSERT INTO places VALUES (?, ?, ?) "
        "ON CONFLICT (meter, worker) DO UPDATE SET amount = amount + excluded.amount",
        (take.meter, worker, amount),
    )
    return Grant(amount, 0, left - amount, 0, now_ms)
