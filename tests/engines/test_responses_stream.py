import json
from collections.abc import AsyncGenerator, Iterable
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter
from responses_vendor import USAGE, call, message

from cothink.core.answer import Answer, collect
from cothink.core.chunk import Chunk, Usage
from cothink.core.errors import CoThinkError, UpstreamBroken, UpstreamBusy, UpstreamRefused
from cothink.engines.responses_stream import ResponseReader

Event = dict[str, Any]
SDK = TypeAdapter(ResponseStreamEvent)
WHOLE = {
    "id": "resp_1", "object": "response", "created_at": 1, "model": "gpt-6.1-sol-2026", "parallel_tool_calls": True,
    "tool_choice": "auto", "tools": [],
}  # fmt: skip


def event(type_: str, **fields: Any) -> Event:
    return {"type": type_, "sequence_number": 0, **fields}


def begun() -> Event:
    return event("response.created", response=WHOLE | {"status": "in_progress", "output": []})


def ended(*output: Event, status: str = "completed", **fields: Any) -> Event:
    usage = json.loads(json.dumps(USAGE))
    usage["input_tokens_details"]["cache_write_tokens"] = 0
    response = WHOLE | {"status": status, "output": list(output), "usage": usage} | fields
    return event(f"response.{status}", response=response)


def text(delta: str, at: int = 0) -> Event:
    return event("response.output_text.delta", delta=delta, output_index=at, item_id="m", content_index=0, logprobs=[])


def added(item: Event, at: int = 0) -> Event:
    return event("response.output_item.added", item=item, output_index=at)


def thought(delta: str) -> Event:
    return event("response.reasoning_summary_text.delta", delta=delta, output_index=0, item_id="r", summary_index=0)


def thought_part() -> Event:
    part = {"type": "summary_text", "text": ""}
    return event("response.reasoning_summary_part.added", item_id="r", output_index=0, summary_index=0, part=part)


def arguments(delta: str, at: int) -> Event:
    return event("response.function_call_arguments.delta", delta=delta, output_index=at, item_id="f")


def chunks(events: Iterable[Event], stops: tuple[str, ...] = (), warnings: list[str] | None = None) -> list[Chunk]:
    reader = ResponseReader(stops, (warnings if warnings is not None else []).append)
    return [chunk for one in events for chunk in reader.feed(json.dumps(one).encode())]


async def read(*events: Event, stops: tuple[str, ...] = (), warnings: list[str] | None = None) -> Answer:
    async def stream() -> AsyncGenerator[Chunk, None]:
        for chunk in chunks(events, stops, warnings):
            yield chunk

    return await collect(stream())


WEATHER = (
    begun(),
    event("response.in_progress", response=WHOLE | {"status": "in_progress", "output": []}),
    added({"type": "reasoning", "id": "r", "summary": []}),
    thought_part(),
    thought("Look "),
    thought("out."),
    thought_part(),
    thought("Ask."),
    added(message("") | {"content": []}, 1),
    text("Let me ", 1),
    text("see.", 1),
    added(call("weather", ""), 2),
    arguments('{"city":', 2),
    arguments('"Rome"}', 2),
    event("response.output_item.done", item=call("weather", '{"city":"Rome"}'), output_index=2),
    added(call("weather", "", "call_2"), 3),
    event("response.output_item.done", item=call("weather", '{"city":"Oslo"}', "call_2"), output_index=3),
    ended(message("Let me see."), call("weather", '{"city":"Rome"}'), call("weather", '{"city":"Oslo"}', "call_2")),
)


async def test_a_stream_becomes_thought_text_calls_finish_and_usage() -> None:
    for one in WEATHER:
        SDK.validate_python(one)  # what the tests feed is what the official SDK reads
    got = await read(*WEATHER)
    assert (got.reasoning, got.text, got.finish, got.model) == (
        "Look out.\n\nAsk.",
        "Let me see.",
        "tool_calls",
        "gpt-6.1-sol-2026",
    )
    assert [(c.id, c.function.arguments) for c in got.tool_calls] == [
        ("call_1", '{"city":"Rome"}'),
        ("call_2", '{"city":"Oslo"}'),
    ]
    assert got.usage == Usage(20, 50, 40, 5)


def test_words_leave_as_they_come() -> None:
    assert [chunk.text for chunk in chunks((begun(), text("a"), text("b")))] == ["", "a", "b"]


async def test_a_stream_that_only_tells_its_end_loses_nothing() -> None:
    summary = {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "Hm."}]}
    got = await read(ended(summary, message("42"), call("f", "{}")))
    assert (got.reasoning, got.text, got.finish, got.model) == ("Hm.", "42", "tool_calls", "gpt-6.1-sol-2026")
    assert got.tool_calls[0].function.arguments == "{}"


async def test_the_tail_that_the_deltas_left_out_is_taken_from_the_whole() -> None:
    assert (await read(text("4"), ended(message("42")))).text == "42"


