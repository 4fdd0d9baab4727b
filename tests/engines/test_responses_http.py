"""The pro over real sockets: what only a connection can show."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from responses_vendor import BREAK, HANG, Answer, FakeHttp, Vendor, message, serving, until

from cothink.core.answer import collect
from cothink.core.errors import CoThinkError, UpstreamBroken, UpstreamBusy, UpstreamRefused, UpstreamUnreachable
from cothink.core.messages import Message
from cothink.core.request import Request, Sampling
from cothink.core.run import Run
from cothink.engines.catalogue import Catalogue
from cothink.engines.responses import Responses
from cothink.engines.responses_config import ResponsesConfig

ROW = Catalogue().row("gpt-6.1-sol")
EVENTS = {"content-type": "text/event-stream"}


def ask(**fields: Any) -> Request:
    return Request(model="pro", messages=(Message("user", "hi"),), run=Run("run-1"), **fields)


@contextlib.asynccontextmanager
async def talking(vendor: Vendor, **config: Any) -> AsyncIterator[Responses]:
    async with serving(vendor) as url:
        engine = Responses(ResponsesConfig(model=ROW.name, url=url, key="sk-1", poll_first_s=0.01, **config), ROW)
        try:
            yield engine
        finally:
            await engine.aclose()


def events(*texts: str) -> list[dict[str, Any]]:
    whole = {"id": "resp_1", "status": "completed", "model": "sol", "output": [message("".join(texts))]}
    return [
        {"type": "response.created", "response": whole | {"status": "in_progress", "output": []}},
        *({"type": "response.output_text.delta", "delta": text, "output_index": 0} for text in texts),
        {"type": "response.completed", "response": whole},
    ]


def framed(given: list[dict[str, Any]], end: str = "\n") -> bytes:
    return "".join(
        f"event: {one['type']}{end}data: {json.dumps(one, ensure_ascii=False)}{end}{end}" for one in given
    ).encode()


async def test_a_background_answer_comes_over_kept_connections_with_the_key() -> None:
    vendor = Vendor(looks=3)
    async with talking(vendor) as engine:
        assert (await collect(engine.stream(ask()))).text == "42"
    assert vendor.stages == ["create", "look", "look", "look"]
    assert {headers["authorization"] for headers in vendor.headers} == {"Bearer sk-1"}


async def test_the_official_sdk_reads_what_the_vendor_of_these_tests_says() -> None:
    import openai

    vendor = Vendor(looks=1)
    async with serving(vendor) as url, openai.AsyncOpenAI(base_url=url + "/v1", api_key="x", max_retries=0) as client:
        begun = await client.responses.create(model="o1-pro", input="hi", background=True)
        assert (await client.responses.retrieve(begun.id)).output_text == "42"
        with pytest.raises(openai.BadRequestError) as caught:
            await client.responses.create(model="o1-pro", input="hi", temperature=0.2)
        assert (caught.value.code, caught.value.param) == ("unsupported_parameter", "temperature")


async def test_a_refusal_a_busy_vendor_and_a_page_of_html_are_told_apart() -> None:
    vendor = Vendor()
    vendor.faults["create"] = [
        Answer.error(400, "invalid_json_schema", "text.format.schema"),
        Answer.json({"error": {"code": "rate_limit_exceeded"}}, 429, retry_after="3"),
        Answer(502, b"<html>Bad Gateway</html>", {"content-type": "text/html"}),
        Answer(200, b"<html>Welcome</html>", {"content-type": "text/html"}),
    ]
    errors: list[CoThinkError] = []
    async with talking(vendor) as engine:
        for _ in range(4):
            with pytest.raises(CoThinkError) as caught:
                await collect(engine.stream(ask()))
            errors.append(caught.value)
    assert [type(error) for error in errors[:2]] == [UpstreamRefused, UpstreamBusy]
    assert (errors[0].code, errors[1].retry_after_s) == ("invalid_json_schema", 3.0)
    assert [(error.status, error.code) for error in errors[2:]] == [(502, "upstream_error"), (502, "upstream_broken")]


async def test_a_vendor_that_is_not_there_is_unreachable() -> None:
    async with serving(Vendor()) as url:
        pass
    engine = Responses(ResponsesConfig(model=ROW.name, url=url), ROW)
    with pytest.raises(UpstreamUnreachable):
        await collect(engine.stream(ask()))
    await engine.aclose()


@pytest.mark.parametrize("stage", ["create", "look"])
async def test_a_hang_up_in_the_background_puts_a_cancel_on_the_wire(stage: str) -> None:
    vendor = Vendor(looks=99)
    vendor.gates[stage] = asyncio.Event()
    async with talking(vendor) as engine:
        task = asyncio.create_task(collect(engine.stream(ask())))
        await asyncio.wait_for(vendor.reached[stage].wait(), 5)
        task.cancel()
        await asyncio.sleep(0.01)
        vendor.gates[stage].set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert vendor.kept["resp_1"]["status"] == "cancelled"


async def test_a_hang_up_in_a_stream_reaches_the_vendor() -> None:
    vendor = Vendor()
    vendor.faults["create"] = [Answer(200, b"", EVENTS, [framed(events("4", "2")[:2]), HANG])]
    async with talking(vendor, delivery="stream") as engine:
        stream = engine.stream(ask())
        assert [(await anext(stream)).text for _ in range(2)] == ["", "4"]
        await stream.aclose()
        await until(lambda: vendor.left == 1)


async def test_a_hang_up_in_a_silent_stream_reaches_the_vendor() -> None:
    vendor = Vendor()
    vendor.faults["create"] = [Answer(200, b"", EVENTS, [b": still thinking\n\n", HANG])]
    async with talking(vendor, delivery="stream") as engine:
        task = asyncio.create_task(collect(engine.stream(ask())))
        await asyncio.wait_for(vendor.reached["create"].wait(), 5)
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: vendor.left == 1)


async def test_a_hang_up_before_the_head_of_a_plain_answer_reaches_the_vendor() -> None:
    vendor = Vendor()
    vendor.gates["create"] = asyncio.Event()
    async with talking(vendor, delivery="plain") as engine:
        task = asyncio.create_task(collect(engine.stream(ask())))
        await asyncio.wait_for(vendor.reached["create"].wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: vendor.left == 1)


async def test_a_stream_leaves_its_connection_for_the_next() -> None:
    vendor = Vendor()
    vendor.events = events("42")
    async with talking(vendor, delivery="stream") as engine:
        for _ in range(2):
            assert (await collect(engine.stream(ask()))).text == "42"
    assert vendor.connections == 1


WHOLE = framed(events("4", "2"))


@pytest.mark.parametrize(
    "pieces",
    [
        [WHOLE[: len(WHOLE) // 2], BREAK],  # the connection goes
        [WHOLE[:-20]],  # a proper end of the body within an event
        [framed(events("4", "2")[:-1])],  # a proper end, but of no answer
        [b": nothing\n\n"],
        [b"data: <html>\n\n"],
        [b'data: {"type":"response.output_text.delta","delta":"' + b"x" * 5000],  # an event without an end
    ],
)
async def test_a_stream_without_its_terminal_event_is_broken(pieces: list[bytes]) -> None:
    vendor = Vendor()
    vendor.faults["create"] = [Answer(200, b"", EVENTS, pieces)]
    async with talking(vendor, delivery="stream", event_bytes=2000) as engine:
        with pytest.raises(UpstreamBroken):
            await collect(engine.stream(ask()))


async def test_json_where_a_stream_was_asked_for_is_broken() -> None:
    vendor = Vendor()
    vendor.faults["create"] = [Answer.json({"id": "resp_1", "status": "completed"})]
    async with talking(vendor, delivery="stream") as engine:
        with pytest.raises(UpstreamBroken):
            await collect(engine.stream(ask()))


async def test_an_answer_that_is_too_large_is_not_taken_in() -> None:
    async with talking(Vendor(output=[message("x" * 5000)]), answer_bytes=2000) as engine:
        with pytest.raises(UpstreamBroken):
            await collect(engine.stream(ask()))


@given(
    st.lists(st.integers(1, 2000), max_size=30),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
async def test_events_cut_at_any_byte_say_the_same(cuts: list[int], end: str, done: bool) -> None:
    raw = framed(events("Größe ", "中文 ", "4", "2 END more"), end)
    if done:
        raw += f"data: [DONE]{end}{end}".encode()
    edges = sorted({0, len(raw), *(cut for cut in cuts if cut < len(raw))})
    vendor = Vendor()
    pieces = [raw[a:b] for a, b in itertools.pairwise(edges)]
    vendor.faults["create"] = [Answer(200, b"", EVENTS, pieces)]
    engine = Responses(ResponsesConfig(model=ROW.name, delivery="stream"), ROW, http=FakeHttp(vendor))
    got = await collect(engine.stream(ask(sampling=Sampling(stop=("END",)))))
    assert (got.text, got.finish, got.model) == ("Größe 中文 42 ", "stop", "sol")
