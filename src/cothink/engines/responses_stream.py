"""The events of a streamed response become chunks, one at a time; nothing of an answer is lost or said twice.

An answer counts as whole only when a terminal event came. What the deltas left out is taken from the whole response in
that event, since some servers send short streams. Unknown events are passed over, as the API asks of its clients.
Source: https://platform.openai.com/docs/api-reference/responses-streaming (read 2026-11-24).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from cothink.core.chunk import Chunk, TokenLogprob, ToolCallDelta
from cothink.core.errors import UpstreamBroken
from cothink.core.stop_texts import StopTexts
from cothink.engines.responses_answer import (
    CallItem,
    MessageItem,
    Said,
    WireResponse,
    decode,
    failure,
    finish_of,
    output_item,
    said,
)
from cothink.engines.responses_errors import WireError, as_wire_error, from_failure


class _Tag(msgspec.Struct, frozen=True):
    type: str


class _Delta(msgspec.Struct, frozen=True):
    delta: str
    output_index: int = 0
    logprobs: tuple[TokenLogprob, ...] = ()


class _ItemEvent(msgspec.Struct, frozen=True):
    item: dict[str, Any]
    output_index: int = 0


class _Whole(msgspec.Struct, frozen=True):
    response: WireResponse


class _Error(msgspec.Struct, frozen=True):
    code: str | int | None = None
    message: str | None = None
    param: str | None = None
    error: Any = None


class _Call:
    """A call of a tool while it comes in."""

    __slots__ = ("arguments", "id", "index")

    def __init__(self, index: int, id: str, arguments: str) -> None:
        self.index = index
        self.id = id
        self.arguments = [arguments]


class ResponseReader:
    """Reads one response, streamed or whole.

    Args:
        stops: Texts that end the answer; the API has no such field, so the words are cut here. The rest is still read,
            since the usage comes at its end.
        warn: Told what a client should know.
    """

    def __init__(self, stops: tuple[str, ...], warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._stop = StopTexts(stops)
        self._words: list[str] = []  # all that the deltas said, before any cut
        self._thought_yet = self._refused_yet = False
        self._calls: dict[int, _Call] = {}  # by output_index
        self._commentary: set[int] = set()
        self._named = False
        self.is_over = False
        self._readers: Mapping[str, Callable[[bytes], Iterator[Chunk]]] = {
            "response.created": self._begun,
            "response.output_item.added": self._item_added,
            "response.output_item.done": self._item_done,
            "response.output_text.delta": self._text,
            "response.refusal.delta": self._refusal,
            "response.reasoning_summary_part.added": self._thought_part,
            "response.reasoning_summary_text.delta": self._thought,
            "response.reasoning_text.delta": self._thought,
            "response.function_call_arguments.delta": self._arguments,
            "response.completed": self._ended,
            "response.incomplete": self._ended,
            "response.failed": self._ended,
            "response.cancelled": self._ended,
            "error": self._failed,
        }

    def feed(self, data: bytes) -> Iterator[Chunk]:
        """Take the data of one event and yield what it brings.

        Raises:
            UpstreamBroken: It is no event of the API.
            UpstreamError: It says that the answer failed.
        """
        reader = self._readers.get(decode(data, _Tag).type)
        if reader is not None and not self.is_over:
            yield from reader(data)

    def whole(self, response: WireResponse) -> Iterator[Chunk]:
        """Take a response that is over and yield what was not said yet, then its end.

        Raises:
            UpstreamError: It ended without an answer.
        """
        self.is_over = True
        error = failure(response)
        if error is not None:
            raise error
        yield from self._rest(response, said(response))
        finish, warning = finish_of(response, has_calls=bool(self._calls))
        if warning:
            self._warn(warning)
        usage = response.usage.usage() if response.usage else None
        yield Chunk(finish="stop" if self._stop.hit else finish, usage=usage)

    def _rest(self, response: WireResponse, whole: Said) -> Iterator[Chunk]:
        """Yield what the whole says beyond the deltas. Where the two differ, what was said first stands."""
        if not self._thought_yet and whole.reasoning:
            yield self._chunk(response.model, Chunk(reasoning=whole.reasoning))
        words = "".join(self._words)
        if whole.text.startswith(words):
            logprobs = () if words else whole.logprobs
            yield from self._spoken(response.model, whole.text[len(words) :], logprobs)
        elif whole.text:
            self._warn("The pro streamed another text than the one that it ended with; the streamed one is given.")
        if held := self._stop.flush():
            yield Chunk(text=held)
        if not self._refused_yet and whole.refusal:
            yield self._chunk(response.model, Chunk(refusal=whole.refusal))
        known = {call.id for call in self._calls.values()}
        for call in whole.calls:
            if call.call_id not in known:
                yield from self._call(-1 - len(self._calls), call)

    def _begun(self, data: bytes) -> Iterator[Chunk]:
        response = decode(data, _Whole).response
        if response.model and not self._named:
            self._named = True
            yield Chunk(model=response.model)

    def _item_added(self, data: bytes) -> Iterator[Chunk]:
        event = decode(data, _ItemEvent)
        match output_item(event.item):
            case MessageItem(is_commentary=True):
                self._commentary.add(event.output_index)
            case CallItem() as call:
                yield from self._call(event.output_index, call)
            case _:
                pass

    def _item_done(self, data: bytes) -> Iterator[Chunk]:
        """Take a call whose arguments came without deltas."""
        event = decode(data, _ItemEvent)
        match output_item(event.item):
            case CallItem() as call:
                if event.output_index not in self._calls:
                    yield from self._call(event.output_index, call)
                elif rest := self._unsaid(event.output_index, call.arguments):
                    yield from self._argued(event.output_index, rest)
            case _:
                pass

    def _text(self, data: bytes) -> Iterator[Chunk]:
        event = decode(data, _Delta)
        if event.output_index in self._commentary:
            yield from self._thinking(event.delta)
        else:
            yield from self._spoken(None, event.delta, event.logprobs)

    def _refusal(self, data: bytes) -> Iterator[Chunk]:
        delta = decode(data, _Delta).delta
        self._refused_yet = True
        yield Chunk(refusal=delta)

    def _thought_part(self, data: bytes) -> Iterator[Chunk]:
        if self._thought_yet:
            yield from self._thinking("\n\n")

    def _thought(self, data: bytes) -> Iterator[Chunk]:
        yield from self._thinking(decode(data, _Delta).delta)

    def _arguments(self, data: bytes) -> Iterator[Chunk]:
        event = decode(data, _Delta)
        if event.output_index not in self._calls:
            raise UpstreamBroken("The pro's server sent arguments of a call that it did not announce.")
        yield from self._argued(event.output_index, event.delta)

    def _ended(self, data: bytes) -> Iterator[Chunk]:
        yield from self.whole(decode(data, _Whole).response)

    def _failed(self, data: bytes) -> Iterator[Chunk]:
        self.is_over = True
        event = decode(data, _Error)
        nested = as_wire_error(event.error)
        raise from_failure(nested or WireError(event.code, event.message, event.param))

    def _thinking(self, words: str) -> Iterator[Chunk]:
        self._thought_yet = True
        yield Chunk(reasoning=words)

    def _spoken(self, model: str | None, words: str, logprobs: tuple[TokenLogprob, ...]) -> Iterator[Chunk]:
        self._words.append(words)
        was_hit = self._stop.hit
        text = self._stop.feed(words)
        if text or (logprobs and not was_hit):
            yield self._chunk(model, Chunk(text=text, logprobs=() if was_hit else logprobs))

    def _call(self, at: int, call: CallItem) -> Iterator[Chunk]:
        index = len(self._calls)
        self._calls[at] = _Call(index, call.call_id, call.arguments)
        if not self._stop.hit:  # a model that had stopped there would have called nothing
            yield Chunk(tool_calls=(ToolCallDelta(index, call.call_id, call.name, call.arguments),))

    def _argued(self, at: int, words: str) -> Iterator[Chunk]:
        call = self._calls[at]
        call.arguments.append(words)
        if not self._stop.hit:
            yield Chunk(tool_calls=(ToolCallDelta(call.index, arguments=words),))

    def _unsaid(self, at: int, arguments: str) -> str:
        sofar = "".join(self._calls[at].arguments)
        return arguments[len(sofar) :] if arguments.startswith(sofar) else ""

    def _chunk(self, model: str | None, chunk: Chunk) -> Chunk:
        """Name the model on the first chunk."""
        if model is None or self._named:
            return chunk
        self._named = True
        return msgspec.structs.replace(chunk, model=model)
