"""Servers for the tests of the chat engine, and the engine at their address."""

from contextlib import asynccontextmanager

from cothink.engines.chat_completions import ChatCompletions
from cothink.engines.chat_config import ChatCompletionsConfig
from cothink.engines.fake_config import FakeServerConfig
from cothink.engines.fake_server import FakeServer
from raw_upstream import CHUNKED, ok

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
