"""The engine against servers: what goes out, what comes back, and what a client that leaves leaves behind."""

import asyncio
import gc
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

import msgspec
import pytest
from chat_requests import TOOL, ask

from cothink.core.answer import collect
from cothink.core.errors import (
    ContextTooLong,
    NotReady,
    UpstreamBroken,
    UpstreamBusy,
    UpstreamError,
    UpstreamRefused,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from cothink.engines.chat_completions import ChatCompletions
from cothink.engines.chat_config import ChatCompletionsConfig
from cothink.engines.fake_config import FakeServerConfig
from cothink.engines.fake_server import FakeServer
from raw_upstream import CHUNKED, Peer, RawUpstream, always, ok

SSE_HEAD = CHUNKED.replace(b"\r\n\r\n", b"\r\ncontent-type: text/event-stream\r\n\r\n")
FRAME = b'data: {"choices": [{"index": 0, "delta": {"content": "hi"}}]}\n\n'


STOP = b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\n'
WHOLE = ok(
    b'{"choices": [{"index": 0, "message": {"content": "x"}, "finish_reason": "stop"}]}',
    "content-type: application/json; charset=utf-8",
)


def chunked(data):
    return b"%x\r\n%b\r\n" % (len(data), data)


@asynccontextmanager
async def engine_at(url, **settings):
    engine = ChatCompletions(ChatCompletionsConfig(**{"url": url, "model": "m", **settings}))
    try:
        yield engine
    finally:
        await engine.aclose()


@asynccontextmanager
async def faked(request_fields=None, **script):
    async with FakeServer(FakeServerConfig(**script)) as server, engine_at(server.url) as engine:
        yield server, engine


@pytest.mark.parametrize("stream", [True, False])
async def test_an_answer_comes_whole_with_thought_usage_and_log_probs(stream):
    async with faked(text="It is 42.", reasoning="Let me see.") as (server, engine):
        answer = await collect(engine.stream(ask(stream=stream, logprobs=True)))
        assert (answer.text, answer.reasoning, answer.finish, answer.model) == ("It is 42.", "Let me see.", "stop", "m")
        assert answer.usage.prompt_tokens == 2
        assert answer.usage.reasoning_tokens == 3
        assert "".join(token.token for token in answer.logprobs) == "It is 42."
        assert server.app.bodies[0].get("stream", False) is stream


async def test_without_streaming_there_is_one_chunk():
    async with faked(reasoning="hm") as (_, engine), aclosing(engine.stream(ask(stream=False))) as stream:
        assert len([chunk async for chunk in stream]) == 1


@pytest.mark.parametrize("stream", [True, False])
async def test_tools_are_called(stream):
    async with faked(tool_arguments='{"city": "Rome"}') as (_, engine):
        answer = await collect(engine.stream(ask(tools=(TOOL,), stream=stream)))
        (call,) = answer.tool_calls
        assert (call.function.name, call.function.arguments) == ("weather", '{"city": "Rome"}')
        assert answer.finish == "tool_calls"


async def test_connections_are_kept_over_streams_and_whole_answers():
    async with faked() as (server, engine):
        for i in range(20):
            await collect(engine.stream(ask(stream=bool(i % 2))))
        assert engine.http.pool.places == engine.http.pool.idle == 1
        assert server.stats.aborted == 0


@pytest.mark.parametrize(("url_path", "path"), [("", "/v1"), ("/", "/v1"), ("/v1/", "/v1"), ("/api/v3", "/api/v3")])
async def test_the_path_follows_the_url(url_path, path):
    async with RawUpstream(always(WHOLE)) as upstream:
        async with engine_at(upstream.url + url_path, key="k1", headers=(("x-org", "o"),)) as engine:
            assert (await collect(engine.stream(ask(stream=False)))).text == "x"
        head = upstream.requests[0].partition(b"\r\n\r\n")[0]
        assert head.startswith(f"POST {path}/chat/completions HTTP/1.1\r\n".encode())
        assert b"\r\nauthorization: Bearer k1\r\n" in head
        assert b"\r\nx-org: o\r\n" in head


async def test_a_server_that_answers_in_one_piece_whatever_was_asked_is_understood():
    async with RawUpstream(always(WHOLE)) as upstream, engine_at(upstream.url) as engine:
        assert (await collect(engine.stream(ask(stream=True)))).text == "x"


async def test_a_server_that_streams_whatever_was_asked_is_understood():
    talk = always(ok(FRAME + STOP, "content-type: text/event-stream"))
    async with RawUpstream(talk) as upstream, engine_at(upstream.url) as engine:
        assert (await collect(engine.stream(ask(stream=False)))).text == "hi"


# faults


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"fault": "html"}, UpstreamBroken),
        ({"fault": "half_frame"}, UpstreamBroken),
        ({"fault": "stop"}, UpstreamBroken),
        ({"fault": "cut"}, UpstreamBroken),
        ({"fault": "garbage"}, UpstreamBroken),
        ({"fault": "status", "status": 400, "error_code": "bad_image"}, UpstreamRefused),
        ({"fault": "status", "status": 400, "error_code": "context_length_exceeded"}, ContextTooLong),
        ({"fault": "status", "status": 401}, UpstreamError),
        ({"fault": "status", "status": 404}, UpstreamRefused),
        ({"fault": "status", "status": 429, "retry_after": "3"}, UpstreamBusy),
        ({"fault": "status", "status": 500}, UpstreamError),
    ],
)
async def test_each_fault_is_an_error_and_never_a_short_answer(fault, kind, stream):
    async with faked(**fault) as (_, engine):
        with pytest.raises(kind) as caught:
            await collect(engine.stream(ask(stream=stream)))
        assert type(caught.value) is kind
        assert engine.http.pool.places == engine.http.pool.idle
        if kind is UpstreamBusy:
            assert caught.value.retry_after_s == 3
        assert "fake server" not in caught.value.message


