"""Bytes in a SQLite file, real files each."""

import asyncio
import os
import sqlite3
import stat
from pathlib import Path

import pytest

from cothink.core.errors import SettingError
from cothink.store.blobs import SqliteBlobs


def blobs(path: Path, most_bytes: int = 1 << 20, wall=lambda: 1000.0) -> SqliteBlobs:
    return SqliteBlobs(path / "deep" / "cache.db", most_bytes=most_bytes, ttl_s=60, wall=wall)


async def test_what_is_put_is_found_by_the_next_process(tmp_path):
    one = blobs(tmp_path)
    assert one.put(b"k", b"v", 1000.0)
    await one.aclose()
    two = blobs(tmp_path)
    assert await two.get(b"k") == b"v"
    assert await two.get(b"x") is None
    await two.aclose()


async def test_only_its_owner_may_read_the_file(tmp_path):
    one = blobs(tmp_path)
    await one.aclose()
    assert stat.S_IMODE((tmp_path / "deep" / "cache.db").stat().st_mode) == 0o600


async def test_old_values_are_not_given(tmp_path):
    now = [1000.0]
    one = blobs(tmp_path, wall=lambda: now[0])
    one.put(b"k", b"v", 1000.0)
    await one.aclose()
    now[0] += 61
    two = blobs(tmp_path, wall=lambda: now[0])
    assert await two.get(b"k") is None
    await two.aclose()


async def test_the_longest_unused_values_leave_first(tmp_path):
    now = [1000.0]
    one = blobs(tmp_path, most_bytes=10_000, wall=lambda: now[0])
    for number in range(30):
        now[0] += 1
        one.put(b"%d" % number, b"x" * 1000, now[0])
        await _written(one)
        await one.get(b"0")
        await _written(one)
    assert await one.get(b"0") is not None
    assert await one.get(b"1") is None
    assert await one.get(b"29") is not None
    (held,) = sqlite3.connect(tmp_path / "deep" / "cache.db").execute("SELECT sum(bytes) FROM blobs").fetchone()
    assert held <= 10_000
    await one.aclose()


async def test_a_file_that_is_no_database_is_told_at_start(tmp_path):
    path = tmp_path / "deep" / "cache.db"
    path.parent.mkdir()
    path.write_bytes(b"no database, and long enough to be looked at as one" * 40)
    with pytest.raises(SettingError, match="cannot be opened"):
        blobs(tmp_path)


async def test_a_full_disk_makes_misses_and_no_errors(tmp_path, caplog):
    one = blobs(tmp_path)
    one._writer.execute("PRAGMA max_page_count = 8")
    for number in range(20):
        one.put(b"%d" % number, os.urandom(20_000), 1000.0)
    await _written(one)
    assert one.dropped > 0
    assert await one.get(b"19") is None
    assert len([record for record in caplog.records if "does not work" in record.message]) == 1
    await one.aclose()


async def test_writes_beyond_the_queue_are_dropped_not_waited_for(tmp_path):
    one = blobs(tmp_path, most_bytes=1 << 30)
    taken = [one.put(b"%d" % number, bytes(1 << 20), 1000.0) for number in range(200)]
    assert not all(taken)
    assert one.dropped == taken.count(False)
    await one.aclose()


async def _written(one: SqliteBlobs) -> None:
    while one._waiting_bytes or not one._jobs.empty():
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.002)
