"""What the Responses API answers, as values: the response and its items.

Source: https://platform.openai.com/docs/api-reference/responses/object (read 2026-11-24).
"""

from typing import Any, Literal

import msgspec

from cothink.core.answer import Answer
from cothink.core.chunk import Finish, TokenLogprob, Usage
from cothink.gateway.edge.faults import ErrorBody
from cothink.gateway.report import Report
from cothink.gateway.responses.body import FlatChoice, FlatTool, ResponsesBody, TextFormat

Status = Literal["in_progress", "completed", "incomplete", "failed"]


class OutputText(msgspec.Struct, frozen=True, tag_field="type", tag="output_text"):
    """Text of the answer."""

    text: str
    annotations: tuple[()] = ()
    logprobs: tuple[TokenLogprob, ...] = ()


class OutputRefusal(msgspec.Struct, frozen=True, tag_field="type", tag="refusal"):
    """What the model said when it declined."""

    refusal: str


class SummaryText(msgspec.Struct, frozen=True, tag_field="type", tag="summary_text"):
    """Text of a thought."""

    text: str


class MessageItem(msgspec.Struct, frozen=True, tag_field="type", tag="message"):
    """The answer in words."""

    id: str
    status: Status
    content: tuple[OutputText | OutputRefusal, ...] = ()
    role: str = "assistant"


class ReasoningItem(msgspec.Struct, frozen=True, tag_field="type", tag="reasoning"):
    """The thought before it."""

    id: str
    summary: tuple[SummaryText, ...] = ()


class CallItem(msgspec.Struct, frozen=True, tag_field="type", tag="function_call"):
    """A function that the model wants called."""

    id: str
    status: Status
    call_id: str
    name: str
    arguments: str = ""


OutputItem = MessageItem | ReasoningItem | CallItem


class InputDetails(msgspec.Struct, frozen=True):
    """Parts of the input's tokens."""

    cached_tokens: int
    cache_write_tokens: int = 0  # no server of ours counts them, and the SDK wants a number


class OutputDetails(msgspec.Struct, frozen=True):
    """Parts of the output's tokens."""

    reasoning_tokens: int


class ResponseUsage(msgspec.Struct, frozen=True):
    """Tokens as the Responses API shows them."""

    input_tokens: int
    input_tokens_details: InputDetails
    output_tokens: int
    output_tokens_details: OutputDetails
    total_tokens: int


class Incomplete(msgspec.Struct, frozen=True):
    """Why an answer is not whole."""

    reason: str


class ResponseError(msgspec.Struct, frozen=True):
    """Why a response failed."""

    code: str
    message: str


class ReasoningAnswer(msgspec.Struct, frozen=True):
    """How hard the model was asked to think."""

    effort: str | None = None
    summary: str | None = None


class TextAnswer(msgspec.Struct, frozen=True):
    """The form of the text."""

    format: TextFormat = TextFormat("text")


class ResponseObject(msgspec.Struct, frozen=True, kw_only=True):
    """A response, whole or on its way."""

    id: str
    created_at: int
    status: Status
    model: str
    output: tuple[OutputItem, ...] = ()
    usage: ResponseUsage | None = None
    error: ResponseError | None = None
    incomplete_details: Incomplete | None = None
    instructions: str | None = None
    max_output_tokens: int | None = None
    parallel_tool_calls: bool = True
    previous_response_id: None = None
    reasoning: ReasoningAnswer = ReasoningAnswer()
    store: bool = False
    temperature: float | None = None
    text: TextAnswer = TextAnswer()
    tool_choice: Literal["none", "auto", "required"] | FlatChoice = "auto"
    tools: tuple[FlatTool, ...] = ()
    top_p: float | None = None
    truncation: str = "disabled"
    metadata: dict[str, Any] = {}
    object: str = "response"
    cothink: Report | None = None


def new_response(body: ResponsesBody, id: str, model: str, created: int) -> ResponseObject:
    """Return the response to a body, before anything was said."""
    reasoning, form = body.reasoning, body.text.format if body.text else None
    return ResponseObject(
        id=id,
        created_at=created,
        status="in_progress",
        model=model,
        instructions=body.instructions,
        max_output_tokens=body.max_output_tokens,
        parallel_tool_calls=body.parallel_tool_calls is not False,
        reasoning=ReasoningAnswer(reasoning.effort, reasoning.summary) if reasoning else ReasoningAnswer(),
        temperature=body.temperature,
        text=TextAnswer(form) if form else TextAnswer(),
        tool_choice=body.tool_choice or "auto",
        tools=body.tools or (),
        top_p=body.top_p,
    )


def ended(
    response: ResponseObject, finish: Finish, output: tuple[OutputItem, ...], usage: Usage | None, report: Report
) -> ResponseObject:
    """Return a response with its end: whole, or cut by a limit or a filter."""
    reason = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(finish)
    return msgspec.structs.replace(
        response,
        status="completed" if reason is None else "incomplete",
        incomplete_details=None if reason is None else Incomplete(reason),
        output=output,
        usage=None if usage is None else response_usage(usage),
        cothink=report,
    )


def failed(response: ResponseObject, error: ErrorBody, report: Report) -> ResponseObject:
    """Return a response that failed on its way."""
    words = ResponseError(error.code or "server_error", error.message)
    return msgspec.structs.replace(response, status="failed", error=words, cothink=report)


def response_usage(usage: Usage) -> ResponseUsage:
    """Return tokens in the form of this API."""
    return ResponseUsage(
        usage.prompt_tokens,
        InputDetails(usage.cached_tokens),
        usage.completion_tokens,
        OutputDetails(usage.reasoning_tokens),
        usage.total_tokens,
    )


def output_of(answer: Answer, id: str) -> tuple[OutputItem, ...]:
    """Return a whole answer as items."""
    items: list[OutputItem] = []
    if answer.reasoning:
        items.append(ReasoningItem(f"rs_{id}_{len(items)}", (SummaryText(answer.reasoning),)))
    parts: list[OutputText | OutputRefusal] = []
    if answer.text or not (answer.refusal or answer.tool_calls):
        parts.append(OutputText(answer.text, logprobs=answer.logprobs))
    if answer.refusal:
        parts.append(OutputRefusal(answer.refusal))
    status: Status = "completed" if answer.finish in ("stop", "tool_calls") else "incomplete"
    if parts:
        items.append(MessageItem(f"msg_{id}_{len(items)}", status, tuple(parts)))
    for call in answer.tool_calls:
        name, arguments = call.function.name, call.function.arguments
        items.append(CallItem(f"fc_{id}_{len(items)}", "completed", call.id, name, arguments))
    return tuple(items)