async def test_another_text_at_the_end_is_told() -> None:
    warnings: list[str] = []
    got = await read(text("4"), ended(message("five")), warnings=warnings)
    assert got.text == "4"
    assert "another text" in warnings[0]


async def test_a_commentary_is_thought() -> None:
    first, last = message("", phase="commentary"), message("", phase="final_answer")
    got = await read(added(first, 0), text("On it.", 0), added(last, 1), text("42", 1), ended(message("42")))
    assert (got.reasoning, got.text) == ("On it.", "42")


async def test_a_refusal_and_log_probs_are_passed_on() -> None:
    delta = event("response.refusal.delta", delta="No.", item_id="m", output_index=0, content_index=0)
    assert (await read(delta, ended(message("")))).refusal == "No."
    probs = [{"token": "4", "logprob": -0.1, "top_logprobs": [{"token": "4", "logprob": -0.1}]}]
    got = await read(text("4") | {"logprobs": probs}, ended(message("4")))
    assert (got.logprobs[0].token, got.logprobs[0].top_logprobs[0].logprob) == ("4", -0.1)


async def test_a_stop_text_ends_the_words_and_the_calls_but_not_the_counting() -> None:
    got = await read(text("a E"), text("ND b"), added(call("f", ""), 1), arguments("{}", 1), ended(), stops=("END",))
    assert (got.text, got.finish, got.tool_calls, got.usage) == ("a ", "stop", (), Usage(20, 50, 40, 5))
    assert (await read(text("a E"), ended(message("a E")), stops=("END",))).text == "a E"


async def test_an_incomplete_stream_is_cut_and_says_so() -> None:
    got = await read(
        text("4"), ended(message("4"), status="incomplete", incomplete_details={"reason": "max_output_tokens"})
    )
    assert (got.text, got.finish) == ("4", "length")


@pytest.mark.parametrize(
    ("last", "kind"),
    [
        (ended(status="failed", error={"code": "rate_limit_exceeded", "message": "slow"}), UpstreamBusy),
        (event("error", code="invalid_prompt", message="no", param=None), UpstreamRefused),
        (event("error", error={"code": "invalid_prompt", "message": "no"}), UpstreamRefused),
        (event("error", error="odd"), CoThinkError),
    ],
)
async def test_a_stream_that_fails_is_an_error_after_the_words_that_came(last: Event, kind: type[CoThinkError]) -> None:
    reader = ResponseReader((), [].append)
    assert next(reader.feed(json.dumps(text("4")).encode())).text == "4"
    with pytest.raises(kind):
        list(reader.feed(json.dumps(last).encode()))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not json",
        b"[1]",
        b'{"type":"response.output_text.delta"}',
        b'{"type":"response.output_text.delta","delta":7}',
        b'{"type":"response.completed"}',
        b'{"type":"response.completed","response":{"id":"x"}}',
        b'{"type":"response.function_call_arguments.delta","delta":"{","output_index":9}',
        b'{"type":"response.output_item.added","item":{"type":"function_call"},"output_index":0}',
        b'{"type":"response.output_text.delta","delta":"\xff"}',
    ],
)
def test_an_event_of_the_wrong_shape_is_broken(data: bytes) -> None:
    with pytest.raises(UpstreamBroken):
        list(ResponseReader((), [].append).feed(data))


def test_every_event_of_the_official_sdk_is_read_or_passed_over() -> None:
    read_here = set(ResponseReader((), [].append)._readers)
    union = get_args(get_args(ResponseStreamEvent)[0])
    known = {get_args(kind.model_fields["type"].annotation)[0] for kind in union}
    assert read_here - known == {"response.cancelled"}  # not in the SDK, but a state that an answer can have
    words = {name for name in known if name.endswith(".delta")}
    passed_over = {
        "response.audio.delta",
        "response.audio.transcript.delta",
        "response.code_interpreter_call_code.delta",
        "response.custom_tool_call_input.delta",
        "response.mcp_call_arguments.delta",
        "response.shell_call_command.delta",
        "response.shell_call_output_content.delta",
    }
    # a new kind of words in the SDK is noticed here: is it part of an answer?
    assert words - read_here == passed_over
    for name in known - read_here:
        assert chunks((event(name),)) == []


texts = st.lists(st.text("ab END\n", max_size=6), max_size=8)


@given(texts, st.sampled_from([(), ("END",), ("b", "ND")]))
async def test_a_stream_and_its_whole_say_the_same(pieces: list[str], stops: tuple[str, ...]) -> None:
    whole = "".join(pieces)
    streamed = await read(*(text(piece) for piece in pieces), ended(message(whole)), stops=stops)
    at_once = await read(ended(message(whole)), stops=stops)
    plain = await read(ended(message(whole)))
    assert plain.text == whole
    assert whole.startswith(streamed.text)
    if len(stops) < 2:
        assert streamed == msgspec.structs.replace(at_once, model=streamed.model)
