import json
from typing import Any

import pytest

from cothink.core.errors import BadRequest
from cothink.core.messages import ImagePart, Message, TextPart
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.gateway.responses.body import ResponsesReader, to_responses_request

READER = ResponsesReader()
CALL = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"}
USER = {"role": "user", "content": "hi"}


def request_of(**more: Any) -> Request:
    body, extras, _ = READER.read(json.dumps({"model": "r1", **more}).encode())
    return to_responses_request(body, extras, Run("r"), None)


def test_a_text_is_one_users_turn() -> None:
    assert request_of(input="hi").messages == (Message("user", "hi"),)


def test_parts_become_parts_and_one_text_becomes_a_text() -> None:
    image = {"type": "input_image", "image_url": "data:x", "detail": "high"}
    parts = [{"type": "input_text", "text": "what"}, image]
    first, second = request_of(
        input=[
            {"type": "message", "role": "user", "content": parts},
            {"role": "assistant", "content": [{"type": "output_text", "text": "a cat", "annotations": []}]},
        ]
    ).messages
    text, picture = first.content or ()
    assert isinstance(text, TextPart)
    assert isinstance(picture, ImagePart)
    assert second == Message("assistant", "a cat")


def test_calls_of_one_turn_stand_in_one_message() -> None:
    items = [USER, {"role": "assistant", "content": "Let me look."}, CALL, {**CALL, "call_id": "c2"}]
    messages = request_of(input=[*items, {"type": "function_call_output", "call_id": "c1", "output": "x"}]).messages
    assert [message.role for message in messages] == ["user", "assistant", "tool"]
    assert [call.id for call in messages[1].tool_calls or ()] == ["c1", "c2"]


def test_thoughts_of_earlier_turns_are_left_out_and_named() -> None:
    thought = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}]}
    raw = json.dumps({"model": "r1", "input": [thought, USER], "include": ["reasoning.encrypted_content"]}).encode()
    _, _, ignored = READER.read(raw)
    assert ignored == ("include.reasoning.encrypted_content", "input.reasoning")


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({}, "input"),
        ({"input": 5}, "input"),
        ({"input": []}, "input"),
        ({"input": [{"role": "user"}]}, "input[0].content"),
        ({"input": [{"role": "robot", "content": "x"}]}, "input[0].role"),
        ({"input": [{"type": "web_search_call"}]}, "input[0].type"),
        ({"input": [{"role": "user", "content": [{"type": "input_file"}]}]}, "input[0].content[0].type"),
        ({"input": [{"role": "user", "content": [{"type": "input_image"}]}]}, "input[0].content[0].image_url"),
        ({"input": [{"type": "function_call", "name": "f"}]}, "input[0].call_id"),
        ({"input": [{"type": "function_call_output", "call_id": "c"}]}, "input[0].call_id"),
        ({"input": "hi", "tools": [{"type": "web_search"}]}, "tools[0].type"),
        ({"input": "hi", "tools": [{"type": "function"}]}, "tools[0].name"),
        ({"input": "hi", "tool_choice": {"type": "function", "name": "g"}}, "tool_choice"),
        ({"input": "hi", "tool_choice": {"type": "mcp"}}, "tool_choice"),
        ({"input": "hi", "text": {"format": {"type": "json_schema"}}}, "text.format.schema"),
        ({"input": "hi", "reasoning": {"effort": "huge"}}, "reasoning.effort"),
        ({"input": "hi", "max_output_tokens": 0}, "max_output_tokens"),
        ({"input": "hi", "background": True}, "background"),
    ],
)
def test_a_wrong_field_is_a_400_that_names_it(more: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as failure:
        request_of(**more)
    assert failure.value.param == param


def test_false_and_null_state_is_no_state() -> None:
    assert request_of(input="hi", background=False, previous_response_id=None, store=False, truncation="auto")
