import asyncio
from typing import Any

import pytest
from responses_vendor import Answer, FakeHttp, FakeTime, Vendor, until

from cothink.core.answer import collect
from cothink.core.errors import CoThinkError, UpstreamError, UpstreamRefused, UpstreamUnreachable
from cothink.core.messages import Message
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.engines.catalogue import Catalogue
from cothink.engines.responses import Responses
from cothink.engines.responses_config import ResponsesConfig

ROW = Catalogue().row("gpt-6.1-sol")


class Bench:
    """An engine with everything around it."""

    def __init__(self, vendor: Vendor, **config: Any) -> None:
        self.vendor = vendor
        self.time = FakeTime()
        self.remembered: list[tuple[str, str]] = []
        self.notes: list[str] = []
        self.run = Run("run-1")
        self.run.progress.listener = self.notes.append
        self.engine = Responses(
            ResponsesConfig(model=ROW.name, **config),
            ROW,
            http=FakeHttp(vendor),
            remember=self.remember,
            clock=self.time.clock,
            sleep=self.time.sleep,
        )

    async def remember(self, run_id: str, response_id: str) -> None:
        assert self.vendor.stages == ["create"]  # before the first look
        self.remembered.append((run_id, response_id))

    def ask(self) -> "asyncio.Task[Any]":
        request = Request(model="pro", messages=(Message("user", "hi"),), run=self.run)
        return asyncio.create_task(collect(self.engine.stream(request)))


async def test_it_is_begun_remembered_and_asked_for_with_growing_waits() -> None:
    bench = Bench(Vendor(looks=8))
    assert (await bench.ask()).text == "42"
    assert bench.remembered == [("run-1", "resp_1")]
    assert bench.vendor.stages == ["create"] + ["look"] * 8
    assert bench.vendor.seen[1][1] == "/responses/resp_1"
    assert bench.time.slept == [0.5, 0.75, 1.125, 1.6875, 2.53125, 3.796875, 4.0, 4.0]


async def test_a_waiting_client_is_told_now_and_then() -> None:
    bench = Bench(Vendor(looks=14), heartbeat_s=10)
    await bench.ask()
    assert bench.notes == [
        "The pro has begun.",
        "The pro is thinking, 10 s.",
        "The pro is thinking, 22 s.",
        "The pro is thinking, 34 s.",
    ]


async def test_an_answer_that_is_ready_at_once_is_not_asked_for() -> None:
    bench = Bench(Vendor())
    bench.vendor.faults["create"] = [Answer.json({"id": "resp_9", "status": "completed", "output": []})]
    assert (await bench.ask()).finish == "stop"
    assert (bench.remembered, bench.vendor.stages) == ([], ["create"])


@pytest.mark.parametrize("stage", ["create", "remember", "sleep", "look"])
async def test_a_client_that_leaves_takes_the_answer_with_it_at_every_stage(stage: str) -> None:
    bench = Bench(Vendor(looks=99))
    hold = asyncio.Event()
    if stage in {"create", "look"}:
        bench.vendor.gates[stage] = hold
        reached = bench.vendor.reached[stage]
    elif stage == "sleep":
        bench.time.hold, reached = hold, bench.time.asleep
    else:
        reached = asyncio.Event()

        async def slow(run_id: str, response_id: str) -> None:
            reached.set()
            await hold.wait()

        bench.engine._background._remember = slow
    task = bench.ask()
    await asyncio.wait_for(reached.wait(), 5)
    task.cancel()
    if stage == "create":
        await asyncio.sleep(0.01)
        hold.set()  # the id comes only after the client has left
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.vendor.seen[-1][:2] == ("cancel", "/responses/resp_1/cancel")
    assert bench.vendor.kept["resp_1"]["status"] == "cancelled"


async def test_a_client_that_leaves_twice_does_not_stop_the_cancel() -> None:
    bench = Bench(Vendor(looks=99))
    bench.time.hold = asyncio.Event()
    bench.vendor.gates["cancel"] = asyncio.Event()
    task = bench.ask()
    await bench.time.asleep.wait()
    task.cancel()
    await bench.vendor.reached["cancel"].wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    bench.vendor.gates["cancel"].set()
    await bench.engine.aclose()
    assert bench.vendor.kept["resp_1"]["status"] == "cancelled"


async def test_a_cancel_that_gets_no_answer_holds_nobody_for_long(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(Vendor(looks=99), cancel_s=0.1)
    bench.time.hold = asyncio.Event()
    bench.vendor.gates["cancel"] = asyncio.Event()
    task = bench.ask()
    await bench.time.asleep.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 5)
    assert "The cancel of resp_1 got no answer within 0.1 s" in caplog.text


async def test_a_begin_that_never_answers_holds_a_leaving_client_only_so_long(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(Vendor(), cancel_s=0.1)
    bench.vendor.gates["create"] = asyncio.Event()
    task = bench.ask()
    await bench.vendor.reached["create"].wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 5)
    assert "may go on unseen" in caplog.text


