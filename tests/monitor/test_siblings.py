"""The counts of several workers, alive, dead, stuck and replaced."""

import asyncio
from pathlib import Path

from cothink.monitor.metrics import Metrics
from cothink.monitor.siblings import Siblings
from cothink.monitor.snapshot import Snapshot
from monitor.happenings import ended, started


def runs(snapshot: Snapshot) -> int:
    return sum(sample.value for sample in snapshot.samples["cothink_runs_total"])


def in_flight(snapshot: Snapshot) -> int:
    return sum(sample.value for sample in snapshot.samples["cothink_runs_in_flight"])


async def test_each_tells_the_sum_and_a_dead_ones_counts_stay_without_its_gauges(tmp_path: Path) -> None:
    metrics = [Metrics(), Metrics()]
    both = [Siblings(tmp_path, index, 2, one.snapshot) for index, one in enumerate(metrics)]
    for one in both:
        await one.start()
    for count, one in zip((3, 4), metrics, strict=True):
        for _ in range(count):
            one(ended())
        one(started("open"))
    assert [(runs(found), in_flight(found)) for found in [await one.snapshot() for one in both]] == [(7, 2)] * 2
    await both[1].stop()
    found = await both[0].snapshot()
    assert (runs(found), in_flight(found)) == (7, 1)
    successor = Metrics()
    heir = Siblings(tmp_path, 1, 2, successor.snapshot)
    await heir.start()
    successor(ended())
    assert runs(await both[0].snapshot()) == runs(await heir.snapshot()) == 8
    await heir.stop()
    await both[0].stop()


async def test_one_that_is_stuck_is_taken_from_what_it_wrote_down(tmp_path: Path) -> None:
    metrics = [Metrics(), Metrics()]
    one, stuck = [Siblings(tmp_path, index, 2, each.snapshot) for index, each in enumerate(metrics)]
    metrics[1](ended())
    await stuck.start()
    await stuck.stop()

    over, closed = asyncio.Event(), asyncio.Event()

    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()
        closed.set()

    (tmp_path / "1.sock").unlink(missing_ok=True)
    server = await asyncio.start_unix_server(say_nothing, tmp_path / "1.sock")
    await one.start()
    assert runs(await one.snapshot()) == 1
    over.set()
    await closed.wait()
    server.close()
    await one.stop()


async def test_a_file_that_cannot_be_read_counts_nothing_and_is_told(tmp_path: Path, caplog) -> None:
    (tmp_path / "0.counts").write_bytes(b"\x00not a snapshot")
    one = Siblings(tmp_path, 0, 1, Metrics().snapshot)
    assert runs(await one.snapshot()) == 0
    assert "cannot be read" in caplog.text


async def test_no_room_for_the_file_is_told_and_changes_no_answer(tmp_path: Path, caplog) -> None:
    metrics = Metrics()
    metrics(ended())
    one = Siblings(tmp_path / "gone", 0, 1, metrics.snapshot)
    assert runs(await one.snapshot()) == 1
    assert "could not be kept" in caplog.text
