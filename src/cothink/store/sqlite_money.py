"""Money in SQLite: pots, holds and what was spent. Each function runs inside the caller's transaction."""

import sqlite3
from typing import Final

import msgspec

from cothink.store.money import Bookings, HeldMoney, Pot, Refusal, Spend, pots_of
from cothink.store.sqlite import Schema

MONEY: Final = Schema(
    "money",
    (
        """
        CREATE TABLE pots (name TEXT PRIMARY KEY, spent INTEGER NOT NULL, held INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE holds (id TEXT PRIMARY KEY, at REAL NOT NULL, json BLOB NOT NULL);
        CREATE TABLE spends (day TEXT, key TEXT, team TEXT, model TEXT, calls INTEGER NOT NULL,
            prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, nanousd INTEGER NOT NULL,
            PRIMARY KEY (day, key, team, model)) WITHOUT ROWID;
        CREATE TABLE batches (worker TEXT PRIMARY KEY, number INTEGER NOT NULL)
        """,
    ),
)
_ADD_POT = (
    "INSERT INTO pots VALUES (?, ?, ?) "
    "ON CONFLICT (name) DO UPDATE SET spent = spent + excluded.spent, held = held + excluded.held"
)
_ADD_SPEND = (
    "INSERT INTO spends VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, "
    "prompt_tokens = prompt_tokens + excluded.prompt_tokens, "
    "completion_tokens = completion_tokens + excluded.completion_tokens, nanousd = nanousd + excluded.nanousd"
)


def hold(file: sqlite3.Connection, hold: HeldMoney, pots: tuple[Pot, ...]) -> Refusal | None:
    """Set money aside in all pots, or in none of them."""
    if file.execute("SELECT 1 FROM holds WHERE id = ?", (hold.id,)).fetchone():
        return None
    for one in pots:
        if one.cap_nanousd is not None:
            spent, held = pot(file, one.name)
            if spent + held + hold.nanousd > one.cap_nanousd:
                return Refusal(one.name, one.cap_nanousd, spent, held)
    file.executemany(_ADD_POT, [(one.name, 0, hold.nanousd) for one in pots])
    file.execute("INSERT INTO holds VALUES (?, ?, ?)", (hold.id, hold.at, msgspec.json.encode(hold)))
    return None


def book(file: sqlite3.Connection, bookings: Bookings) -> None:
    """Write a batch, once."""
    row = file.execute("SELECT number FROM batches WHERE worker = ?", (bookings.worker,)).fetchone()
    if row and row[0] >= bookings.number:
        return
    file.execute("REPLACE INTO batches VALUES (?, ?)", (bookings.worker, bookings.number))
    for id in bookings.freed:
        if (held := _find(file, id)) is not None:
            file.execute("DELETE FROM holds WHERE id = ?", (id,))
            file.executemany(_ADD_POT, [(name, 0, -held.nanousd) for name in held.pots])
    for id in bookings.kept:
        if (held := _find(file, id)) is not None:
            kept = msgspec.json.encode(msgspec.structs.replace(held, is_kept=True))
            file.execute("UPDATE holds SET json = ? WHERE id = ?", (kept, id))
    for one in bookings.spends:
        file.execute(_ADD_SPEND, msgspec.structs.astuple(one))
        file.executemany(_ADD_POT, [(name, one.nanousd, 0) for name in pots_of(one)])


def spent(file: sqlite3.Connection, since: str, until: str) -> list[Spend]:
    """Return what was spent, oldest first."""
    rows = file.execute(
        "SELECT * FROM spends WHERE day >= ? AND (? = '' OR day <= ?) ORDER BY day, key, team, model",
        (since, until, until),
    )
    return [Spend(**dict(zip(Spend.__struct_fields__, row, strict=True))) for row in rows]


def pot(file: sqlite3.Connection, name: str) -> tuple[int, int]:
    """Return what is spent and what is held of a pot."""
    row = file.execute("SELECT spent, held FROM pots WHERE name = ?", (name,)).fetchone()
    return (row[0], row[1]) if row else (0, 0)


def held(file: sqlite3.Connection) -> list[HeldMoney]:
    """Return the holds, oldest first."""
    rows = file.execute("SELECT json FROM holds ORDER BY at, id")
    return [msgspec.json.decode(row[0], type=HeldMoney) for row in rows]


def _find(file: sqlite3.Connection, id: str) -> HeldMoney | None:
    row = file.execute("SELECT json FROM holds WHERE id = ?", (id,)).fetchone()
    return msgspec.json.decode(row[0], type=HeldMoney) if row else None
