"""One stored answer: its chunks as they came, and what the run's report said of it."""

from collections.abc import AsyncGenerator

import msgspec

from cothink.core.answer import collect, replay
from cothink.core.chunk import Chunk, Finish, Usage
from cothink.core.run import Verification

_WHOLE: tuple[Finish, ...] = ("stop", "tool_calls")
_CHUNK_BYTES = 220  # what a chunk takes in memory beside its words


class Entry(msgspec.Struct, frozen=True):
    """A whole answer.

    Args:
        created_at: When it was given, in seconds since 1970.
        chunks: Thought, words, tool calls and usage as they came.
        strategy: Of a team's answer: the strategy, why it was chosen, and whether the answer was checked.
    """

    created_at: float
    chunks: tuple[Chunk, ...]
    strategy: str = ""
    decision: str | None = None
    verification: Verification | None = None

    @property
    def usage(self) -> Usage:
        """The tokens that the answer took when it was made."""
        return next((chunk.usage for chunk in reversed(self.chunks) if chunk.usage is not None), Usage())


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Entry).decode


def pack(entry: Entry) -> bytes:
    """Return an entry as bytes that outlive this process."""
    return _encode(entry)


def unpack(data: bytes) -> Entry:
    """Return the entry in some bytes.

    Raises:
        msgspec.MsgspecError: They hold none.
    """
    return _decode(data)


class Kept:
    """An entry in memory. A client that reads in one piece gets it in one piece."""

    __slots__ = ("entry", "is_cold", "size", "usage", "whole")

    def __init__(self, entry: Entry, packed_bytes: int, *, is_cold: bool) -> None:
        self.entry = entry
        self.size = packed_bytes + _CHUNK_BYTES * (len(entry.chunks) + 2)
        self.is_cold = is_cold  # the cold tier has it too
        self.usage = entry.usage
        self.whole: tuple[Chunk, ...] | None = None

    async def chunks(self, is_stream: bool) -> tuple[Chunk, ...]:
        """The answer as it came, or folded into one piece for who waits for all of it."""
        if is_stream or len(self.entry.chunks) <= 2:
            return self.entry.chunks
        if self.whole is None:
            answer = await collect(_each(self.entry.chunks))
            self.whole = tuple([chunk async for chunk in replay(answer)])
        return self.whole


class Recorder:
    """Writes an answer down while it passes.

    Args:
        most_bytes: Where it gets longer, nothing of it is kept.
        most_tokens: What the client asked for at most. An answer that was cut there is the answer to that very request,
            since the number is part of its key; one that was cut for another reason is not.
    """

    __slots__ = ("_chunks", "_finish", "_has_content", "_left", "_most_tokens", "_tokens")

    def __init__(self, most_bytes: int, most_tokens: int | None = None) -> None:
        self._most_tokens = most_tokens
        self._tokens = 0
        self._chunks: list[Chunk] = []
        self._left = most_bytes
        self._finish: Finish | None = None
        self._has_content = False

    def add(self, chunk: Chunk) -> None:
        """Take the next chunk."""
        if self._left < 0:
            return
        self._left -= len(chunk.text) + len(chunk.reasoning) + 16
        if chunk.tool_calls or chunk.logprobs:
            self._left -= len(_encode(chunk))
        if chunk.finish is not None:
            self._finish = chunk.finish
        if chunk.usage is not None:
            self._tokens = chunk.usage.completion_tokens
        self._has_content = self._has_content or chunk.has_content
        self._chunks.append(chunk)
        if self._left < 0:
            self._chunks.clear()

    @property
    def chunks(self) -> tuple[Chunk, ...] | None:
        """The answer, if it ended by itself or where the client's limit cut it, says something and is not too long; else None."""
        is_kept = self._has_content and self._left >= 0 and (self._finish in _WHOLE or self._is_cut_as_asked)
        return tuple(self._chunks) if is_kept else None

    @property
    def _is_cut_as_asked(self) -> bool:
        return self._finish == "length" and self._most_tokens is not None and self._tokens >= self._most_tokens


async def _each(chunks: tuple[Chunk, ...]) -> AsyncGenerator[Chunk, None]:
    for chunk in chunks:
        yield chunk
