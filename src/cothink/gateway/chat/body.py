"""The body of a chat request, from bytes to a Request.

What is served is checked; known no-ops are taken; extras go on by an allow-list; the rest is dropped and named.
Source: https://platform.openai.com/docs/api-reference/chat/create (read 2026-11-24).
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from cothink.core.errors import BadRequest, Unsupported
from cothink.core.messages import Message, ResponseFormat, Tool, ToolChoice
from cothink.core.request import Request, Sampling
from cothink.core.run import Run
from cothink.gateway.caching import CacheBody
from cothink.gateway.fields import EXTRAS, NO_OPS, Effort, Positive, check_choice
from cothink.gateway.strict import Reader

_LEGACY = frozenset({"functions", "function_call", "audio", "modalities"})

Penalty = Annotated[float, Meta(ge=-2, le=2)]
Bias = Annotated[float, Meta(ge=-100, le=100)]


class StreamOptions(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a stream ends: with its usage, or without."""

    include_usage: bool | None = None
    include_obfuscation: bool | None = None


class ChatBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The fields of a chat request that are served."""

    model: Annotated[str, Meta(min_length=1, max_length=256)]
    messages: Annotated[tuple[Message, ...], Meta(min_length=1)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: Positive | None = None
    max_completion_tokens: Positive | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    n: Annotated[int, Meta(ge=1)] | None = None
    stop: str | Annotated[tuple[str, ...], Meta(max_length=4)] | None = None
    seed: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    logit_bias: dict[str, Bias] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    tools: Annotated[tuple[Tool, ...], Meta(max_length=1024)] | None = None
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    reasoning_effort: Effort | None = None
    cache: CacheBody | None = None


class ChatReader:
    """Reads chat bodies.

    Args:
        max_n: The most answers to one request.
    """

    def __init__(self, max_n: int) -> None:
        self._reader = Reader(ChatBody, NO_OPS | EXTRAS | _LEGACY)
        self._max_n = max_n

    def read(self, raw: bytes) -> tuple[ChatBody, dict[str, Any], tuple[str, ...]]:
        """Return the body, the extras that go on, and the names of what is dropped.

        Raises:
            BadRequest: It is no chat body; ``param`` names the field.
            Unsupported: It asks for something that is not served here.
        """
        body, aside, ignored = self._reader.read(raw)
        extras: dict[str, Any] = {}
        if aside:
            _refuse_legacy(aside)
            extras = {name: value for name, value in aside.items() if name in EXTRAS and value is not None}
        self._check(body)
        return body, extras, ignored

    def _check(self, body: ChatBody) -> None:
        if body.n is not None and body.n > self._max_n:
            raise BadRequest(f"n is {body.n}; at most {self._max_n} answers to a request are allowed.", param="n")
        if body.max_tokens is not None and body.max_completion_tokens not in (None, body.max_tokens):
            raise BadRequest(
                f"max_tokens is {body.max_tokens} and max_completion_tokens is {body.max_completion_tokens}; they mean "
                "the same, so send one of them.",
                param="max_tokens",
            )
        if body.top_logprobs is not None and not body.logprobs:
            raise BadRequest("top_logprobs needs logprobs: true.", param="top_logprobs")
        if body.stream_options is not None and not body.stream:
            raise BadRequest("stream_options is only allowed with stream: true.", param="stream_options")
        if body.tool_choice is not None:
            check_choice(body.tool_choice, body.tools or ())
        if body.response_format is not None:
            _check_format(body.response_format)
        for i, message in enumerate(body.messages):
            if message.role != "user" or message.content is None:
                _check_message(message, f"messages[{i}]")


def to_request(body: ChatBody, extras: dict[str, Any], run: Run, dial: float | None) -> Request:
    """Return what the engines read of a checked body."""
    stop = body.stop
    return Request(
        model=body.model,
        messages=body.messages,
        run=run,
        sampling=Sampling(
            temperature=body.temperature,
            top_p=body.top_p,
            max_tokens=body.max_completion_tokens if body.max_tokens is None else body.max_tokens,
            stop=(stop,) if isinstance(stop, str) else stop or (),
            seed=body.seed,
            presence_penalty=body.presence_penalty,
            frequency_penalty=body.frequency_penalty,
            logit_bias=body.logit_bias,
        ),
        tools=body.tools or (),
        tool_choice=body.tool_choice,
        parallel_tool_calls=body.parallel_tool_calls,
        response_format=body.response_format,
        logprobs=bool(body.logprobs),
        top_logprobs=body.top_logprobs,
        reasoning_effort=body.reasoning_effort,
        dial=dial,
        stream=bool(body.stream),
        extras=extras,
    )


def _refuse_legacy(aside: dict[str, Any]) -> None:
    if aside.get("functions") is not None:
        raise Unsupported("functions is retired: send tools instead.", param="functions")
    if aside.get("function_call") is not None:
        raise Unsupported("function_call is retired: send tool_choice instead.", param="function_call")
    if aside.get("audio") is not None:
        raise Unsupported("audio is not served: answers are text.", param="audio")
    if aside.get("modalities") not in (None, ["text"]):
        raise Unsupported('modalities may only be ["text"]: answers are text.', param="modalities")


def _check_format(form: ResponseFormat) -> None:
    if form.type == "json_schema" and form.json_schema is None:
        raise BadRequest(
            "response_format.json_schema is needed where its type is json_schema.", param="response_format.json_schema"
        )


def _check_message(message: Message, path: str) -> None:
    role = message.role
    if role == "function":
        raise Unsupported("The role function is retired: send role tool with a tool_call_id.", param=f"{path}.role")
    if role == "tool" and not message.tool_call_id:
        raise BadRequest("A tool message needs the tool_call_id that it answers.", param=f"{path}.tool_call_id")
    if message.content is None and not (role == "assistant" and (message.tool_calls or message.refusal)):
        raise BadRequest(f"A message of the role {role} needs content.", param=f"{path}.content")
