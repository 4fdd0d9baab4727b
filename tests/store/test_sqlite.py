"""The file itself: versions of its tables, permissions, a disk without room, another process that writes."""

import sqlite3
import stat
from pathlib import Path

import pytest

from cothink.core.errors import StoreAway
from cothink.store.key import KeyRecord
from cothink.store.money import HeldMoney, Pot
from cothink.store.sqlite import Schema, SqliteFile
from cothink.store.sqlite_store import SqliteStore

ONE = Schema("things", ("CREATE TABLE things (name TEXT)",))
TWO = Schema("things", (*ONE.steps, "ALTER TABLE things ADD COLUMN size INTEGER DEFAULT 7"))


async def test_a_newer_version_adds_its_steps_and_keeps_the_data(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.db"
    old = SqliteFile(path, (ONE,))
    await old.run(lambda file: file.execute("INSERT INTO things VALUES ('x')"))
    await old.aclose()
    new = SqliteFile(path, (TWO, Schema("others", ("CREATE TABLE others (name TEXT)",))))
    assert await new.run(lambda file: file.execute("SELECT * FROM things").fetchall()) == [("x", 7)]
    await new.aclose()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_an_older_program_leaves_newer_tables_alone(tmp_path: Path) -> None:
    new = SqliteFile(tmp_path / "a.db", (TWO,))
    await new.run(lambda file: file.execute("SELECT 1"))
    await new.aclose()
    old = SqliteFile(tmp_path / "a.db", (ONE,))
    with pytest.raises(StoreAway, match="version 2; this CoThink knows up to 1"):
        await old.run(lambda file: file.execute("SELECT 1"))
    await old.aclose()


async def test_work_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    file = SqliteFile(tmp_path / "a.db", (ONE,))

    def work(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO things VALUES ('x')")
        raise KeyError("half way")

    with pytest.raises(KeyError):
        await file.run(work)
    assert await file.run(lambda connection: connection.execute("SELECT * FROM things").fetchall()) == []
    await file.aclose()


async def test_a_disk_without_room_is_told_and_works_again_when_there_is_some(tmp_path: Path) -> None:
    full = SqliteStore(tmp_path / "a.db", pragmas=("max_page_count = 40",))
    record = KeyRecord(id="k", name="alice", digest="d", prefix="ck-")
    await full.put_key(record)
    held = 0
    with pytest.raises(StoreAway, match="full"):
        for held in range(10_000):
            money = HeldMoney(
                id=f"h{held}", worker="w", key="k", team="", model="m" * 500, pots=("p",), nanousd=1, at=0.0
            )
            await full.hold(money, (Pot("p", 10_000),))
    assert await full.pot("p") == (0, held), "what was refused was not counted"
    await full.aclose()
    roomy = SqliteStore(tmp_path / "a.db")
    assert await roomy.hold(money, (Pot("p", 10_000),)) is None
    assert await roomy.pot("p") == (0, held + 1)
    await roomy.aclose()


async def test_a_file_that_another_process_holds_is_told_after_the_time_out(tmp_path: Path) -> None:
    file = SqliteFile(tmp_path / "a.db", (ONE,), timeout_s=0.05)
    await file.run(lambda connection: connection.execute("SELECT 1"))
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreAway, match="locked"):
        await file.run(lambda connection: connection.execute("SELECT 1"))
    other.execute("ROLLBACK")
    other.close()
    await file.run(lambda connection: connection.execute("SELECT 1"))
    await file.aclose()


async def test_something_that_is_no_database_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"not a database, but long enough to be looked at" * 100)
    file = SqliteFile(tmp_path / "a.db", (ONE,))
    with pytest.raises(StoreAway, match="not a database"):
        await file.run(lambda connection: connection.execute("SELECT 1"))
    await file.aclose()
