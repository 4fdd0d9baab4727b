"""The input of a Responses request: items become the messages of a conversation."""

from typing import Literal

import msgspec

from cothink.core.errors import BadRequest, Unsupported
from cothink.core.messages import (
    FunctionCall,
    ImagePart,
    ImageUrl,
    Message,
    Part,
    RefusalPart,
    TextPart,
    ToolCall,
)


class ItemPart(msgspec.Struct, frozen=True, omit_defaults=True):
    """A piece of an item. Which fields it needs depends on ``type``, so they are checked by hand, with words."""

    type: str
    text: str | None = None
    image_url: str | None = None
    detail: Literal["auto", "low", "high"] | None = None
    refusal: str | None = None
    annotations: tuple[msgspec.Raw, ...] | None = None  # part of an answer that is sent back; it changes nothing
    logprobs: tuple[msgspec.Raw, ...] | None = None  # as above


class Item(msgspec.Struct, frozen=True, omit_defaults=True):
    """One item of the input: a message, a call of a function, its output, or a thought."""

    type: str | None = None
    role: str | None = None
    content: str | tuple[ItemPart, ...] | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    output: str | tuple[ItemPart, ...] | None = None
    id: str | None = None
    status: str | None = None
    summary: tuple[ItemPart, ...] | None = None
    encrypted_content: str | None = None


def to_messages(input: str | tuple[Item, ...], instructions: str | None) -> tuple[Message, ...]:
    """Return the conversation. Thoughts of earlier turns are left out.

    Raises:
        BadRequest: An item lacks something, or there is none.
        Unsupported: An item or a part is of a kind that is not served.
    """
    messages: list[Message] = []
    if instructions:
        messages.append(Message("system", instructions))
    if isinstance(input, str):
        return (*messages, Message("user", input))
    for i, item in enumerate(input):
        _add(messages, item, f"input[{i}]")
    if all(message.role == "system" for message in messages):
        raise BadRequest("input holds no message to answer.", param="input")
    return tuple(messages)


def _add(messages: list[Message], item: Item, path: str) -> None:
    kind = item.type or "message"
    if kind == "message":
        messages.append(_message(item, path))
    elif kind == "function_call":
        if not (item.call_id and item.name):
            raise BadRequest("A function_call needs call_id and name.", param=f"{path}.call_id")
        call = ToolCall(item.call_id, FunctionCall(item.name, item.arguments or "{}"))
        last = messages[-1] if messages else None
        if last is not None and last.role == "assistant":  # calls of one turn stand in one message
            messages[-1] = msgspec.structs.replace(last, tool_calls=(*(last.tool_calls or ()), call))
        else:
            messages.append(Message("assistant", tool_calls=(call,)))
    elif kind == "function_call_output":
        if not item.call_id or item.output is None:
            raise BadRequest("A function_call_output needs call_id and output.", param=f"{path}.call_id")
        messages.append(Message("tool", _content(item.output, f"{path}.output"), tool_call_id=item.call_id))
    elif kind != "reasoning":
        raise Unsupported(
            f"An item of the type {kind[:64]!r} is not served; message, function_call, function_call_output and "
            "reasoning are.",
            param=f"{path}.type",
        )


def _message(item: Item, path: str) -> Message:
    if item.content is None:
        raise BadRequest("A message needs content.", param=f"{path}.content")
    content = _content(item.content, f"{path}.content")
    if item.role == "user":
        return Message("user", content)
    if item.role == "assistant":
        return Message("assistant", content)
    if item.role == "system":
        return Message("system", content)
    if item.role == "developer":
        return Message("developer", content)
    raise BadRequest(
        f"The role is {item.role!r}; user, assistant, system and developer are allowed.", param=f"{path}.role"
    )


def _content(content: str | tuple[ItemPart, ...], path: str) -> str | tuple[Part, ...]:
    if isinstance(content, str):
        return content
    parts = tuple(_part(part, f"{path}[{i}]") for i, part in enumerate(content))
    if len(parts) == 1 and isinstance(parts[0], TextPart):
        return parts[0].text
    return parts


def _part(part: ItemPart, path: str) -> Part:
    if part.type in ("input_text", "output_text", "text") and part.text is not None:
        return TextPart(part.text)
    if part.type == "refusal" and part.refusal is not None:
        return RefusalPart(part.refusal)
    if part.type == "input_image":
        if part.image_url is None:
            raise Unsupported("An input_image needs image_url; files are not kept here.", param=f"{path}.image_url")
        return ImagePart(ImageUrl(part.image_url, part.detail))
    raise Unsupported(
        f"A part of the type {part.type[:64]!r} is not served, or lacks its text; input_text, output_text, refusal and "
        "input_image are.",
        param=f"{path}.type",
    )