async def test_an_error_event_in_the_stream_is_an_error_after_the_first_words():
    async with faked(fault="error_event") as (_, engine):
        words = ""
        with pytest.raises(UpstreamError):
            async with aclosing(engine.stream(ask())) as stream:
                async for chunk in stream:
                    words += chunk.text
        assert "The answer is 42.".startswith(words)
        assert words


async def test_a_server_that_is_not_there_is_unreachable():
    async with engine_at("http://127.0.0.1:1") as engine:
        with pytest.raises(UpstreamUnreachable):
            await collect(engine.stream(ask()))


@pytest.mark.parametrize("fault", ["silent", "stall"])
async def test_silence_is_a_timeout(fault):
    server = FakeServer(FakeServerConfig(fault=fault))
    async with server, engine_at(server.url, head_s=0.05, idle_s=0.05) as engine:
        with pytest.raises(UpstreamTimeout):
            await collect(engine.stream(ask()))


# leaving


STAGES = {
    "before the head": [],
    "within the head": [b"HTTP/1.1 200 OK\r\n"],
    "in a silent stream": [SSE_HEAD],
    "in a stream of comments": [SSE_HEAD, chunked(b": ping\n\n")],
    "in mid-stream": [SSE_HEAD, chunked(FRAME), chunked(FRAME)],
    "within a frame": [SSE_HEAD, chunked(FRAME + FRAME[:20])],
    "in a whole answer": [b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"],
    "in an error": [b"HTTP/1.1 500 Oops\r\ncontent-length: 100\r\n\r\n{"],
}


@pytest.mark.parametrize("stage", STAGES)
async def test_a_client_that_leaves_ends_the_upstream_call_at_every_stage(stage):
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(*STAGES[stage])
        await peer.left()

    async with RawUpstream(talk) as upstream, engine_at(upstream.url) as engine:
        task = asyncio.create_task(collect(engine.stream(ask())))
        await upstream.asked.wait()
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        await asyncio.wait_for(upstream.hung_up.wait(), 5)  # no clock of ours is waited for: only the network's
        assert engine.http.pool.places == 0


@pytest.mark.parametrize("read", [1, 2])
async def test_a_stream_that_is_closed_ends_the_upstream_call(read):
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(SSE_HEAD, chunked(FRAME * 2))
        await peer.left()

    async with RawUpstream(talk) as upstream, engine_at(upstream.url) as engine:
        stream = engine.stream(ask())
        for _ in range(read):
            assert (await anext(stream)).text == "hi"
        await stream.aclose()
        await asyncio.wait_for(upstream.hung_up.wait(), 5)
        assert engine.http.pool.places == 0


async def test_a_stream_that_was_never_read_asks_nothing():
    async with RawUpstream(lambda peer: peer.left()) as upstream, engine_at(upstream.url) as engine:
        stream = engine.stream(ask())
        await stream.aclose()
        assert not upstream.peers


async def test_a_hundred_clients_that_leave_leave_no_task_and_no_socket():
    async with faked(fault="stall") as (server, engine):
        before = len(asyncio.all_tasks())
        tasks = [asyncio.create_task(collect(engine.stream(ask()))) for _ in range(100)]
        async with asyncio.timeout(10):
            while server.stats.requests < 100:  # noqa: ASYNC110 -- a counter has no event
                await asyncio.sleep(0.005)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert engine.http.pool.places == 0
        async with asyncio.timeout(10):
            while server.stats.aborted < 100:  # noqa: ASYNC110 -- a counter has no event
                await asyncio.sleep(0.005)
        async with asyncio.timeout(10):
            while len(asyncio.all_tasks()) > before:  # noqa: ASYNC110 -- the server's own are ending
                await asyncio.sleep(0.005)
        gc.collect()


async def test_a_server_that_dawdles_after_done_does_not_hold_the_answer():
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(SSE_HEAD, chunked(FRAME + STOP + b"data: [DONE]\n\n"))
        await peer.left()

    async with RawUpstream(talk) as upstream, engine_at(upstream.url) as engine:
        assert (await collect(engine.stream(ask()))).text == "hi"
        assert engine.http.pool.places == 0


# servers that move


@dataclass
class Here:
    url: str
    key: str = "k"
    model: str = "moved"


class Moving:
    def __init__(self) -> None:
        self.place = None

    def endpoint(self):
        if self.place is None:
            raise NotReady("away")
        return self.place


async def test_a_server_that_moves_is_found_again():
    places = Moving()
    engine = ChatCompletions(ChatCompletionsConfig(url="http://127.0.0.1:1", model="m"), places=places)
    with pytest.raises(NotReady):
        await collect(engine.stream(ask()))
    for _ in range(2):
        async with FakeServer() as server:
            places.place = Here(server.url)
            answers = await asyncio.gather(*(collect(engine.stream(ask())) for _ in range(5)))
            assert {answer.model for answer in answers} == {"moved"}
            assert server.app.bodies[0]["model"] == "moved"
    await engine.aclose()


async def test_the_body_is_json_that_a_server_can_read():
    async with faked() as (server, engine):
        await collect(engine.stream(ask("好 \u2028 \x00", extras={"top_k": 1})))
        assert server.app.bodies[0]["messages"][0]["content"] == "好 \u2028 \x00"
        assert msgspec.json.encode(server.app.bodies[0])
