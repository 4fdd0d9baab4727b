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


_encode = msgspec.json.Encoder().encode


class _PlainBody(msgspec.Struct, omit_defaults=True, gc=False):
    """The fields of nearly every call, in an order of their own."""

    model: str
    messages: tuple[Message, ...]
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logit_bias: dict[str, float] | None = None
    stream: bool = False
    stream_options: dict[str, bool] | None = None


def encode_body(request: Request, config: ChatCompletionsConfig, model: str, rules: Preset) -> bytes:
    """Return the body as JSON. What `to_body` makes of a plain call is written without the dicts in between."""
    if not _is_plain(request):
        return _encode(to_body(request, config, model, rules))
    messages = fold_system(request.messages) if rules == "r1" else request.messages
    drawn = request.sampling
    temperature, top_p = drawn.temperature, drawn.top_p
    if rules != "none":
        temperature = SAMPLING["temperature"] if temperature is None else temperature
        top_p = SAMPLING["top_p"] if top_p is None else top_p
    return _encode(
        _PlainBody(
            model,
            messages,
            temperature,
            top_p,
            drawn.max_tokens,
            drawn.stop,
            drawn.seed,
            drawn.presence_penalty,
            drawn.frequency_penalty,
            drawn.logit_bias,
            request.stream,
            {"include_usage": True} if request.stream and config.stream_usage else None,
        )
    )


def _is_plain(request: Request) -> bool:
    """Nothing but messages and how to draw, and no message that needs another form."""
    if (
        request.extras
        or request.tools
        or request.response_format is not None
        or request.logprobs
        or request.reasoning_effort is not None
    ):
        return False
    for message in request.messages:
        if message.content is None or message.reasoning_content is not None or message.role == "developer":
            return False
    return True


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
