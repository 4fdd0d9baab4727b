"""What the fake server says on ``/v1/chat/completions``: one body, or the frames of a stream."""

from typing import Any

import msgspec

from cothink.engines.fake import words
from cothink.engines.fake_config import FakeServerConfig

ENCODE = msgspec.json.Encoder().encode
ID = "chatcmpl-fake"
CREATED = 1_767_225_600  # 2026-01-01, since the same request must give the same bytes


def chat_body(config: FakeServerConfig, asked: dict[str, Any]) -> bytes:
    """Return a whole answer."""
    call = tool_called(config, asked)
    message: dict[str, Any] = {"role": "assistant", "content": None if call else config.text}
    if config.reasoning:
        message["reasoning_content"] = config.reasoning
    if call:
        message["tool_calls"] = [call]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "tool_calls" if call else "stop"}
    if asked.get("logprobs") and not call:
        choice["logprobs"] = {"content": [_logprob(word) for word in words(config.text)]}
    return ENCODE({**_envelope("chat.completion", asked), "choices": [choice], "usage": usage_of(config, asked)})


def chat_frames(config: FakeServerConfig, asked: dict[str, Any]) -> list[bytes]:
    """Return the frames of a stream, ``[DONE]`` included."""
    call = tool_called(config, asked)
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"reasoning_content": word} for word in words(config.reasoning)]
    if call:
        function = {"name": call["function"]["name"], "arguments": ""}
        deltas.append({"tool_calls": [{"index": 0, "id": call["id"], "type": "function", "function": function}]})
        deltas += [{"tool_calls": [{"index": 0, "function": {"arguments": w}}]} for w in words(config.tool_arguments)]
    else:
        deltas += [{"content": word} for word in words(config.text)]
    chunk = _envelope("chat.completion.chunk", asked)
    frames = [
        _frame({**chunk, "choices": [{"index": 0, "delta": delta, "finish_reason": None, **_tokens(asked, delta)}]})
        for delta in deltas
    ]
    frames.append(
        _frame({**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls" if call else "stop"}]})
    )
    if (asked.get("stream_options") or {}).get("include_usage"):
        frames.append(_frame({**chunk, "choices": [], "usage": usage_of(config, asked)}))
    return [*frames, b"data: [DONE]\n\n"]


def tool_called(config: FakeServerConfig, asked: dict[str, Any]) -> dict[str, Any] | None:
    """Return the call of the first tool, where one is offered and the script has arguments for it."""
    tools = asked.get("tools")
    if not tools or not config.tool_arguments:
        return None
    name = (tools[0].get("function") or tools[0])["name"]  # the Responses API lays tools flat
    return {"id": "call_fake", "type": "function", "function": {"name": name, "arguments": config.tool_arguments}}


def usage_of(config: FakeServerConfig, asked: dict[str, Any]) -> dict[str, Any]:
    """Count words as tokens."""
    thought = len(config.reasoning.split())
    said = len(config.text.split()) + thought
    prompt = sum(len(str(message.get("content") or "").split()) for message in asked.get("messages", ()))
    return {
        "prompt_tokens": prompt,
        "completion_tokens": said,
        "total_tokens": prompt + said,
        "completion_tokens_details": {"reasoning_tokens": thought},
    }


def error_body(code: str, words: str = "The fake server was told to fail.") -> dict[str, Any]:
    """Return an error in OpenAI's form."""
    return {"error": {"message": words, "type": "server_error", "param": None, "code": code}}


def _envelope(kind: str, asked: dict[str, Any]) -> dict[str, Any]:
    return {"id": ID, "object": kind, "created": CREATED, "model": asked.get("model", "fake")}


def _tokens(asked: dict[str, Any], delta: dict[str, Any]) -> dict[str, Any]:
    if asked.get("logprobs") and delta.get("content"):
        return {"logprobs": {"content": [_logprob(delta["content"])]}}
    return {}


def _logprob(word: str) -> dict[str, Any]:
    return {"token": word, "logprob": -0.1, "bytes": list(word.encode()), "top_logprobs": []}


def _frame(value: dict[str, Any]) -> bytes:
    return b"data: " + ENCODE(value) + b"\n\n"
