"""Cases in the SQLite file that keys and money share, in a table of their own."""

import sqlite3
from pathlib import Path
from typing import Final

import msgspec

from cothink.store.cases import Case, State
from cothink.store.sqlite import Schema, SqliteFile

CASES: Final = Schema(
    "cases",
    (
        """
        CREATE TABLE cases (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, state TEXT NOT NULL, at REAL NOT NULL,
            version INTEGER NOT NULL, json BLOB NOT NULL);
        CREATE INDEX cases_by_state ON cases (state, at);
        CREATE INDEX cases_by_tenant ON cases (tenant, state, at)
        """,
    ),
)
_FIELDS: Final = "id, tenant, state, at, version, json"


class SqliteCases:
    """Cases in a file. See `Cases`."""

    def __init__(self, path: Path, *, timeout_s: float = 2.0) -> None:
        self._file = SqliteFile(path, (CASES,), timeout_s=timeout_s)

    @property
    def place(self) -> str:
        """The file."""
        return str(self._file.path)

    async def put(self, case: Case) -> bool:
        """See `Cases.put`."""
        return await self._file.run(lambda file: _put(file, case))

    async def find(self, id: str) -> Case | None:
        """See `Cases.find`."""
        sql = f"SELECT {_FIELDS} FROM cases WHERE id = ?"  # noqa: S608 - constants
        rows = await self._file.run(lambda file: file.execute(sql, (id,)).fetchall())
        return Case(**dict(zip(Case.__struct_fields__, rows[0], strict=True))) if rows else None

    async def newest(self, tenant: str | None, state: State, most: int, before: float | None = None) -> list[Case]:
        """See `Cases.newest`."""
        where, values = "state = ?", [str(state)]
        if tenant is not None:
            where, values = f"{where} AND tenant = ?", [*values, tenant]
        sql = f"SELECT {_FIELDS} FROM cases WHERE {where} AND at < ? ORDER BY at DESC, id LIMIT ?"  # noqa: S608 - constants
        bound = (*values, 1e18 if before is None else before, most)
        rows = await self._file.run(lambda file: file.execute(sql, bound).fetchall())
        return [Case(**dict(zip(Case.__struct_fields__, row, strict=True))) for row in rows]

    async def prune(self, before: float) -> int:
        """See `Cases.prune`."""
        sql = "DELETE FROM cases WHERE state != 'open' AND at < ?"
        return await self._file.run(lambda file: file.execute(sql, (before,)).rowcount)

    async def aclose(self) -> None:
        """Close the file."""
        await self._file.aclose()


def _put(file: sqlite3.Connection, case: Case) -> bool:
    values = msgspec.structs.astuple(case)
    if case.version == 1:
        sql = "INSERT INTO cases VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
        return file.execute(sql, values).rowcount == 1
    sql = "UPDATE cases SET state = ?, version = ?, json = ? WHERE id = ? AND version = ?"
    return file.execute(sql, (case.state, case.version, case.json, case.id, case.version - 1)).rowcount == 1
