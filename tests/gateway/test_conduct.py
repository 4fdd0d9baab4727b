import asyncio
import logging

import pytest

from cothink.core.chunk import Chunk, Usage
from cothink.core.errors import (
    ContextTooLong,
    CoThinkError,
    LimitReached,
    UpstreamBroken,
    UpstreamBusy,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from cothink.core.events import RunEnded
from cothink.core.request import Request
from cothink.gateway.app import build_app
from cothink.gateway.config import GatewayConfig
from cothink.gateway.parts import Readiness
from gateway.scripted import HELLO, Exchange, Heard, Scripted, Shelf, ask, chat, hang, make_parts


async def book(request: Request) -> None:
    """Enter a paid call."""
    entry = request.run.ledger.open("pro", "hosted", reserve_nanousd=2_000_000)
    request.run.ledger.close(entry, usage=Usage(10, 5), cost_nanousd=1_500_000, seconds=0.25, outcome="completed")


def note(words: str):
    async def step(request: Request) -> None:
        request.run.progress.note(words)
        await asyncio.sleep(0)

    return step


async def test_a_direct_stream_holds_its_head_until_the_first_content():
    release = asyncio.Event()

    async def wait(_request: Request) -> None:
        await release.wait()

    exchange = Exchange(
        build_app(make_parts(Shelf(r1=Scripted(Chunk(model="r1"), wait, *HELLO)))), chat(stream=True)
    ).begin()
    for _ in range(5):
        await asyncio.sleep(0)
    assert exchange.messages == []
    release.set()
    await exchange.finish()
    assert exchange.status == 200
    assert exchange.frames[-1] == "[DONE]"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (UpstreamUnreachable("No connection."), 502, "upstream_unreachable"),
        (UpstreamTimeout("Silent."), 504, "upstream_timeout"),
        (UpstreamBusy("Busy.", retry_after_s=6.2), 429, "upstream_busy"),
        (ContextTooLong("Too long.", param="messages"), 400, "context_length_exceeded"),
        (RuntimeError("secret words of a vendor"), 500, "internal_error"),
    ],
)
async def test_an_early_failure_is_a_real_status_in_openais_form(stream, error, status, code):
    heard = Heard()
    exchange = await ask(
        build_app(make_parts(Shelf(r1=Scripted(Chunk(model="r1"), error)), heard)), chat(stream=stream)
    )
    assert exchange.status == status
    assert exchange.error["code"] == code
    assert set(exchange.error) == {"message", "type", "param", "code"}
    assert b"secret" not in exchange.sent
    assert "x-request-id" in exchange.headers
    assert exchange.headers.get("retry-after") == ("7" if status == 429 else None)
    assert "x-should-retry" not in exchange.headers
    assert exchange.is_complete
    assert len(heard.outcomes) == 1


@pytest.mark.parametrize("stream", [False, True])
async def test_once_money_was_spent_an_error_tells_sdks_not_to_try_again(stream):
    engine = Scripted(book, UpstreamBroken("Half a frame."))
    exchange = await ask(build_app(make_parts(Shelf(r1=engine))), chat(stream=stream))
    assert (exchange.status, exchange.headers["x-should-retry"]) == (502, "false")


async def test_a_failure_in_mid_stream_is_an_error_event_without_done():
    heard = Heard()
    engine = Scripted(Chunk(text="Hel"), UpstreamBroken("The stream broke."))
    exchange = await ask(build_app(make_parts(Shelf(r1=engine), heard)), chat(stream=True))
    # what came before the failure in one read was not sent yet, so it is a plain error; after a wait it is an event
    assert exchange.status == 502
    engine = Scripted(Chunk(text="Hel"), lambda _: asyncio.sleep(0), UpstreamBroken("The stream broke."))
    exchange = await ask(build_app(make_parts(Shelf(r1=engine), heard)), chat(stream=True))
    assert exchange.status == 200
    assert exchange.frames[-1]["error"]["code"] == "upstream_broken"
    assert b"[DONE]" not in exchange.sent
    assert exchange.is_complete
    assert heard.outcomes == ["failed", "failed"]


@pytest.mark.parametrize("stream", [False, True])
async def test_a_stream_that_ends_without_a_finish_is_never_a_silent_end(stream):
    engine = Scripted(Chunk(text="Hel"), lambda _: asyncio.sleep(0), Chunk(text="lo"))
    exchange = await ask(build_app(make_parts(Shelf(r1=engine))), chat(stream=stream))
    assert (exchange.frames[-1] if stream else exchange.json)["error"]["code"] == "upstream_broken"
    assert b"[DONE]" not in exchange.sent


