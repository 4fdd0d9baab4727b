"""The engine against servers: what goes out, what comes back, and what a client that leaves leaves behind."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass

import msgspec
import pytest
from chat_requests import TOOL, ask
from chat_servers import FRAME, STOP, WHOLE, engine_at, faked

from cothink.core.answer import collect
from cothink.core.errors import (
    ContextTooLong,
    NotReady,
    SettingError,
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
from raw_upstream import RawUpstream, always, ok


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


async def test_a_certificate_of_ones_own_is_trusted_by_setting(tmp_path):
    (tmp_path / "no.pem").write_text("no certificate")
    with pytest.raises(SettingError, match="ca_file"):
        ChatCompletions(ChatCompletionsConfig(url="https://a", model="m", ca_file=str(tmp_path / "no.pem")))


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
