"""Money in SQLite: pots, holds and what was spent. Each function runs inside the caller's transaction."""

import sqlite3
from typing import Final

import msgspec

from cothink.store.money import Bookings, HeldMoney, Pot, Refusal, Slice, Sliced, Spend, pots_of
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
        """
        CREATE TABLE slices (id TEXT PRIMARY KEY, worker TEXT NOT NULL, nanousd INTEGER NOT NULL, pots TEXT NOT NULL)
            WITHOUT ROWID
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
    _, refusal = _left(file, pots, hold.nanousd)
    if refusal is not None:
        return refusal
    file.executemany(_ADD_POT, [(one.name, 0, hold.nanousd) for one in pots])
    file.execute("INSERT INTO holds VALUES (?, ?, ?)", (hold.id, hold.at, msgspec.json.encode(hold)))
    return None


def slice_off(file: sqlite3.Connection, slice: Slice) -> Sliced:
    """Let a slice grow, or begin it."""
    left, refusal = _left(file, slice.pots, slice.least)
    amount = 0 if refusal is not None else slice.share(left)
    if amount:
        names = [one.name for one in slice.pots]
        file.executemany(_ADD_POT, [(name, 0, amount) for name in names])
        file.execute(
            "INSERT INTO slices VALUES (?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET nanousd = nanousd + excluded.nanousd",
            (slice.id, slice.worker, amount, "\n".join(names)),
        )
    return Sliced(amount, refusal)


def bury(file: sqlite3.Connection) -> None:
    """Free the slices of workers that are no more."""
    dead = "SELECT id, nanousd FROM slices WHERE worker NOT IN (SELECT worker FROM workers)"
    for id, nanousd in file.execute(dead).fetchall():
        _shrink(file, id, nanousd)


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
    for drawn in bookings.drawn:
        _shrink(file, drawn.id, drawn.nanousd)
    for id in bookings.closed:
        _shrink(file, id, None)
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


def _left(file: sqlite3.Connection, pots: tuple[Pot, ...], amount: int) -> tuple[int, Refusal | None]:
    """Return what is left in the pot that has the least, and the first pot that has less than an amount."""
    left = 2**62
    for one in pots:
        if one.cap_nanousd is not None:
            spent, held = pot(file, one.name)
            if spent + held + amount > one.cap_nanousd:
                return 0, Refusal(one.name, one.cap_nanousd, spent, held)
            left = min(left, one.cap_nanousd - spent - held)
    return left, None


def _shrink(file: sqlite3.Connection, id: str, nanousd: int | None) -> None:
    """Take a part of a slice away, or all of it: it is no longer held, whether spent or given back."""
    row = file.execute("SELECT nanousd, pots FROM slices WHERE id = ?", (id,)).fetchone()
    if row is None:  # buried before
        return
    amount = row[0] if nanousd is None else min(nanousd, row[0])
    if amount == row[0]:
        file.execute("DELETE FROM slices WHERE id = ?", (id,))
    else:
        file.execute("UPDATE slices SET nanousd = nanousd - ? WHERE id = ?", (amount, id))
    file.executemany(_ADD_POT, [(name, 0, -amount) for name in row[1].split("\n")])


def _find(file: sqlite3.Connection, id: str) -> HeldMoney | None:
    row = file.execute("SELECT json FROM holds WHERE id = ?", (id,)).fetchone()
    return msgspec.json.decode(row[0], type=HeldMoney) if row else None