STAGES = {
    "before the first chunk": (hang,),
    "after an empty chunk": (Chunk(model="r1"), hang),
    "in a silent stream": (Chunk(text="Hel"), hang),
}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("team", [False, True])
@pytest.mark.parametrize("n", [1, 3])
async def test_a_hang_up_closes_the_model_at_every_stage(stage, stream, team, n):
    heard, shelf, engine = Heard(), Shelf(), Scripted(*STAGES[stage])
    shelf.add("m", engine, team=team)
    exchange = Exchange(build_app(make_parts(shelf, heard)), chat("m", stream=stream, n=n)).begin()
    await engine.until_opened(n)
    await exchange.leave()
    assert (engine.opened, engine.closed, engine.cut) == (n, n, n)
    assert (heard.started, heard.outcomes) == (1, ["cut"])
    assert len(asyncio.all_tasks()) == 1


async def test_a_client_that_left_before_its_body_came_starts_nothing():
    heard, engine = Heard(), Scripted(*HELLO)
    app = build_app(make_parts(Shelf(r1=engine), heard))

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        raise AssertionError(message)

    await app({"type": "http", "method": "POST", "path": "/v1/chat/completions", "headers": []}, receive, send)
    assert (engine.opened, heard.outcomes) == (0, ["cut"])


async def test_a_hang_up_while_the_client_reads_slowly_closes_the_model():
    engine = Scripted(*[Chunk(text="x" * 40_000)] * 50, Chunk(finish="stop"))
    exchange = Exchange(build_app(make_parts(Shelf(r1=engine))), chat(stream=True)).begin()
    exchange.writable.clear()
    for _ in range(20):
        await asyncio.sleep(0)
    assert engine.closed == 0  # the model waits for the client: nothing piles up here
    await exchange.leave()
    assert engine.closed == 1


async def test_a_team_says_what_it_does_before_the_answer():
    shelf = Shelf()
    shelf.add("team", Scripted(note("r1 answers"), note("checked: stands\n"), *HELLO), team=True)
    exchange = await ask(build_app(make_parts(shelf)), chat("team", stream=True))
    deltas = [frame["choices"][0]["delta"] for frame in exchange.frames[:-1]]
    assert [delta.get("reasoning_content") for delta in deltas[:3]] == [
        "r1 answers\n",
        "checked: stands\n",
        "Let me think.",
    ]
    assert "".join(delta.get("content", "") for delta in deltas) == "Hello world"
    assert {frame["model"] for frame in exchange.frames[:-1]} == {"team"}


async def test_a_team_that_fails_after_its_first_word_fails_inside_the_stream():
    shelf = Shelf()
    shelf.add("team", Scripted(note("r1 answers"), UpstreamTimeout("Silent.")), team=True)
    exchange = await ask(build_app(make_parts(shelf)), chat("team", stream=True))
    assert exchange.status == 200
    assert exchange.frames[-1]["error"]["code"] == "upstream_timeout"


async def test_a_silent_team_sends_its_head_in_time_and_then_heartbeats():
    shelf, heard = Shelf(), Heard()
    shelf.add("team", Scripted(hang), team=True)
    config = GatewayConfig(team_head_s=0.02, heartbeat_s=0.01)
    exchange = Exchange(build_app(make_parts(shelf, heard, config)), chat("team", stream=True)).begin()
    await exchange.until(b": keep-alive\n\n: keep-alive\n\n")
    assert exchange.status == 200
    await exchange.leave()
    assert heard.outcomes == ["cut"]


async def test_a_silent_direct_stream_gets_heartbeats_only_after_its_head():
    config = GatewayConfig(heartbeat_s=0.01)
    app = build_app(make_parts(Shelf(r1=Scripted(lambda _: asyncio.sleep(0.05), Chunk(text="a"), hang)), config=config))
    exchange = Exchange(app, chat(stream=True)).begin()
    await exchange.until(b": keep-alive\n\n")
    assert exchange.sent.startswith(b"data: {")
    await exchange.leave()


