"""The short way of a whole answer says what the long way says."""

import msgspec
import pytest

from cothink.core.answer import fold
from cothink.core.errors import CoThinkError
from cothink.engines.chat_answer import read_answer
from cothink.engines.chat_stream import ChatStream

USAGE = {"prompt_tokens": 3, "completion_tokens": 4, "completion_tokens_details": {"reasoning_tokens": 2}}
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
LOGPROBS = {"content": [{"token": "a", "logprob": -0.5}]}
MESSAGES = [
    {"content": "Paris."},
    {"content": "Paris.", "tool_calls": []},
    {"content": "Paris.", "reasoning_content": "France, so"},
    {"content": "\n\nParis.", "reasoning_content": "France, so"},
    {"content": "Paris.", "reasoning": "France, so"},
    {"content": "Paris.", "reasoning": {"odd": 1}},
    {"content": "<think>France</think>\n\nParis."},
    {"content": " \n<think>France</think>Paris."},
    {"content": "<think>never closed"},
    {"content": "< 3"},
    {"content": " Paris."},
    {"content": "   "},
    {"content": ""},
    {"content": None},
    {"content": None, "reasoning_content": "all of it is thought"},
    {"content": None, "tool_calls": [CALL, {**CALL, "id": "d"}]},
    {"content": "I call", "tool_calls": [CALL]},
    {"content": None, "refusal": "No."},
    {"content": "France</think>Paris."},
]
FRAMES = [
    *({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]} for message in MESSAGES),
    {"choices": [{"message": {"content": "x"}, "finish_reason": "stop", "logprobs": LOGPROBS}], "usage": USAGE},
    {"choices": [{"message": {"content": "x"}, "finish_reason": "length"}], "usage": USAGE},
    {"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}], "usage": {}},
    {"choices": [{"message": {"content": "x"}, "finish_reason": "abort"}]},
    {"choices": [{"message": {"content": "x"}, "finish_reason": ""}]},
    {"choices": [{"message": {"content": "x"}}]},
    {"choices": [{"index": 1, "message": {"content": "x"}, "finish_reason": "stop"}]},
    {"choices": [{"index": i, "message": {"content": str(i)}, "finish_reason": "stop"} for i in (1, 0)]},
    {"choices": [{"delta": {"content": "x"}, "message": {"content": "y"}, "finish_reason": "stop"}]},
    {"choices": [{"finish_reason": "stop"}]},
    {"choices": []},
    {},
    {"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}], "error": {"message": "no"}},
    {"object": "error", "message": "no", "code": 400},
]


def outcome(read):
    """Return the answer or the error's kind and words, with what was warned of."""
    warned = []
    try:
        return read(warned.append), warned
    except CoThinkError as error:
        return (type(error), error.message, error.code), warned


@pytest.mark.parametrize("think_open", [False, True])
@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: msgspec.json.encode(frame).decode()[:60])
def test_the_short_way_says_what_the_long_way_says(frame, think_open):
    body = msgspec.json.encode(frame)
    short = outcome(lambda warn: read_answer(body, "m", warn, think_open=think_open))
    long = outcome(lambda warn: fold(ChatStream("m", warn, think_open=think_open).whole(body)))
    assert short == long
