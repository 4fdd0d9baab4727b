from datetime import date
from typing import Any

import pytest
from responses_vendor import Answer, FakeHttp, FakeTime, Vendor, call, message

from cothink.core.answer import Answer as Collected
from cothink.core.answer import collect
from cothink.core.chunk import Usage
from cothink.core.errors import SettingError, UnknownModel, UpstreamBroken, UpstreamRefused
from cothink.core.messages import FunctionCall, FunctionSpec, Message, Tool, ToolCall
from cothink.core.request import Request, Sampling
from cothink.core.run import Run
from cothink.engines.catalogue import Catalogue
from cothink.engines.responses import Responses
from cothink.engines.responses_config import ResponsesConfig

CATALOGUE = Catalogue()
DAY = date(2026, 10, 1)  # o1-pro is still alive


def engine(vendor: Vendor, name: str = "o1-pro", day: date = DAY, **config: Any) -> Responses:
    time = FakeTime()
    return Responses(
        ResponsesConfig(model=name, **config),
        CATALOGUE.row(name),
        http=FakeHttp(vendor),
        today=lambda: day,
        clock=time.clock,
        sleep=time.sleep,
    )


def ask(**fields: Any) -> Request:
    return Request(model="pro", messages=(Message("user", "6 times 7?"),), run=Run("run-1"), **fields)


async def answer(vendor: Vendor, request: Request | None = None, **config: Any) -> Collected:
    return await collect(engine(vendor, **config).stream(request or ask()))


async def test_a_server_that_leaves_out_what_it_does_not_count_is_read_all_the_same() -> None:
    sparse = {"input_tokens": 2, "output_tokens": 3, "input_tokens_details": None, "output_tokens_details": {}}
    got = await answer(Vendor(usage=sparse))
    assert got.usage == Usage(2, 3)
    got = await answer(Vendor(usage=None, output=None))
    assert (got.text, got.usage) == ("", None)


@pytest.mark.parametrize("delivery", ["background", "plain"])
async def test_an_answer_in_one_piece_has_text_usage_and_the_model_that_spoke(delivery: str) -> None:
    got = await answer(Vendor(), delivery=delivery)
    assert (got.text, got.finish, got.model) == ("42", "stop", "o1-pro-2026")
    assert got.usage == Usage(20, 50, reasoning_tokens=40, cached_tokens=5)


async def test_the_strict_vendor_takes_what_is_sent_where_the_client_asked_for_too_much() -> None:
    request = ask(sampling=Sampling(temperature=0.6, top_p=0.95, seed=3, max_tokens=5), logprobs=True)
    assert (await answer(Vendor(), request)).text == "42"
    assert len(request.run.warnings) == 5
    request = ask(reasoning_effort="none")
    assert (await answer(Vendor(), request, name="gpt-6.1-sol")).text == "42"
    assert request.run.warnings == ["gpt-6.1-sol does not take the effort 'none'; 'low' was used."]


async def test_a_refusal_of_the_vendor_keeps_its_code_and_the_clients_name_of_the_field() -> None:
    vendor = Vendor()
    vendor.faults["create"] = [Answer.error(400, "integer_above_max_value", "max_output_tokens", "at sk-123 no")]
    with pytest.raises(UpstreamRefused) as caught:
        await answer(vendor)
    assert (caught.value.code, caught.value.param) == ("integer_above_max_value", "max_tokens")
    assert "sk-123" not in caught.value.message


async def test_calls_of_tools_end_the_answer_as_tool_calls() -> None:
    vendor = Vendor(output=[message("I add."), call("add", '{"a":1}'), call("add", '{"a":2}', "call_2")])
    got = await answer(vendor, ask(tools=(Tool(FunctionSpec("add")),)))
    assert got.finish == "tool_calls"
    assert got.tool_calls == (
        ToolCall("call_1", FunctionCall("add", '{"a":1}')),
        ToolCall("call_2", FunctionCall("add", '{"a":2}')),
    )


