"""Bytes under keys that outlive the process, in a SQLite file: the cold tier of the cache.

It is a cache, so it never fails a request: what cannot be read is a miss, what cannot be written is dropped and
counted. Reads and writes run in one thread each, so the event loop waits for no disk.
"""

import asyncio
import logging
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from cothink.core.errors import SettingError

log = logging.getLogger(__name__)
_WAITING = 1_000  # writes that may wait for the disk
_WAITING_BYTES = 64 << 20
_BATCH = 100
_SHARE = 0.02  # of the size is written before room is made again
_SCHEMA = """
CREATE TABLE IF NOT EXISTS blobs (
  key BLOB PRIMARY KEY, value BLOB NOT NULL, bytes INTEGER NOT NULL, created_at REAL NOT NULL, used_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS blobs_by_use ON blobs (used_at, bytes);
CREATE INDEX IF NOT EXISTS blobs_by_age ON blobs (created_at);
"""
_PUT = "INSERT OR REPLACE INTO blobs (key, value, bytes, created_at, used_at) VALUES (?, ?, ?, ?, ?)"


class Blobs(Protocol):
    """Bytes under keys."""

    async def get(self, key: bytes) -> bytes | None:
        """Return what lies under a key; None where nothing does or it cannot be had now. Never raises."""
        ...

    def put(self, key: bytes, value: bytes, created_at: float) -> bool:
        """Write soon, without waiting; say whether it will be tried. Never raises."""
        ...

    async def aclose(self) -> None:
        """Write what waits, and end."""
        ...


class SqliteBlobs:
    """Blobs in one file, which several processes may share.

    Args:
        path: The file; its folder is made. Only its owner may read it.
        most_bytes: What all values together may take; the longest unused ones leave first.
        ttl_s: How long a value is kept.
        wall: Seconds since 1970.

    Raises:
        SettingError: The file cannot be opened.
    """

    def __init__(self, path: Path, *, most_bytes: int, ttl_s: float, wall: Callable[[], float] = time.time) -> None:
        self._path = path
        self._most_bytes = most_bytes
        self._ttl_s = ttl_s
        self._wall = wall
        self.dropped = 0
        self._failed_at = 0.0
        self._written = most_bytes  # so that the first batch makes room for itself
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._reader, self._writer = self._open(), self._open()
            self._writer.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise SettingError(f"The cache file {path} cannot be opened: {error}.", param="cold") from error
        self._reads = ThreadPoolExecutor(1, thread_name_prefix="cache-read")
        self._jobs: queue.Queue[tuple[bytes, bytes | None, float] | None] = queue.Queue(_WAITING)
        self._waiting_bytes = 0
        self._thread = threading.Thread(target=self._write_all, name="cache-write", daemon=True)
        self._thread.start()

    async def get(self, key: bytes) -> bytes | None:
        """Return what lies under a key, and note that it was used."""
        value = await asyncio.get_running_loop().run_in_executor(self._reads, self._read, key)
        if value is not None:
            self._hand_over((key, None, self._wall()))
        return value

    def put(self, key: bytes, value: bytes, created_at: float) -> bool:
        """Write soon."""
        if self._waiting_bytes + len(value) > _WAITING_BYTES:
            self.dropped += 1
            return False
        return self._hand_over((key, value, created_at))

    async def aclose(self) -> None:
        """Write what waits, and end both threads."""
        await asyncio.to_thread(self._jobs.put, None)
        await asyncio.to_thread(self._thread.join)
        self._reads.shutdown()
        self._reader.close()
        self._writer.close()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=2.0, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=OFF")  # a cache that loses its last writes in a power cut is a cache
        return connection

    def _read(self, key: bytes) -> bytes | None:
        try:
            row = self._reader.execute("SELECT value, created_at FROM blobs WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error as error:
            self._say(error)
            return None
        return None if row is None or self._wall() - row[1] >= self._ttl_s else bytes(row[0])

    def _hand_over(self, job: tuple[bytes, bytes | None, float]) -> bool:
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            self.dropped += 1
            return False
        self._waiting_bytes += len(job[1] or b"")
        return True

    def _write_all(self) -> None:
        """The writer's thread: jobs in batches, one transaction each."""
        while True:
            batch = [self._jobs.get()]
            while len(batch) < _BATCH and batch[-1] is not None and not self._jobs.empty():
                batch.append(self._jobs.get_nowait())
            jobs = [job for job in batch if job is not None]
            self._waiting_bytes -= sum(len(job[1] or b"") for job in jobs)
            try:
                self._write(jobs)
            except sqlite3.Error as error:
                self.dropped += len(jobs)
                self._say(error)
                if self._writer.in_transaction:
                    self._writer.rollback()
            if len(jobs) < len(batch):
                return

    def _write(self, jobs: Iterable[tuple[bytes, bytes | None, float]]) -> None:
        now = self._wall()
        self._writer.execute("BEGIN IMMEDIATE")
        for key, value, at in jobs:
            if value is None:
                self._writer.execute("UPDATE blobs SET used_at = ? WHERE key = ?", (at, key))
            else:
                self._writer.execute(_PUT, (key, value, len(value), at, now))
                self._written += len(value)
        if self._written >= self._most_bytes * _SHARE:
            self._written = 0
            self._writer.execute("DELETE FROM blobs WHERE created_at <= ?", (now - self._ttl_s,))
            self._make_room()
        self._writer.execute("COMMIT")

    def _make_room(self) -> None:
        (held,) = self._writer.execute("SELECT coalesce(sum(bytes), 0) FROM blobs").fetchone()
        if held <= self._most_bytes:
            return
        leave = []
        for key, size in self._writer.execute("SELECT key, bytes FROM blobs ORDER BY used_at"):
            leave.append((key,))
            held -= size
            if held <= self._most_bytes * (1 - 2 * _SHARE):
                break
        self._writer.executemany("DELETE FROM blobs WHERE key = ?", leave)

    def _say(self, error: sqlite3.Error) -> None:
        """One line a minute: a full disk must not fill the log as well."""
        now = time.monotonic()
        if not self._failed_at or now - self._failed_at > 60:
            self._failed_at = now
            log.warning("The cache file %s does not work, so the cold tier is passed by: %s.", self._path, error)