async def test_several_chunks_of_one_read_leave_in_one_write():
    engine = Scripted(
        Chunk(text="a"), Chunk(text="b"), lambda _: asyncio.sleep(0), Chunk(text="c"), Chunk(finish="stop")
    )
    exchange = await ask(build_app(make_parts(Shelf(r1=engine))), chat(stream=True))
    assert [write.count(b"data: ") for write in exchange.writes] == [2, 3]


@pytest.mark.parametrize("stream", [False, True])
async def test_n_answers_are_n_samples_with_their_own_seeds_and_one_sum(stream):
    engine = Scripted(*HELLO)
    body = chat(n=3, seed=5, stream=stream, **({"stream_options": {"include_usage": True}} if stream else {}))
    exchange = await ask(build_app(make_parts(Shelf(r1=engine))), body)
    assert sorted((request.sample, request.sampling.seed) for request in engine.requests) == [(0, 5), (1, 6), (2, 7)]
    assert len({id(request.run) for request in engine.requests}) == 1
    if stream:
        texts = {0: "", 1: "", 2: ""}
        finishes = []
        for frame in exchange.frames[:-2]:
            choice = frame["choices"][0]
            texts[choice["index"]] += choice["delta"].get("content", "")
            finishes += [choice["index"]] if choice["finish_reason"] else []
        assert set(texts.values()) == {"Hello world"}
        assert sorted(finishes) == [0, 1, 2]
        assert exchange.frames[-2]["choices"] == []
        assert exchange.frames[-2]["usage"]["total_tokens"] == 30
    else:
        assert [choice["index"] for choice in exchange.json["choices"]] == [0, 1, 2]
        assert exchange.json["usage"]["total_tokens"] == 30


@pytest.mark.parametrize("stream", [False, True])
async def test_one_failing_answer_of_n_fails_the_call_and_ends_the_others(stream):
    async def third_fails(request: Request) -> None:
        if request.sample == 2:
            raise UpstreamUnreachable("No connection.")
        await hang(request)

    engine = Scripted(third_fails, *HELLO)
    exchange = await ask(build_app(make_parts(Shelf(r1=engine))), chat(n=3, stream=stream))
    assert (exchange.status, engine.closed) == (502, 3)


async def test_the_whole_time_ends_a_call_with_504():
    heard, engine = Heard(), Scripted(hang)
    app = build_app(make_parts(Shelf(r1=engine), heard, GatewayConfig(whole_s=0.02)))
    exchange = await ask(app, chat())
    assert (exchange.status, exchange.error["code"], engine.closed) == (504, "deadline_passed", 1)
    assert heard.outcomes == ["failed"]


async def test_idle_means_content_so_empty_chunks_do_not_keep_a_stream_alive():
    async def drip(request: Request) -> None:
        await asyncio.sleep(0.01)

    engine = Scripted(Chunk(text="a"), *[drip, Chunk(model="r1")] * 100, Chunk(finish="stop"))
    app = build_app(make_parts(Shelf(r1=engine), config=GatewayConfig(idle_s=0.05)))
    exchange = await ask(app, chat(stream=True))
    assert exchange.frames[-1]["error"]["code"] == "deadline_passed"
    assert engine.closed == 1


async def test_a_limit_before_any_work_is_refused_and_after_it_failed():
    heard = Heard()
    await ask(build_app(make_parts(Shelf(r1=Scripted(LimitReached("No more."))), heard)), chat())
    await ask(build_app(make_parts(Shelf(r1=Scripted(book, LimitReached("No more."))), heard)), chat())
    assert heard.outcomes == ["refused", "failed"]


async def test_a_guard_turns_away_before_the_model_is_asked():
    def guard(request, model):
        raise ContextTooLong(f"{model.name} takes fewer tokens.", param="messages")

    heard, engine = Heard(), Scripted(*HELLO)
    exchange = await ask(build_app(make_parts(Shelf(r1=engine), heard, guard=guard)), chat())
    assert (exchange.error["code"], exchange.error["param"]) == ("context_length_exceeded", "messages")
    assert (engine.opened, heard.started, heard.outcomes) == (0, 0, ["refused"])


