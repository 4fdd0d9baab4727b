"""A conversation in the chat form becomes the items of the Responses API.

What was thought in earlier turns stays here: it was another model's, and this API takes only its own.
Source: https://platform.openai.com/docs/api-reference/responses/create (read 2026-11-24).
"""

from collections.abc import Iterator
from typing import Any

from cothink.core.errors import BadRequest
from cothink.core.messages import ImagePart, Message, RefusalPart, TextPart

Item = dict[str, Any]


def split(messages: tuple[Message, ...]) -> tuple[str | None, list[Item]]:
    """Return the instructions (the system turns that open the conversation) and the items of the rest.

    Raises:
        BadRequest: A turn has no place in this API; ``param`` names it.
    """
    opening = 0
    while opening < len(messages) and messages[opening].role in {"system", "developer"}:
        opening += 1
    if opening == len(messages):
        opening -= 1  # the API wants at least one item, so the last system turn stays one
    instructions = "\n\n".join(message.text for message in messages[:opening]) or None
    items = [item for i, message in enumerate(messages[opening:], opening) for item in _items(i, message)]
    return instructions, items


def _items(i: int, message: Message) -> Iterator[Item]:
    match message.role:
        case "system" | "developer":
            yield {"type": "message", "role": "developer", "content": message.text}
        case "user":
            yield {"type": "message", "role": "user", "content": _content(message)}
        case "assistant":
            yield from _assistant(message)
        case "tool":
            if not message.tool_call_id:
                raise BadRequest("A tool's turn must say which call it answers.", param=f"messages[{i}].tool_call_id")
            yield {"type": "function_call_output", "call_id": message.tool_call_id, "output": _content(message)}
        case "function":
            raise BadRequest("The role 'function' is not served; use 'tool'.", param=f"messages[{i}].role")


def _assistant(message: Message) -> Iterator[Item]:
    """Yield what an assistant said, then what it called.

    Its words travel as plain content: the typed form (``output_text``) wants the ids of the vendor's own items, which a
    chat does not have.
    """
    words = message.text or message.refusal or _refusal(message)
    if words:
        yield {"type": "message", "role": "assistant", "content": words}
    for call in message.tool_calls or ():
        yield {
            "type": "function_call",
            "call_id": call.id,
            "name": call.function.name,
            "arguments": call.function.arguments,
        }


def _refusal(message: Message) -> str:
    parts = message.content if isinstance(message.content, tuple) else ()
    return "\n".join(part.refusal for part in parts if isinstance(part, RefusalPart))


def _content(message: Message) -> str | list[Item]:
    """Return the words alone as a string, words with pictures as parts."""
    if not isinstance(message.content, tuple):
        return message.content or ""
    return [part for given in message.content for part in _parts(given)]


def _parts(part: TextPart | ImagePart | RefusalPart) -> Iterator[Item]:
    match part:
        case TextPart():
            yield {"type": "input_text", "text": part.text}
        case ImagePart():
            image = part.image_url
            yield {"type": "input_image", "image_url": image.url, "detail": image.detail or "auto"}
        case RefusalPart():
            yield {"type": "input_text", "text": part.refusal}
