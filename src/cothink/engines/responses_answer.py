"""A response object of the Responses API becomes chunks.

Unknown kinds of output are passed over, as the API asks of its clients; a known kind of the wrong shape is no answer.
Source: https://platform.openai.com/docs/api-reference/responses/object (read 2026-11-24).
"""

import re
from typing import Any, Literal, TypeVar

import msgspec

from cothink.core.chunk import Finish, TokenLogprob, Usage
from cothink.core.errors import CoThinkError, UpstreamBroken, UpstreamError
from cothink.engines.responses_errors import as_wire_error, from_failure

WORKING = frozenset({"queued", "in_progress"})
REASON = re.compile(r"[a-z_]{1,40}")
T = TypeVar("T")


class _In(msgspec.Struct, frozen=True):
    cached_tokens: int | None = None


class _Out(msgspec.Struct, frozen=True):
    reasoning_tokens: int | None = None


class WireUsage(msgspec.Struct, frozen=True):
    """Tokens as this API counts them."""

    input_tokens: int
    output_tokens: int
    input_tokens_details: _In | None = None
    output_tokens_details: _Out | None = None

    def usage(self) -> Usage:
        """In the words of the chat form."""
        return Usage(
            prompt_tokens=self.input_tokens,
            completion_tokens=self.output_tokens,
            reasoning_tokens=(self.output_tokens_details and self.output_tokens_details.reasoning_tokens) or 0,
            cached_tokens=(self.input_tokens_details and self.input_tokens_details.cached_tokens) or 0,
        )


class _Incomplete(msgspec.Struct, frozen=True):
    reason: str | None = None


class WireResponse(msgspec.Struct, frozen=True):
    """The response object; only what is read here. ``output`` stays raw, since its kinds grow."""

    id: str
    status: str
    model: str | None = None
    output: list[dict[str, Any]] | None = None
    usage: WireUsage | None = None
    error: Any = None
    incomplete_details: _Incomplete | None = None

    @property
    def is_working(self) -> bool:
        """Not over yet: ask again."""
        return self.status in WORKING


class _Part(msgspec.Struct, frozen=True):
    type: str
    text: str = ""
    refusal: str = ""
    logprobs: tuple[TokenLogprob, ...] | None = None


class MessageItem(msgspec.Struct, frozen=True):
    """What the model said. A ``commentary`` is said on the way to the answer and counts as thought."""

    content: tuple[_Part, ...] = ()
    phase: str | None = None

    @property
    def is_commentary(self) -> bool:
        """Not the answer itself."""
        return self.phase == "commentary"


class ReasoningItem(msgspec.Struct, frozen=True):
    """What the model lets be seen of its thought."""

    summary: tuple[_Part, ...] = ()
    content: tuple[_Part, ...] | None = None


class CallItem(msgspec.Struct, frozen=True):
    """A function that the model wants called."""

    call_id: str
    name: str
    arguments: str = ""


OutputItem = MessageItem | ReasoningItem | CallItem
_KINDS: dict[str, type[OutputItem]] = {
    "message": MessageItem,
    "reasoning": ReasoningItem,
    "function_call": CallItem,
}


class Said(msgspec.Struct):
    """All that a response said, folded."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    logprobs: tuple[TokenLogprob, ...] = ()
    calls: tuple[CallItem, ...] = ()


def decode(data: bytes, shape: type[T]) -> T:
    """Decode JSON of the API.

    Raises:
        UpstreamBroken: It is not JSON, or not of that shape.
    """
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UpstreamBroken("The pro's server sent something that is not an answer of its API.") from error


def output_item(raw: dict[str, Any]) -> OutputItem | None:
    """Return an item of the output in its own shape; None for a kind that is not read here.

    Raises:
        UpstreamBroken: A known kind has the wrong shape.
    """
    kind = _KINDS.get(str(raw.get("type")))
    if kind is None:
        return None
    try:
        return msgspec.convert(raw, type=kind)
    except msgspec.ValidationError as error:
        raise UpstreamBroken("The pro's server sent an output item of the wrong shape.") from error


def said(response: WireResponse) -> Said:
    """Fold the output of a response."""
    fold = Said()
    for raw in response.output or ():
        match output_item(raw):
            case MessageItem() as item:
                words = "".join(part.text for part in item.content if part.type == "output_text")
                if item.is_commentary:
                    fold.reasoning = _joined(fold.reasoning, words)
                else:
                    fold.text += words
                    fold.logprobs += tuple(lp for part in item.content for lp in part.logprobs or ())
                fold.refusal += "".join(part.refusal for part in item.content)
            case ReasoningItem() as item:
                for part in (*(item.content or ()), *item.summary):
                    fold.reasoning = _joined(fold.reasoning, part.text)
            case CallItem() as item:
                fold.calls += (item,)
            case None:
                pass
    return fold


def failure(response: WireResponse) -> CoThinkError | None:
    """Return the error of a response that ended without an answer; None where there is one."""
    match response.status:
        case "completed" | "incomplete":
            return None
        case "failed":
            return from_failure(as_wire_error(response.error))
        case "cancelled":
            return UpstreamError("The pro's answer was cancelled on its server.", code="response_cancelled")
        case "expired":
            return UpstreamError("The pro's answer is no longer kept on its server.", code="response_expired")
        case _:
            return UpstreamBroken("The pro's server gave the answer a status that is not its API's.")


def finish_of(response: WireResponse, *, has_calls: bool) -> tuple[Finish, str | None]:
    """Return why a finished response ended, and a warning where the reason has no name in the chat form."""
    if response.status == "completed":
        return ("tool_calls" if has_calls else "stop"), None
    reason = response.incomplete_details.reason if response.incomplete_details else None
    if reason == "content_filter":
        return "content_filter", None
    cut: Literal["length"] = "length"
    if reason == "max_output_tokens":
        return cut, None
    named = reason if reason and REASON.fullmatch(reason) else "no reason"
    return cut, f"The pro's answer is incomplete: {named}."


def _joined(before: str, more: str) -> str:
    return f"{before}\n\n{more}" if before and more else before + more