async def test_summaries_and_commentary_are_thought_and_a_refusal_is_a_refusal() -> None:
    thought = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": t} for t in ("A", "B")]}
    vendor = Vendor(output=[thought, message("On it.", phase="commentary"), message("42"), {"type": "web_search_call"}])
    got = await answer(vendor)
    assert (got.reasoning, got.text) == ("A\n\nB\n\nOn it.", "42")
    no = {"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}
    got = await answer(Vendor(output=[no]))
    assert (got.refusal, got.text, got.finish) == ("No.", "", "stop")


@pytest.mark.parametrize(
    ("reason", "finish", "warned"),
    [
        ("max_output_tokens", "length", False),
        ("content_filter", "content_filter", False),
        ("steered", "length", True),
        (None, "length", True),
    ],
)
async def test_an_incomplete_answer_says_why(reason: str | None, finish: str, warned: bool) -> None:
    request = ask()
    got = await answer(Vendor(status="incomplete", incomplete_details={"reason": reason}), request)
    assert (got.text, got.finish) == ("42", finish)
    assert bool(request.run.warnings) is warned


async def test_a_stop_text_cuts_the_answer_since_the_api_has_no_such_field() -> None:
    vendor = Vendor(output=[message("one END two"), call("add", "{}")])
    got = await answer(vendor, ask(sampling=Sampling(stop=("END",))))
    assert (got.text, got.finish, got.tool_calls) == ("one ", "stop", ())
    assert got.usage is not None
    assert "stop" not in vendor.seen[0][2]


@pytest.mark.parametrize(
    "fault",
    [
        Answer(200, b"<html>busy</html>", {"content-type": "text/html"}),
        Answer(200, b'{"id":"resp_1","status":"comp'),
        Answer(200, b'{"id":"resp_1","status":"completed","output":[{"type":"message","content":7}]}'),
        Answer(200, b'{"id":"../../secrets","status":"completed"}'),
        Answer(200, b'{"id":"resp_1","status":"sleeping"}'),
        Answer(200, b"[]"),
        Answer(200, b"\xff\xfe"),
        Answer(302, b"", {"location": "https://elsewhere"}),
        Answer(400, b"<html>proxy</html>"),
    ],
)
@pytest.mark.parametrize("delivery", ["background", "plain"])
async def test_something_that_is_no_answer_is_never_passed_off_as_one(fault: Answer, delivery: str) -> None:
    vendor = Vendor()
    vendor.faults["create"] = [fault]
    with pytest.raises(UpstreamBroken):
        await answer(vendor, delivery=delivery)


async def test_a_plain_answer_that_only_queues_is_broken() -> None:
    with pytest.raises(UpstreamBroken):
        await answer(Vendor(status="queued", output=[]), delivery="plain")


async def test_a_model_that_is_switched_off_is_not_called() -> None:
    vendor = Vendor()
    with pytest.raises(UnknownModel, match="switched off on 2026-10-23"):
        await collect(engine(vendor, day=date(2026, 10, 23)).stream(ask()))
    assert vendor.seen == []


@pytest.mark.parametrize(
    ("name", "config", "stream", "way"),
    [
        ("o1-pro", {}, True, "background"),
        ("gpt-6.1-sol", {}, True, "background"),  # its mode is pro: minutes of thought
        ("gpt-6.1-sol", {"mode": "standard"}, True, "stream"),
        ("gpt-6.1-sol", {"mode": "standard"}, False, "background"),
        ("gpt-6.1-sol", {"delivery": "stream"}, True, "stream"),
        ("gpt-6.1-sol", {"delivery": "plain"}, True, "plain"),
    ],
)
async def test_the_way_of_the_answer_follows_the_model_the_mode_and_the_setting(
    name: str, config: dict[str, Any], stream: bool, way: str
) -> None:
    vendor = Vendor()
    vendor.events = [{"type": "response.completed", "response": {"id": "resp_1"} | vendor.end}]
    assert (await answer(vendor, ask(stream=stream), name=name, **config)).text == "42"
    body = vendor.seen[0][2]
    assert (bool(body.get("background")), bool(body.get("stream"))) == (way == "background", way == "stream")


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"mode": "pro"}, "responses.mode is 'pro'; o1-pro allows auto"),
        ({"delivery": "stream"}, "responses.delivery is 'stream', but o1-pro cannot stream"),
    ],
)
def test_a_setting_that_the_model_cannot_follow_is_refused_at_start(config: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingError, match=words):
        engine(Vendor(), **config)
