"""The events of a streamed response: each item is announced, grows by deltas, and is closed before the next.

Source: https://platform.openai.com/docs/api-reference/responses-streaming (read 2026-11-24).
"""

from typing import Any

import msgspec

from cothink.core.chunk import TokenLogprob, ToolCallDelta
from cothink.gateway.responses.form import (
    CallItem,
    MessageItem,
    OutputItem,
    OutputRefusal,
    OutputText,
    ReasoningItem,
    Status,
    SummaryText,
)

_encode = msgspec.json.Encoder().encode


class Events:
    """Numbers events and writes them as frames."""

    def __init__(self) -> None:
        self._number = 0

    def write(self, kind: str, **fields: Any) -> bytes:
        """Return one event."""
        data = _encode({"type": kind, "sequence_number": self._number, **fields})
        self._number += 1
        return b"event: %b\ndata: %b\n\n" % (kind.encode(), data)

    def delta(self, stem: bytes, text: str) -> bytes:
        """Return an event that adds text; all but number and text was written before, once an item."""
        number, self._number = self._number, self._number + 1
        return b'%b"sequence_number":%d,"delta":%b}\n\n' % (stem, number, _encode(text))


def delta_stem(kind: str, **fields: Any) -> bytes:
    """Return the constant start of an item's deltas."""
    return b"event: %b\ndata: %b," % (kind.encode(), _encode({"type": kind, **fields})[:-1])


class Items:
    """The items of one streamed answer, in the order in which they came.

    Args:
        id: A part of each item's id.
        events: Writes the frames.
    """

    def __init__(self, id: str, events: Events) -> None:
        self._id = id
        self._events = events
        self._open: _Thought | _Words | None = None  # at most one: a thought or words
        self._calls: dict[int, _Call] = {}
        self.done: dict[int, OutputItem] = {}  # by place in the output

    @property
    def output(self) -> tuple[OutputItem, ...]:
        """The items that are closed, in order."""
        return tuple(item for _, item in sorted(self.done.items()))

    def think(self, text: str) -> bytes:
        """Add to a thought."""
        frames = b""
        if not isinstance(self._open, _Thought):
            frames = self.close_open()
            self._open = _Thought(self._place, f"rs_{self._id}_{self._place}", self._events)
            frames += self._open.begin()
        return frames + self._open.add(text)

    def say(self, text: str, refusal: str, logprobs: tuple[TokenLogprob, ...]) -> bytes:
        """Add to the words; a refusal stands in a message of its own."""
        frames = b""
        if not isinstance(self._open, _Words) or self._open.is_refusal != bool(refusal):
            frames = self.close_open()
            self._open = _Words(self._place, f"msg_{self._id}_{self._place}", self._events, is_refusal=bool(refusal))
            frames += self._open.begin()
        return frames + self._open.add(refusal or text, logprobs)

    def call(self, delta: ToolCallDelta) -> bytes:
        """Add to a function call; several may grow at once."""
        frames = self.close_open()
        call = self._calls.get(delta.index)
        if call is None:
            place = self._place
            call_id = delta.id or f"call_{self._id}_{delta.index}"
            call = self._calls[delta.index] = _Call(
                place, f"fc_{self._id}_{place}", self._events, call_id, delta.name or ""
            )
            frames += call.begin()
        return frames + (call.add(delta.arguments) if delta.arguments else b"")

    def close_open(self, status: Status = "completed") -> bytes:
        """Close the thought or the words that are open."""
        if self._open is None:
            return b""
        item, self._open = self._open, None
        frames, self.done[item.place] = item.end(status)
        return frames

    def close(self, status: Status) -> bytes:
        """Close everything."""
        frames = self.close_open(status)
        for call in self._calls.values():
            more, self.done[call.place] = call.end(status)
            frames += more
        self._calls = {}
        return frames

    @property
    def _place(self) -> int:
        return len(self.done) + len(self._calls) - sum(call.place in self.done for call in self._calls.values())


