"""A request becomes the body of ``POST /chat/completions``.

Source: https://platform.openai.com/docs/api-reference/chat/create (read 2026-11-24).
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from cothink.core.messages import Message, TextPart
from cothink.core.request import Request
from cothink.engines.chat_config import ChatCompletionsConfig, Preset, ReasoningRule

SAMPLING = {"temperature": 0.6, "top_p": 0.95}
"""R1's own, by its README: below 0.5 it repeats itself without end, above 0.7 it loses the thread."""

NEVER = frozenset({"model", "messages", "stream", "stream_options", "n"})
"""What an extra may not change: n answers are n calls."""


def to_body(request: Request, config: ChatCompletionsConfig, model: str, rules: Preset) -> dict[str, Any]:
    """Return the body as a dict that msgspec encodes; fields that were not set are left out.

    Args:
        model: The name to send.
        rules: The preset that holds, ``config.rules``.
    """
    messages = with_rule(request.messages, config.reasoning)
    if rules == "r1":
        messages = fold_system(messages)
    body: dict[str, Any] = {name: value for name, value in request.extras.items() if name not in NEVER}
    if rules != "none":
        body |= SAMPLING
    body |= {"model": model, "messages": [_message(message) for message in messages]}
    body |= msgspec.to_builtins(request.sampling)  # leaves out what was not set
    body |= _task(request)
    if request.stream:
        body["stream"] = True
        if config.stream_usage:
            body["stream_options"] = {"include_usage": True}
    return body


def with_rule(messages: Sequence[Message], rule: ReasoningRule) -> tuple[Message, ...]:
    """Return the conversation with the thoughts of earlier turns kept or left out, as the server wants it.

    With ``keep_if_tools`` they stay in those user turns in which the assistant called a tool, its last answer
    included.
    """
    if rule == "keep" or not any(message.reasoning_content for message in messages):
        return tuple(messages)
    kept: list[Message] = []
    for turn in _turns(messages):
        used_tools = any(message.tool_calls for message in turn)
        if rule == "keep_if_tools" and used_tools:
            kept += turn
        else:
            kept += (msgspec.structs.replace(message, reasoning_content=None) for message in turn)
    return tuple(kept)


def fold_system(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Return the conversation without system prompts: their words begin the first user turn."""
    prompts = [message.text for message in messages if message.role in {"system", "developer"} and message.text]
    rest = [message for message in messages if message.role not in {"system", "developer"}]
    if not prompts:
        return tuple(rest) or tuple(messages)
    words = "\n\n".join(prompts)
    for i, message in enumerate(rest):
        if message.role == "user":
            content = message.content
            folded = (
                (TextPart(words), *content) if isinstance(content, tuple) else f"{words}\n\n{content or ''}".rstrip()
            )
            rest[i] = msgspec.structs.replace(message, content=folded)
            return tuple(rest)
    return (Message(role="user", content=words), *rest)


def _turns(messages: Sequence[Message]) -> Iterable[list[Message]]:
    """Cut the conversation before each user message."""
    turn: list[Message] = []
    for message in messages:
        if message.role == "user" and turn:
            yield turn
            turn = []
        turn.append(message)
    yield turn


def _message(message: Message) -> Any:
    if message.role == "developer":  # chat templates of open models know no such role
        message = msgspec.structs.replace(message, role="system")
    if message.content is None:  # some servers want the field even where it is empty
        return {"content": None, **msgspec.to_builtins(message)}
    return message


def _task(request: Request) -> dict[str, Any]:
    """Return what shapes the answer beside the draw."""
    form = request.response_format
    fields = {
        "tools": request.tools or None,
        "tool_choice": request.tool_choice if request.tools else None,
        "parallel_tool_calls": request.parallel_tool_calls if request.tools else None,
        "response_format": None if form is None or form.type == "text" else form,
        "logprobs": request.logprobs or None,
        "top_logprobs": request.top_logprobs if request.logprobs else None,
        "reasoning_effort": request.reasoning_effort,
    }
    return {name: value for name, value in fields.items() if value is not None}