async def test_a_begin_that_fails_after_the_client_left_is_noted(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(Vendor())
    bench.vendor.gates["create"] = asyncio.Event()
    bench.vendor.faults["create"] = [UpstreamUnreachable("gone")]
    task = bench.ask()
    await bench.vendor.reached["create"].wait()
    task.cancel()
    await asyncio.sleep(0)
    bench.vendor.gates["create"].set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "upstream_unreachable" in caplog.text


async def test_a_stream_that_is_closed_after_the_answer_cancels_nothing() -> None:
    bench = Bench(Vendor())
    stream = bench.engine.stream(Request(model="pro", messages=(Message("user", "hi"),), run=bench.run))
    assert (await anext(stream)).text == "42"
    await stream.aclose()
    assert "cancel" not in bench.vendor.stages


async def test_looks_that_fail_are_tried_again_and_a_busy_vendor_sets_the_pace() -> None:
    bench = Bench(Vendor(looks=1))
    busy = Answer.json({"error": {"code": "rate_limit_exceeded"}}, 429, retry_after="7")
    bench.vendor.faults["look"] = [Answer(502, b"<html>"), busy, Answer(200, b"half"), UpstreamUnreachable("reset")]
    assert (await bench.ask()).text == "42"
    assert bench.vendor.stages.count("look") == 5
    assert bench.time.slept[:3] == [0.5, 0.75, 7.0]


async def test_a_look_that_hangs_is_left_and_tried_again() -> None:
    bench = Bench(Vendor(looks=1), look_s=0.05)
    bench.vendor.gates["look"] = asyncio.Event()
    task = bench.ask()
    await until(lambda: bench.vendor.stages.count("look") == 2)
    bench.vendor.gates["look"].set()
    assert (await task).text == "42"


async def test_an_answer_is_given_up_after_so_many_failed_looks_and_cancelled() -> None:
    bench = Bench(Vendor(), poll_failures=3)
    bench.vendor.faults["look"] = [Answer(500, b"")] * 9
    with pytest.raises(UpstreamError) as caught:
        await bench.ask()
    assert (caught.value.status, caught.value.code) == (502, "upstream_error")
    assert bench.vendor.stages == ["create", "look", "look", "look", "cancel"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Answer.error(404, None), "response_expired"),
        (Answer.error(401, "invalid_api_key"), "upstream_auth"),
        (Answer.error(400, "bad"), "bad"),
    ],
)
async def test_a_look_without_hope_ends_the_waiting_at_once(fault: Answer, code: str) -> None:
    bench = Bench(Vendor())
    bench.vendor.faults["look"] = [fault]
    with pytest.raises(UpstreamError) as caught:
        await bench.ask()
    assert caught.value.code == code
    assert bench.vendor.stages == ["create", "look", "cancel"]


@pytest.mark.parametrize(
    ("end", "kind", "code"),
    [
        ({"status": "failed", "error": {"code": "server_error", "message": "x"}}, UpstreamError, "upstream_error"),
        ({"status": "failed", "error": {"code": "invalid_prompt", "message": "x"}}, UpstreamRefused, "invalid_prompt"),
        ({"status": "failed", "error": None}, UpstreamError, "upstream_error"),
        ({"status": "failed", "error": "odd"}, UpstreamError, "upstream_error"),
        ({"status": "cancelled"}, UpstreamError, "response_cancelled"),
        ({"status": "expired"}, UpstreamError, "response_expired"),
        ({"status": "dreaming"}, UpstreamError, "upstream_broken"),
    ],
)
async def test_an_answer_that_ends_badly_is_an_error_and_needs_no_cancel(
    end: dict[str, Any], kind: type[CoThinkError], code: str
) -> None:
    bench = Bench(Vendor(looks=1, **end))
    with pytest.raises(kind) as caught:
        await bench.ask()
    assert caught.value.code == code
    assert bench.vendor.stages == ["create", "look"]


async def test_an_answer_that_cannot_be_remembered_is_not_paid_for() -> None:
    bench = Bench(Vendor())

    async def broken(run_id: str, response_id: str) -> None:
        raise CoThinkError("the store is gone")

    bench.engine._background._remember = broken
    with pytest.raises(CoThinkError, match="store is gone"):
        await bench.ask()
    assert bench.vendor.stages == ["create", "cancel"]


async def test_a_restart_resumes_a_paid_answer_without_beginning_it_again() -> None:
    vendor = Vendor(looks=3)
    before = Bench(vendor)
    before.time.hold = asyncio.Event()
    task = before.ask()
    await before.time.asleep.wait()
    vendor.faults["cancel"] = [UpstreamUnreachable("the process was killed")]
    task.cancel()
    await until(task.done)

    after = Bench(vendor)
    run_id, response_id = before.remembered[0]
    got = await collect(after.engine.resume(response_id, Run(run_id), ("2",)))
    assert (got.text, got.finish) == ("4", "stop")
    assert got.usage is not None
    assert vendor.stages.count("create") == 1
    assert after.remembered == []


async def test_a_resumed_answer_that_nobody_waits_for_is_cancelled_too() -> None:
    bench = Bench(Vendor(looks=99))
    bench.vendor.kept["resp_7"] = {"id": "resp_7", "status": "in_progress", "looks": 0}
    bench.time.hold = asyncio.Event()
    task = asyncio.create_task(collect(bench.engine.resume("resp_7", bench.run)))
    await bench.time.asleep.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.vendor.kept["resp_7"]["status"] == "cancelled"


async def test_an_answer_that_is_no_longer_kept_cannot_be_resumed() -> None:
    bench = Bench(Vendor())
    with pytest.raises(UpstreamError) as caught:
        await collect(bench.engine.resume("resp_7", bench.run))
    assert caught.value.code == "response_expired"
    with pytest.raises(UpstreamError):
        await collect(bench.engine.resume("../models", bench.run))
    assert all("models" not in path for _, path, _ in bench.vendor.seen)


async def test_a_plain_answer_is_accompanied_by_notes_and_ends_with_its_client() -> None:
    bench = Bench(Vendor(), delivery="plain")
    bench.vendor.gates["create"] = asyncio.Event()
    task = bench.ask()
    await until(lambda: len(bench.notes) > 2)
    assert bench.notes[0] == "The pro is thinking, 10 s."
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
