"""Writes what leaves anew, with placeholders in the place of personal data: messages, tools, schemas."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from cothink.core.messages import (
    FunctionCall,
    FunctionSpec,
    Message,
    RefusalPart,
    ResponseFormat,
    TextPart,
    Tool,
    ToolCall,
)
from cothink.privacy.masking import Placeholders
from cothink.privacy.spans import Span

_FREE_TEXT: Final = frozenset({"description", "title", "default", "const", "enum", "examples"})
_DEEPEST: Final = 64  # a body is no deeper


def texts_of(message: Message) -> Iterator[str]:
    """Yield every text of a message that could hold a placeholder."""
    yield message.text
    yield message.reasoning_content or ""
    yield message.refusal or ""
    for call in message.tool_calls or ():
        yield call.function.arguments


class Writer:
    """Writes one request.

    Args:
        find: Finds what must not leave.
        placeholders: Those of this request.
    """

    def __init__(self, find: Callable[[str], list[Span]], placeholders: Placeholders) -> None:
        self._find = find
        self.placeholders = placeholders

    def text(self, text: str) -> str:
        """Return a text with placeholders."""
        spans = self._find(text) if text else []
        return self.placeholders.mask(text, spans) if spans else text

    def message(self, message: Message) -> Message:
        """Return a message with placeholders. A participant's name that is personal is left out: it has no brackets."""
        calls = message.tool_calls
        return msgspec.structs.replace(
            message,
            content=self._content(message),
            name=None if message.name is None or self._find(message.name) else message.name,
            tool_calls=None if calls is None else tuple([self._call(call) for call in calls]),
            refusal=self._maybe(message.refusal),
            reasoning_content=self._maybe(message.reasoning_content),
        )

    def tool(self, tool: Tool) -> Tool:
        """Return a tool with placeholders in its free text; names of functions and parameters stay."""
        spec = tool.function
        parameters = None if spec.parameters is None else self.value(spec.parameters)
        return Tool(FunctionSpec(spec.name, self._maybe(spec.description), parameters, spec.strict), tool.type)

    def form(self, form: ResponseFormat | None) -> ResponseFormat | None:
        """Return the form of the answer with placeholders in its schema's free text."""
        if form is None or form.json_schema is None:
            return form
        schema = form.json_schema
        written = msgspec.structs.replace(
            schema, schema=self.value(schema.schema), description=self._maybe(schema.description)
        )
        return ResponseFormat(form.type, written)

    def value(self, value: Any, *, is_free: bool = False, depth: int = 0) -> Any:
        """Return a JSON value with placeholders in its words.

        Args:
            value: A schema, or anything.
            is_free: Every text is free text; else only what a schema describes, allows, or gives as an example.
            depth: How deep this stands; what is deeper than any body is dropped.
        """
        if depth > _DEEPEST:
            return None
        if isinstance(value, dict):
            return {
                key: self.value(one, is_free=is_free or key in _FREE_TEXT, depth=depth + 1)
                for key, one in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.value(one, is_free=is_free, depth=depth + 1) for one in value]
        return self.text(value) if is_free and isinstance(value, str) else value

    def _content(self, message: Message) -> Any:
        if not isinstance(message.content, tuple):
            return self._maybe(message.content)
        parts: list[Any] = []
        for part in message.content:
            if isinstance(part, TextPart):
                parts.append(TextPart(self.text(part.text)))
            elif isinstance(part, RefusalPart):
                parts.append(RefusalPart(self.text(part.refusal)))
            else:
                parts.append(part)
        return tuple(parts)

    def _call(self, call: ToolCall) -> ToolCall:
        return ToolCall(call.id, FunctionCall(call.function.name, self.text(call.function.arguments)), call.type)

    def _maybe(self, text: str | None) -> str | None:
        return None if text is None else self.text(text)