class _Thought:
    def __init__(self, place: int, id: str, events: Events) -> None:
        self.place = place
        self._id = id
        self._events = events
        self._texts: list[str] = []
        self._where = {"item_id": id, "output_index": place, "summary_index": 0}
        self._stem = delta_stem("response.reasoning_summary_text.delta", **self._where)

    def begin(self) -> bytes:
        write = self._events.write
        added = write("response.output_item.added", output_index=self.place, item=ReasoningItem(self._id))
        return added + write("response.reasoning_summary_part.added", **self._where, part=SummaryText(""))

    def add(self, text: str) -> bytes:
        self._texts.append(text)
        return self._events.delta(self._stem, text)

    def end(self, _status: Status) -> tuple[bytes, OutputItem]:
        write, text = self._events.write, "".join(self._texts)
        item = ReasoningItem(self._id, (SummaryText(text),))
        frames = write("response.reasoning_summary_text.done", **self._where, text=text)
        frames += write("response.reasoning_summary_part.done", **self._where, part=SummaryText(text))
        return frames + write("response.output_item.done", output_index=self.place, item=item), item


class _Words:
    def __init__(self, place: int, id: str, events: Events, *, is_refusal: bool) -> None:
        self.place = place
        self.is_refusal = is_refusal
        self._id = id
        self._events = events
        self._texts: list[str] = []
        self._logprobs: list[TokenLogprob] = []
        self._where = {"item_id": id, "output_index": place, "content_index": 0}
        if is_refusal:
            self._stem = delta_stem("response.refusal.delta", **self._where)
        else:
            self._stem = delta_stem("response.output_text.delta", **self._where, logprobs=[])

    def begin(self) -> bytes:
        write = self._events.write
        item = MessageItem(self._id, "in_progress")
        part = OutputRefusal("") if self.is_refusal else OutputText("")
        added = write("response.output_item.added", output_index=self.place, item=item)
        return added + write("response.content_part.added", **self._where, part=part)

    def add(self, text: str, logprobs: tuple[TokenLogprob, ...]) -> bytes:
        self._texts.append(text)
        if logprobs:
            self._logprobs += logprobs
            return self._events.write("response.output_text.delta", **self._where, delta=text, logprobs=logprobs)
        return self._events.delta(self._stem, text)

    def end(self, status: Status) -> tuple[bytes, OutputItem]:
        write, text = self._events.write, "".join(self._texts)
        part: OutputText | OutputRefusal
        if self.is_refusal:
            part = OutputRefusal(text)
            frames = write("response.refusal.done", **self._where, refusal=text)
        else:
            part = OutputText(text, logprobs=tuple(self._logprobs))
            frames = write("response.output_text.done", **self._where, text=text, logprobs=self._logprobs)
        item = MessageItem(self._id, status, (part,))
        frames += write("response.content_part.done", **self._where, part=part)
        return frames + write("response.output_item.done", output_index=self.place, item=item), item


class _Call:
    def __init__(self, place: int, id: str, events: Events, call_id: str, name: str) -> None:
        self.place = place
        self._id = id
        self._events = events
        self._call_id = call_id
        self._name = name
        self._texts: list[str] = []
        self._where = {"item_id": id, "output_index": place}
        self._stem = delta_stem("response.function_call_arguments.delta", **self._where)

    def begin(self) -> bytes:
        item = CallItem(self._id, "in_progress", self._call_id, self._name)
        return self._events.write("response.output_item.added", output_index=self.place, item=item)

    def add(self, text: str) -> bytes:
        self._texts.append(text)
        return self._events.delta(self._stem, text)

    def end(self, status: Status) -> tuple[bytes, OutputItem]:
        write, text = self._events.write, "".join(self._texts)
        item = CallItem(self._id, status, self._call_id, self._name, text)
        frames = write("response.function_call_arguments.done", **self._where, name=self._name, arguments=text)
        return frames + write("response.output_item.done", output_index=self.place, item=item), item
