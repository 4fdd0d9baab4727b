"""The body of a Responses request, from bytes to a Request: the stateless subset.

Source: https://platform.openai.com/docs/api-reference/responses/create (read 2026-11-24).
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from cothink.core.errors import BadRequest, Unsupported
from cothink.core.messages import (
    FunctionSpec,
    JsonSchema,
    NamedFunction,
    NamedTool,
    ResponseFormat,
    Tool,
    ToolChoice,
)
from cothink.core.request import Request, Sampling
from cothink.core.run import Run
from cothink.gateway.caching import CacheBody
from cothink.gateway.fields import EXTRAS, NO_OPS, Effort, Positive, check_choice
from cothink.gateway.responses.items import Item, to_messages
from cothink.gateway.strict import Reader

_NO_OPS = NO_OPS | {"truncation", "max_tool_calls", "stream_options"}
_STATEFUL = frozenset({"previous_response_id", "conversation", "background", "prompt"})

STATELESS = "This gateway keeps no responses: send the whole conversation in `input` instead."


class FlatTool(msgspec.Struct, frozen=True, omit_defaults=True):
    """A tool as the Responses API has it: not nested."""

    type: str
    name: str | None = None
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class FlatChoice(msgspec.Struct, frozen=True, omit_defaults=True):
    """The client insists on one tool."""

    type: str
    name: str | None = None


class TextFormat(msgspec.Struct, frozen=True, omit_defaults=True):
    """The form of the text, with its schema beside."""

    type: Literal["text", "json_object", "json_schema"]
    name: str | None = None
    schema: dict[str, Any] | None = None
    description: str | None = None
    strict: bool | None = None


class TextOptions(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the text should be."""

    format: TextFormat | None = None
    verbosity: str | None = None


class ReasoningOptions(msgspec.Struct, frozen=True, omit_defaults=True):
    """How hard to think. The summary is always shown where the model gives its thoughts."""

    effort: Effort | None = None
    summary: str | None = None


class ResponsesBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The fields of a Responses request that are served."""

    model: Annotated[str, Meta(min_length=1, max_length=256)]
    input: str | tuple[Item, ...]
    instructions: str | None = None
    stream: bool | None = None
    max_output_tokens: Positive | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    tools: Annotated[tuple[FlatTool, ...], Meta(max_length=1024)] | None = None
    tool_choice: Literal["none", "auto", "required"] | FlatChoice | None = None
    parallel_tool_calls: bool | None = None
    text: TextOptions | None = None
    reasoning: ReasoningOptions | None = None
    include: tuple[str, ...] | None = None
    cache: CacheBody | None = None


class ResponsesReader:
    """Reads bodies of the Responses API."""

    def __init__(self) -> None:
        self._reader = Reader(ResponsesBody, _NO_OPS | EXTRAS | _STATEFUL)

    def read(self, raw: bytes) -> tuple[ResponsesBody, dict[str, Any], tuple[str, ...]]:
        """Return the body, the extras that go on, and the names of what is dropped.

        Raises:
            BadRequest: It is no such body; ``param`` names the field.
            Unsupported: It asks for something that is not served here, such as kept state.
        """
        body, aside, ignored = self._reader.read(raw)
        for name in _STATEFUL:
            if aside.get(name):
                raise Unsupported(f"{name} is not served. {STATELESS}", param=name)
        extras = {name: value for name, value in aside.items() if name in EXTRAS and value is not None}
        if body.tool_choice is not None:
            check_choice(tool_choice_of(body), tools_of(body))
        dropped = [f"include.{name}" for name in body.include or () if name != "message.output_text.logprobs"]
        if not isinstance(body.input, str) and any(item.type == "reasoning" for item in body.input):
            dropped.append("input.reasoning")
        return body, extras, (*ignored, *dropped)


def to_responses_request(body: ResponsesBody, extras: dict[str, Any], run: Run, dial: float | None) -> Request:
    """Return what the engines read of a checked body."""
    return Request(
        model=body.model,
        messages=to_messages(body.input, body.instructions),
        run=run,
        sampling=Sampling(temperature=body.temperature, top_p=body.top_p, max_tokens=body.max_output_tokens),
        tools=tools_of(body),
        tool_choice=tool_choice_of(body),
        parallel_tool_calls=body.parallel_tool_calls,
        response_format=_format_of(body),
        logprobs=body.top_logprobs is not None or "message.output_text.logprobs" in (body.include or ()),
        top_logprobs=body.top_logprobs,
        reasoning_effort=body.reasoning.effort if body.reasoning else None,
        dial=dial,
        stream=bool(body.stream),
        extras=extras,
    )


def tools_of(body: ResponsesBody) -> tuple[Tool, ...]:
    """Return the tools in the chat form.

    Raises:
        Unsupported: A tool is not a function.
        BadRequest: A function has no name.
    """
    tools = []
    for i, tool in enumerate(body.tools or ()):
        if tool.type != "function":
            raise Unsupported(
                f"A tool of the type {tool.type!r} is not served; only function is.", param=f"tools[{i}].type"
            )
        if not tool.name:
            raise BadRequest("A function needs a name.", param=f"tools[{i}].name")
        tools.append(Tool(FunctionSpec(tool.name, tool.description, tool.parameters, tool.strict)))
    return tuple(tools)


def tool_choice_of(body: ResponsesBody) -> ToolChoice | None:
    """Return the choice of a tool in the chat form."""
    choice = body.tool_choice
    if not isinstance(choice, FlatChoice):
        return choice
    if choice.type != "function" or not choice.name:
        raise Unsupported('tool_choice must be "none", "auto", "required" or a function by name.', param="tool_choice")
    return NamedTool(NamedFunction(choice.name))


def _format_of(body: ResponsesBody) -> ResponseFormat | None:
    form = body.text.format if body.text else None
    if form is None:
        return None
    if form.type != "json_schema":
        return ResponseFormat(form.type)
    if form.schema is None:
        raise BadRequest("text.format.schema is needed where its type is json_schema.", param="text.format.schema")
    return ResponseFormat("json_schema", JsonSchema(form.name or "answer", form.schema, form.description, form.strict))
