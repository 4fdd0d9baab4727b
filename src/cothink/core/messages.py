"""What is said: messages and their parts, tools and the calls of tools.

The shapes are OpenAI's chat form, so a body is decoded straight into them and encoded straight out again.
Source: https://platform.openai.com/docs/api-reference/chat/create (read 2026-11-24).
"""

from typing import Any, Literal

import msgspec

Role = Literal["system", "developer", "user", "assistant", "tool", "function"]


class TextPart(msgspec.Struct, frozen=True, tag_field="type", tag="text"):
    """A piece of text."""

    text: str


class ImageUrl(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where an image is: an ``https:`` address or a ``data:`` URL."""

    url: str
    detail: Literal["auto", "low", "high"] | None = None


class ImagePart(msgspec.Struct, frozen=True, tag_field="type", tag="image_url"):
    """A picture among the words."""

    image_url: ImageUrl


class RefusalPart(msgspec.Struct, frozen=True, tag_field="type", tag="refusal"):
    """What an assistant said when it declined."""

    refusal: str


Part = TextPart | ImagePart | RefusalPart


class FunctionCall(msgspec.Struct, frozen=True):
    """The function that a model wants called. ``arguments`` is JSON as the model wrote it: it may not parse."""

    name: str
    arguments: str


class ToolCall(msgspec.Struct, frozen=True):
    """One call of a tool, in an assistant's message."""

    id: str
    function: FunctionCall
    type: Literal["function"] = "function"


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """One turn of a conversation.

    ``reasoning_content`` is what the assistant thought in an earlier turn; each upstream has a rule for whether it
    travels (``drop``, ``keep``, ``keep_if_tools``).
    """

    role: Role
    content: str | tuple[Part, ...] | None = None
    name: str | None = None
    tool_calls: tuple[ToolCall, ...] | None = None
    tool_call_id: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None

    @property
    def text(self) -> str:
        """The words of this turn; pictures are left out."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content or () if isinstance(part, TextPart))

    @property
    def has_image(self) -> bool:
        """Whether a picture is among the parts."""
        return isinstance(self.content, tuple) and any(isinstance(part, ImagePart) for part in self.content)


class FunctionSpec(msgspec.Struct, frozen=True, omit_defaults=True):
    """A function that the model may call; ``parameters`` is a JSON schema."""

    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class Tool(msgspec.Struct, frozen=True):
    """A tool on offer."""

    function: FunctionSpec
    type: Literal["function"] = "function"


class NamedFunction(msgspec.Struct, frozen=True):
    """The name of one function."""

    name: str


class NamedTool(msgspec.Struct, frozen=True):
    """The client insists on one tool."""

    function: NamedFunction
    type: Literal["function"] = "function"


ToolChoice = Literal["none", "auto", "required"] | NamedTool


class JsonSchema(msgspec.Struct, frozen=True, omit_defaults=True):
    """A named JSON schema that the answer must follow."""

    name: str
    schema: dict[str, Any] = {}
    description: str | None = None
    strict: bool | None = None


class ResponseFormat(msgspec.Struct, frozen=True, omit_defaults=True):
    """The form of the answer: free text, any JSON object, or JSON by a schema."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None
