"""One SQLite file, opened when first needed, on a thread of its own, so that no event loop ever waits for a disk.

Any table file of this room opens one with its own `Schema`; several parts share a file. WAL lets the other processes
read on while one writes. With ``synchronous = NORMAL`` a crash of a process loses nothing; a power cut may lose the
last moments. Source: https://www.sqlite.org/pragma.html#pragma_synchronous (read 2026-11-24).
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cothink.core.errors import StoreAway

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of one part.

    Args:
        part: Its name.
        steps: What each version adds, the first first. A step that was shipped is never changed, only followed.
    """

    part: str
    steps: tuple[str, ...]


class SqliteFile:
    """A file with the tables of some parts.

    Args:
        path: The file; its folder is made when needed, readable by this user alone.
        schemas: Whose tables it has.
        timeout_s: How long to wait while another process writes.
        pragmas: More settings, such as ``max_page_count``.
    """

    def __init__(
        self, path: Path, schemas: tuple[Schema, ...], *, timeout_s: float = 2.0, pragmas: tuple[str, ...] = ()
    ) -> None:
        self.path = path
        self._schemas = schemas
        self._timeout_s = timeout_s
        self._pragmas = pragmas
        self._connection: sqlite3.Connection | None = None
        self._thread: ThreadPoolExecutor | None = None

    async def run(self, work: Work[T]) -> T:
        """Do some work in one transaction; it is written whole or not at all.

        Raises:
            StoreAway: The file cannot be opened, read or written.
        """
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.run_here, work)

    def run_here(self, work: Work[T]) -> T:
        """Do what `run` does, in this thread: for a writer that has its own."""
        try:
            connection = self._connection
            if connection is None:
                connection = self._connection = self._open()
            return _in_transaction(connection, work)
        except (sqlite3.OperationalError, sqlite3.DatabaseError, OSError) as error:
            if isinstance(error, sqlite3.IntegrityError):
                raise
            raise StoreAway(f"The store cannot be used: {_words(error)}.", retry_after_s=5) from error

    async def aclose(self) -> None:
        """Close the file once the work that waits is done."""
        thread, self._thread = self._thread, None
        if thread is not None:
            await asyncio.get_running_loop().run_in_executor(thread, self.close_here)
            thread.shutdown(wait=False)

    def close_here(self) -> None:
        """Close what this thread opened."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection = sqlite3.connect(self.path, timeout=self._timeout_s, isolation_level=None)
        try:
            self.path.chmod(0o600)
            for pragma in ("journal_mode = WAL", "synchronous = NORMAL", *self._pragmas):
                connection.execute(f"PRAGMA {pragma}")
            for schema in self._schemas:
                _in_transaction(connection, lambda open_file, one=schema: _migrate(open_file, one))  # type: ignore[misc]
        except BaseException:
            connection.close()
            raise
        return connection


def _in_transaction(connection: sqlite3.Connection, work: Work[T]) -> T:
    connection.execute("BEGIN IMMEDIATE")  # takes the write lock at once, so that no reader must be told to try again
    try:
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk ends it by itself
            connection.execute("ROLLBACK")
        raise
    return result


def _migrate(connection: sqlite3.Connection, schema: Schema) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS schemas (part TEXT PRIMARY KEY, version INTEGER NOT NULL)")
    row = connection.execute("SELECT version FROM schemas WHERE part = ?", (schema.part,)).fetchone()
    version = row[0] if row else 0
    if version > len(schema.steps):
        raise StoreAway(
            f"The store's {schema.part} have version {version}; this CoThink knows up to {len(schema.steps)}. Use the "
            "newer CoThink that wrote them."
        )
    for step in schema.steps[version:]:
        for statement in step.split(";"):
            if statement.strip():
                connection.execute(statement)
    connection.execute(
        "INSERT INTO schemas VALUES (?, ?) ON CONFLICT (part) DO UPDATE SET version = excluded.version",
        (schema.part, len(schema.steps)),
    )


def _words(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or "the file cannot be opened"
    return str(error)