async def test_the_report_stands_in_the_body_and_the_headers():
    async def report(request: Request) -> None:
        run = request.run
        run.strategy, run.decision, run.verification = "cascade", "hard", "verified"
        run.stopped_by = "run_calls_limit"
        run.warn("temperature was dropped")

    shelf, heard = Shelf(), Heard()
    shelf.add("team", Scripted(book, report, *HELLO), team=True)
    exchange = await ask(build_app(make_parts(shelf, heard)), chat("team"), x_request_id="mine-1")
    assert exchange.json["cothink"] == {
        "trace_id": "mine-1",
        "strategy": "cascade",
        "decision": "hard",
        "verification": "verified",
        "stopped_by": "run_calls_limit",
        "warnings": ["temperature was dropped"],
        "cost_usd": 0.0015,
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        "calls": [
            {
                "model": "pro",
                "zone": "hosted",
                "outcome": "completed",
                "cost_usd": 0.0015,
                "seconds": 0.25,
                "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
            }
        ],
    }
    cothink = {name: value for name, value in exchange.headers.items() if name.startswith("x-cothink")}
    assert cothink == {
        "x-cothink-trace-id": "mine-1",
        "x-cothink-strategy": "cascade",
        "x-cothink-calls": "1",
        "x-cothink-cost-usd": "0.001500",
        "x-cothink-verification": "verified",
    }
    assert exchange.headers["x-request-id"] == "mine-1"
    ended = heard[-1]
    assert isinstance(ended, RunEnded)
    assert (ended.calls, ended.cost_nanousd, ended.strategy) == (1, 1_500_000, "cascade")
    assert (ended.status, ended.verification) == (200, "verified")


async def test_the_report_of_a_stream_stands_in_its_last_chunk():
    exchange = await ask(build_app(make_parts(Shelf(r1=Scripted(*HELLO)))), chat(stream=True))
    *before, last, done = exchange.frames
    assert done == "[DONE]"
    assert last["choices"][0]["finish_reason"] == "stop"
    assert last["cothink"]["usage"]["total_tokens"] == 10
    assert all("cothink" not in frame for frame in before)


async def test_a_successors_note_is_a_warning_and_one_log_line(caplog):
    shelf = Shelf()
    shelf.add("o1-pro", Scripted(*HELLO), note="o1-pro was switched off; another answers")
    with caplog.at_level(logging.INFO):
        exchange = await ask(build_app(make_parts(shelf)), chat("o1-pro"))
    assert exchange.json["cothink"]["warnings"] == ["o1-pro was switched off; another answers"]
    assert caplog.text.count("o1-pro was switched off") == 1
    assert exchange.json["model"] == "r1-real"


async def test_what_was_dropped_is_named_in_a_header_that_cannot_be_broken_out_of():
    body = chat(foo=1, **{"x\r\nset-cookie: a": 1})
    for stream in (False, True):
        exchange = await ask(build_app(make_parts(Shelf(r1=Scripted(*HELLO)))), body | {"stream": stream})
        assert exchange.headers["x-cothink-ignored"] == "foo, x??set-cookie??a"


@pytest.mark.parametrize(
    ("sent", "is_kept"), [("abc_-9", True), ("a" * 65, False), ("a b", False), ("", False), ("ü", False)]
)
async def test_a_clients_request_id_is_kept_only_where_it_is_sane(sent, is_kept):
    app = build_app(make_parts(Shelf(r1=Scripted(*HELLO))))
    good, bad = await ask(app, chat(), x_request_id=sent), await ask(app, b"{", x_request_id=sent)
    assert (good.headers["x-request-id"] == sent, bad.headers["x-request-id"] == sent) == (is_kept, is_kept)


async def test_a_cancel_by_the_server_is_an_answer_and_not_an_outcome_cut():
    heard, engine = Heard(), Scripted(hang)
    exchange = Exchange(build_app(make_parts(Shelf(r1=engine), heard)), chat()).begin()
    await engine.until_opened()
    assert exchange.task is not None
    exchange.task.cancel()
    await exchange.finish()
    assert (exchange.status, exchange.error["code"]) == (503, "not_ready")
    assert (engine.closed, heard.outcomes) == (1, ["failed"])


async def test_an_error_of_ours_keeps_its_own_code_and_param():
    class Odd(CoThinkError):
        status = 418

    exchange = await ask(build_app(make_parts(Shelf(r1=Scripted(Odd("words", param="p", code="c"))))), chat())
    assert (exchange.status, exchange.error) == (
        418,
        {"message": "words", "type": "api_error", "param": "p", "code": "c"},
    )


async def test_a_draining_gateway_still_serves_what_it_accepted():
    readiness = Readiness()
    readiness.is_draining = True
    exchange = await ask(build_app(make_parts(Shelf(r1=Scripted(*HELLO)), readiness=readiness)), chat())
    assert exchange.status == 200
