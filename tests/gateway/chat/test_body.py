import json
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cothink.core.errors import BadRequest, Unsupported
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.gateway.app import build_app
from cothink.gateway.chat.body import ChatReader, to_request
from cothink.gateway.fields import name_ignored
from gateway.scripted import HELLO, Scripted, Shelf, ask, chat, make_parts

READER = ChatReader(max_n=4)
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
TOOL = {"type": "function", "function": {"name": "f"}}


def request_of(**more: Any) -> Request:
    body, extras, _ = READER.read(json.dumps(chat(**more)).encode())
    return to_request(body, extras, Run("r"), 0.5)


def test_a_body_becomes_a_request() -> None:
    request = request_of(
        temperature=0,
        top_p=0.5,
        max_completion_tokens=9,
        stop="END",
        seed=-1,
        presence_penalty=-2,
        logit_bias={"50256": -100},
        parallel_tool_calls=False,
        reasoning_effort="low",
        stream=True,
        thinking={"type": "enabled"},
    )
    sampling = request.sampling
    assert (sampling.temperature, sampling.top_p, sampling.max_tokens, sampling.stop) == (0, 0.5, 9, ("END",))
    assert (sampling.seed, sampling.presence_penalty, sampling.logit_bias) == (-1, -2, {"50256": -100})
    assert (request.parallel_tool_calls, request.reasoning_effort, request.stream) == (False, "low", True)
    assert (request.extras, request.dial) == ({"thinking": {"type": "enabled"}}, 0.5)


def test_nulls_are_as_absent() -> None:
    request = request_of(temperature=None, stop=None, tools=None, functions=None, n=None, top_k=None, stream=None)
    assert request == request_of() or msgspec.structs.replace(request, run=Run("r")).sampling == request_of().sampling
    assert request.extras == {}


def test_a_stop_may_be_a_list_and_both_names_of_a_limit_may_agree() -> None:
    assert request_of(stop=["a", "b"]).sampling.stop == ("a", "b")
    assert request_of(max_tokens=5, max_completion_tokens=5).sampling.max_tokens == 5


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"temperature": 2.1}, "temperature"),
        ({"temperature": -0.1}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"top_p": 1.1}, "top_p"),
        ({"presence_penalty": 3}, "presence_penalty"),
        ({"frequency_penalty": -3}, "frequency_penalty"),
        ({"logit_bias": {"1": 101}}, "logit_bias[...]"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"max_tokens": 5, "max_completion_tokens": 6}, "max_tokens"),
        ({"n": 0}, "n"),
        ({"n": 5}, "n"),
        ({"stop": ["a"] * 5}, "stop"),
        ({"stop": 5}, "stop"),
        ({"seed": 2**70}, "seed"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"stream": "yes"}, "stream"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tool_choice": {"type": "function", "function": {"name": "g"}}, "tools": [TOOL]}, "tool_choice"),
        ({"tools": [{"type": "retrieval", "function": {"name": "f"}}]}, "tools[0].type"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        ({"reasoning_effort": "huge"}, "reasoning_effort"),
        ({"model": ""}, "model"),
        ({"model": "m" * 300}, "model"),
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "assistant"}]}, "messages[0].content"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].tool_call_id"),
        ({"messages": [{"role": "function", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "messages[0].content[0].type"),
        ({"functions": [{"name": "f"}]}, "functions"),
        ({"function_call": "auto"}, "function_call"),
        ({"audio": {"voice": "x"}}, "audio"),
        ({"modalities": ["text", "audio"]}, "modalities"),
    ],
)
def test_a_wrong_field_is_a_400_that_names_it(more: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as failure:
        request_of(**more)
    assert failure.value.param == param
    assert len(failure.value.message) > 15


def test_legacy_functions_say_what_to_send_instead() -> None:
    with pytest.raises(Unsupported, match="send tools instead"):
        request_of(functions=[{"name": "f"}])


def test_an_assistants_turn_with_tool_calls_needs_no_content() -> None:
    turns = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "content": "rain", "tool_call_id": "c"},
    ]
    assert [message.role for message in request_of(messages=turns).messages] == ["user", "assistant", "tool"]


def test_dropped_names_fit_a_header() -> None:
    assert name_ignored(("a", "b\r\nc", "é")) == b"a, b??c, ?"
    many = name_ignored(tuple(f"{'x' * 100}{i}" for i in range(40)))
    assert many.endswith(b", and 24 more")
    assert len(many) < 1_200


FIELDS = st.fixed_dictionaries(
    {},
    optional={
        name: st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3) | st.lists(st.text(max_size=2))
        for name in ("model", "messages", "stream", "n", "stop", "tools", "tool_choice", "top_k", "logit_bias", "zz")
    },
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(st.binary(max_size=100) | FIELDS.map(lambda value: json.dumps(value).encode()) | FIELDS.map(lambda v: chat(**v)))
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses"])
async def test_no_body_ever_gives_a_500(path: str, body: Any) -> None:
    exchange = await ask(build_app(make_parts(Shelf(r1=Scripted(*HELLO)))), body, path=path)
    assert exchange.status in (200, 400, 404)
    assert "x-request-id" in exchange.headers
