import json
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cothink.core.errors import BadRequest
from cothink.core.messages import Message, Tool
from cothink.gateway.strict import Reader, parse


class Body(msgspec.Struct, frozen=True, omit_defaults=True):
    model: str
    messages: tuple[Message, ...] | None = None
    tools: tuple[Tool, ...] | None = None
    stream: bool | None = None


READER = Reader(Body, frozenset({"user"}))
USER = {"role": "user", "content": "hi"}


def read(value: Any) -> tuple[Body, dict[str, Any], tuple[str, ...]]:
    return READER.read(value if isinstance(value, bytes) else json.dumps(value).encode())


@pytest.mark.parametrize(
    "raw",
    [
        b'{"model":"a","model":"b"}',
        b'{"model":"a","mod\\u0065l":"b"}',
        b'{"model" :"a","model":"b"}',
        b'{"model":"a","messages":[{"role":"user","role":"system","content":"x"}]}',
        b'{"model":"\\u003a","stream":true,"stream":false}',
        b'{"model":"a","stream":true,"stream":null}',
        b'{"model":"a","messages":[{"role":"assistant","content":null,"content":null,"tool_calls":[]}]}',
        b'{"model":"a","tools":[{"function":{"name":"f"}}],"model":"b"}',
        b'{"model":"a","tools":[{"type":"function","function":{"name":"f","parameters":{"a":1,"a":2}}}]}',
        b'{"model":"a","user":{"a":1,"a":2}}',
    ],
)
def test_a_doubled_key_is_refused_wherever_it_hides(raw: bytes) -> None:
    with pytest.raises(BadRequest, match="stands twice"):
        READER.read(raw)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"{", "not valid JSON"),
        (b'{"model":"a"} x', "not valid JSON"),
        (b'{"model":"a","stream":NaN}', "not valid JSON"),
        (b'{"model":"a","x":NaN}', "not valid JSON"),
        (b'{"model":"a","x":-Infinity}', "not valid JSON"),
        (b'{"model":"\xff"}', "not UTF-8: byte 10"),
        (b'{"model":"a","x":"\xff"}', "not UTF-8"),
        (b'{"model":"\\ud800"}', "not valid JSON"),
        (b'{"model":"a","x":"\\ud800"}', "not valid JSON"),
        (b'\xef\xbb\xbf{"model":"a"}', "not valid JSON"),
        (b"[" * 100_000, "nested"),
        (b'{"model":"a","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested"),
        (b'{"model":"a","x":' + b"[" * 100 + b"]" * 100 + b"}", "nested deeper than 64"),
        (b'{"model":"a","x":' + b"9" * 5000 + b"}", "not valid JSON"),
        (b"[1]", "must be a JSON object, not a list"),
        (b"null", "not null"),
        (b'"a"', "not a string"),
    ],
)
def test_what_is_no_plain_json_object_is_refused_in_words(raw: bytes, words: str) -> None:
    with pytest.raises(BadRequest, match=words) as failure:
        READER.read(raw)
    assert failure.value.code == "invalid_json"


def test_unknown_fields_are_dropped_and_named_at_every_depth() -> None:
    part = {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}, "annotations": [], "audio": None}
    body, aside, unknown = read(
        {"model": "a", "user": "u", "x": 1, "messages": [{"role": "user", "content": [part], "y": 1}] * 2}
    )
    assert (body.messages or ())[0].text == "a"
    assert aside == {"user": "u"}
    assert set(unknown) == {"x", "messages.y", "messages.content.cache_control"}


def test_an_unknown_field_is_seen_though_a_tool_lacks_its_type() -> None:
    _, _, unknown = read({"model": "a", "x": 1, "tools": [{"function": {"name": "f"}}]})
    assert unknown == ("x",)


@pytest.mark.parametrize(
    ("value", "param", "words"),
    [
        ({}, "model", "needed and missing"),
        ({"model": 1}, "model", "expected str, got int; 1 was sent"),
        ({"model": "a", "messages": [USER, {"content": "x"}]}, "messages[1].role", "needed and missing"),
        ({"model": "a", "messages": [USER, {"role": "x"}]}, "messages[1].role", "invalid enum value 'x'"),
        ({"model": "a", "messages": {"a": 1}}, "messages", "expected array"),
        ({"model": "a", "tools": [{"type": "function"}]}, "tools[0].function", "needed and missing"),
        ({"model": "a", "stream": "yes"}, "stream", 'got str; "yes" was sent'),
    ],
)
def test_a_wrong_value_names_its_field_and_what_was_sent(value: Any, param: str, words: str) -> None:
    with pytest.raises(BadRequest) as failure:
        read(value)
    assert failure.value.param == param
    assert words in failure.value.message


def test_the_quick_look_and_the_slow_look_give_the_same_body() -> None:
    value = {"model": "a:b", "messages": [{"role": "assistant", "content": None, "tool_calls": []}], "stream": False}
    quick, _, _ = read(value)
    slow, _, ignored = read({**value, "x": 1})
    assert (quick, ignored) == (slow, ("x",))


CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a loaded machine is no failure
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["model", "messages", "role", "content", "type", "text", "tools", "function", "name", "x:", '"']
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@CALM
@given(st.dictionaries(st.sampled_from(["model", "messages", "tools", "stream", "user", "zz"]), JSON))
def test_no_field_is_ever_lost_unseen(value: dict[str, Any]) -> None:
    value["model"] = "m"
    try:
        body, aside, unknown = read(value)
    except BadRequest:
        return
    kept = set(msgspec.to_builtins(body)) | set(aside) | {name.split(".")[0] for name in unknown}
    assert {name for name, field in value.items() if field not in (None, [], {})} <= kept


@CALM
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_garbage_is_a_bad_request_and_nothing_else(raw: bytes) -> None:
    try:
        READER.read(raw)
    except BadRequest as error:
        assert error.message


def test_numbers_and_texts_come_through_unchanged() -> None:
    assert parse('{"a":[1,2.5,"ü\\n",null,true]}'.encode()) == {"a": [1, 2.5, "ü\n", None, True]}
