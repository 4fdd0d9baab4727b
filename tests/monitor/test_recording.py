"""Drawing, taking down, writing and forgetting of records."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cothink.core.answer import Answer, collect
from cothink.core.chunk import Chunk
from cothink.core.engine import Engine
from cothink.core.errors import SettingError, UpstreamBroken
from cothink.core.messages import ImagePart, ImageUrl, Message, TextPart
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.core.verdict import Verdict
from cothink.monitor.config import RecordsConfig
from cothink.monitor.metrics import Metrics
from cothink.monitor.record import Tape
from cothink.monitor.recorder import Recorder
from cothink.monitor.recording import METRIC, Recording
from cothink.monitor.series import Count
from cothink.store.records import Filter, Head, Records
from monitor.happenings import ended

SAID = (
    Chunk(reasoning="hm, ada@example.com", model="m"),
    Chunk(text="It is "),
    Chunk(text="42."),
    Chunk(finish="stop"),
)


class Says:
    """An engine that says what it is told to."""

    def __init__(self, *chunks: Chunk, fault: Exception | None = None) -> None:
        self.chunks = chunks or SAID
        self.fault = fault

    async def stream(self, request: Request) -> AsyncIterator[Chunk]:
        for chunk in self.chunks:
            yield chunk
        if self.fault is not None:
            raise self.fault


def asked(id: str = "req-1", text: str = "Mail me at ada@example.com.", **more: Any) -> Request:
    return Request(model="r1", messages=(Message("user", text),), run=Run(id), **more)


def config(path: Path, **more: Any) -> RecordsConfig:
    return RecordsConfig(path=str(path / "records.db"), **({"share": 1.0} | more))


def rested(path: Path) -> list[dict[str, Any]]:
    records = Records(path / "records.db")
    try:
        return [msgspec.json.decode(one) for one in records.every(Filter())]
    finally:
        records.close()


async def run_one(recording: Recording, request: Request, engine: Engine, **more: Any) -> None:
    await collect(recording.recorder.around(engine).stream(request))
    recording.recorder(ended(request.run.id, **more))


async def test_a_record_holds_the_whole_run_masked_and_without_thoughts(tmp_path: Path) -> None:
    metrics = Metrics()
    recording = Recording(config(tmp_path), metrics)
    recording.start()
    request = asked()
    entry = request.run.ledger.open("r1", "site")
    request.run.ledger.close(entry, usage=None, cost_nanousd=0, seconds=0.5, outcome="completed")
    request.run.trace.note("check", Verdict(check="sums", standing="stands", evidence="ask ada@example.com"))
    await run_one(recording, request, Says())
    await recording.stop()
    (record,) = rested(tmp_path)
    assert record["request"]["messages"] == [{"role": "user", "content": "Mail me at <EMAIL_ADDRESS>."}]
    assert record["answers"] == [{"text": "It is 42.", "finish": "stop", "model": "m"}]
    assert record["checks"] == [{"check": "sums", "standing": "stands", "evidence": "ask <EMAIL_ADDRESS>"}]
    assert (record["trace_id"], record["key"], record["outcome"]) == ("req-1", "alice", "completed")
    assert record["calls"][0]["model"] == "r1"
    assert record["cost_usd"] == 1.500000001
    assert b"ada@" not in (tmp_path / "records.db").read_bytes()
    assert metrics.count(METRIC, "written").value == 1


async def test_thoughts_are_kept_where_they_are_asked_for_and_masked(tmp_path: Path) -> None:
    recording = Recording(config(tmp_path, reasoning=True), Metrics())
    recording.start()
    await run_one(recording, asked(), Says())
    await recording.stop()
    assert rested(tmp_path)[0]["answers"][0]["reasoning"] == "hm, <EMAIL_ADDRESS>"


async def test_an_answer_that_broke_off_is_recorded_as_far_as_it_came(tmp_path: Path) -> None:
    recording = Recording(config(tmp_path), Metrics())
    recording.start()
    request = asked()
    with pytest.raises(UpstreamBroken):
        await collect(recording.recorder.around(Says(*SAID[:2], fault=UpstreamBroken("gone"))).stream(request))
    recording.recorder(ended(outcome="failed", error="upstream_broken", status=502))
    other = asked("req-2")
    async with aclosing(recording.recorder.around(Says()).stream(other)) as stream:
        await anext(stream)  # and then the client leaves
    recording.recorder(ended("req-2", outcome="cut", status=499))
    await recording.stop()
    broken, cut = rested(tmp_path)
    assert (broken["outcome"], broken["answers"][0]["text"], broken["answers"][0]["finish"]) == (
        "failed",
        "It is ",
        None,
    )
    assert (cut["outcome"], cut["answers"][0]["text"]) == ("cut", "")


async def test_several_answers_to_one_request_are_one_record(tmp_path: Path) -> None:
    recording = Recording(config(tmp_path), Metrics())
    recording.start()
    engine = recording.recorder.around(Says())
    request = asked()
    streams = [engine.stream(msgspec.structs.replace(request, sample=sample)) for sample in range(3)]
    await asyncio.gather(*(collect(stream) for stream in streams))
    recording.recorder(ended())
    await recording.stop()
    (record,) = rested(tmp_path)
    assert [answer["text"] for answer in record["answers"]] == ["It is 42."] * 3


async def test_runs_of_one_id_have_a_record_each(tmp_path: Path) -> None:
    recording = Recording(config(tmp_path), Metrics())
    recording.start()
    engine = recording.recorder.around(Says())
    for text in ("one", "two"):
        await collect(engine.stream(asked(text=text)))
    recording.recorder(ended())
    recording.recorder(ended())
    recording.recorder(ended())  # a third that was not drawn
    await recording.stop()
    assert [record["request"]["messages"][0]["content"] for record in rested(tmp_path)] == ["one", "two"]


def test_what_is_not_drawn_is_the_engines_own_stream() -> None:
    class Marked:
        def stream(self, request: Request) -> str:
            return "the very same"

    recorder = Recorder(RecordsConfig(share=0.0), lambda tape: True, Count())
    assert recorder.around(Marked()).stream(asked()) == "the very same"  # type: ignore[arg-type]


def test_the_share_that_is_drawn_is_the_share_that_was_set() -> None:
    recorder = Recorder(RecordsConfig(share=0.1), lambda tape: True, Count())
    drawn = sum(recorder.is_drawn() for _ in range(100_000))
    assert 9_400 < drawn < 10_600  # six standard deviations
    assert all(Recorder(RecordsConfig(share=1.0), lambda tape: True, Count()).is_drawn() for _ in range(9))


async def test_more_than_the_cap_of_a_second_is_dropped_and_counted() -> None:
    kept: list[Tape] = []
    now = 0.0
    dropped = Count()
    recorder = Recorder(
        RecordsConfig(share=1.0, per_second=5),
        lambda tape: not kept.append(tape),  # type: ignore[func-returns-value]
        dropped,
        clock=lambda: now,
    )
    for number in range(20):
        await collect(recorder.around(Says()).stream(asked(f"req-{number}")))
        recorder(ended(f"req-{number}"))
    assert (len(kept), dropped.value) == (5, 15)
    now = 1.0
    await collect(recorder.around(Says()).stream(asked("later")))
    recorder(ended("later"))
    assert len(kept) == 6


async def test_a_full_queue_drops_and_counts_and_no_answer_waits(tmp_path: Path) -> None:
    metrics = Metrics()
    recording = Recording(config(tmp_path, waiting=3, per_second=1000), metrics)  # its thread is not started yet
    for number in range(10):
        await run_one(recording, asked(f"req-{number}"), Says())
    assert metrics.count(METRIC, "dropped").value == 7
    recording.start()
    await recording.stop()
    assert len(rested(tmp_path)) == metrics.count(METRIC, "written").value == 3


async def test_the_queue_is_bounded_in_bytes_too(tmp_path: Path) -> None:
    metrics = Metrics()
    recording = Recording(config(tmp_path, waiting_mb=1), metrics)
    for number in range(4):
        await run_one(recording, asked(f"req-{number}", "x " * 200_000), Says())
    assert metrics.count(METRIC, "dropped").value == 2
    recording.start()
    await recording.stop()


async def test_long_texts_are_cut_and_pictures_are_left_out(tmp_path: Path) -> None:
    recording = Recording(config(tmp_path, most_chars=100), Metrics())
    recording.start()
    picture = ImagePart(ImageUrl("data:image/png;base64," + "A" * 5_000))
    request = Request(
        model="r1", messages=(Message("user", (TextPart("look"), picture)), Message("user", "b " * 500)), run=Run("r")
    )
    await run_one(recording, request, Says(*[Chunk(text="word ")] * 100, Chunk(finish="stop")))
    await recording.stop()
    (record,) = rested(tmp_path)
    parts, long = (message["content"] for message in record["request"]["messages"])
    assert parts[1]["image_url"]["url"] == "data:image/png;base64,[5000 characters]"
    assert (len(long), long.endswith("[…]")) == (104, True)
    answer = record["answers"][0]
    assert (len(answer["text"]), answer["finish"]) == (100, "stop")


async def test_a_disk_that_cannot_be_written_loses_records_and_says_so_once(tmp_path: Path, caplog) -> None:
    (tmp_path / "records.db").mkdir()
    metrics = Metrics()
    recording = Recording(config(tmp_path), metrics)
    recording.start()
    for number in range(3):
        await run_one(recording, asked(f"req-{number}"), Says())
    await recording.stop()
    assert metrics.count(METRIC, "failed").value == 3
    assert caplog.text.count("Records cannot be written") == 1


def head(at: float, size: int) -> Head:
    return Head(0, at, size, f"t{at:g}", "r1", "alice", "direct", "completed", 0)


def test_old_records_go_by_age_then_by_bytes_the_oldest_first(tmp_path: Path) -> None:
    records = Records(tmp_path / "r.db")
    records.add([(head(at, 100), b"{}") for at in range(1000)])
    assert records.prune(before=100.0, most_bytes=10**9) == 100
    assert records.prune(before=100.0, most_bytes=50_000) == 400
    left = records.newest(Filter(), 2_000)
    assert (len(left), left[-1].at, left[0].at) == (500, 500.0, 999.0)
    assert records.prune(before=0.0, most_bytes=50_000) == 0
    records.close()


def test_records_are_found_by_trace_number_and_filter(tmp_path: Path) -> None:
    records = Records(tmp_path / "r.db")
    records.add([(head(at, 10), b'{"at":%d}' % at) for at in range(500)])
    records.close()
    again = Records(tmp_path / "r.db")  # another process, after a restart
    assert [json for _, json in again.find("t7")] == [b'{"at":7}']
    assert [json for _, json in again.find("8")] == [b'{"at":7}']
    assert again.find("'; DROP TABLE records; --") == []
    assert len(list(again.every(Filter()))) == 500
    assert len(list(again.every(Filter(model="pro")))) == 0
    assert [one.at for one in again.newest(Filter(since=498.0, key="alice", outcome="completed"), 9)] == [499.0, 498.0]
    again.close()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"share": 1.5}, "share is 1.5; allowed is 0 to 1"),
        ({"waiting": 0}, "waiting is 0; allowed is 1 to"),
        ({"redact": ("personal", "names")}, "redact names 'names'; allowed are personal"),
        ({"keep_days": True}, "keep_days is True"),
    ],
)
def test_settings_out_of_range_are_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingError, match=words):
        RecordsConfig(**values)


async def test_an_engine_that_answers_in_one_piece_still_does_and_is_recorded(tmp_path: Path) -> None:
    class Whole(Says):
        async def whole(self, request: Request, seen: Callable[[Chunk], object]) -> Answer:
            return Answer(text="at once", finish="stop")

    recording = Recording(config(tmp_path), Metrics())
    recording.start()
    engine = recording.recorder.around(Whole())
    assert engine.whole is not None
    answer = await engine.whole(asked(), lambda chunk: None)
    assert answer.text == "at once"
    recording.recorder(ended())
    await recording.stop()
    assert rested(tmp_path)[0]["answers"][0]["text"] == "at once"
    assert recording.recorder.around(Says()).whole is None
