"""A whole answer: folded from a stream, and played back as one."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

import msgspec

from cothink.core.chunk import Chunk, Finish, TokenLogprob, ToolCallDelta, Usage
from cothink.core.errors import UpstreamBroken
from cothink.core.messages import FunctionCall, Message, ToolCall


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """All that one engine said to one request."""

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()
    refusal: str = ""
    finish: Finish
    usage: Usage | None = None
    model: str | None = None

    @property
    def message(self) -> Message:
        """This answer as an assistant's turn, thought left out."""
        return Message(role="assistant", content=self.text, tool_calls=self.tool_calls or None)


async def collect(stream: AsyncGenerator[Chunk, None], seen: Callable[[Chunk], object] | None = None) -> Answer:
    """Fold a stream into one answer and close the stream.

    Args:
        stream: What is folded.
        seen: Told each chunk as it comes.

    Raises:
        UpstreamBroken: The stream ended without a finish, so the answer may be cut.
    """
    folded = _Fold()
    async with aclosing(stream):
        async for chunk in stream:
            if seen is not None:
                seen(chunk)
            folded.add(chunk)
    return folded.answer()


def fold(*chunks: Chunk) -> Answer:
    """Fold chunks that are all there.

    Raises:
        UpstreamBroken: None of them has a finish.
    """
    folded = _Fold()
    for chunk in chunks:
        folded.add(chunk)
    return folded.answer()


def as_chunk(answer: Answer) -> Chunk:
    """Return a whole answer as one chunk, which folds to it again."""
    return Chunk(
        answer.text,
        answer.reasoning,
        tuple(
            [
                ToolCallDelta(i, call.id, call.function.name, call.function.arguments)
                for i, call in enumerate(answer.tool_calls)
            ]
        ),
        answer.logprobs,
        answer.refusal,
        answer.finish,
        answer.usage,
        answer.model,
    )


async def replay(answer: Answer) -> AsyncGenerator[Chunk, None]:
    """Play a whole answer back as a stream: one chunk of content, one that ends it."""
    yield msgspec.structs.replace(as_chunk(answer), finish=None, usage=None)
    yield Chunk(finish=answer.finish, usage=answer.usage)


class _Fold:
    """The pieces so far."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._refusal: list[str] = []
        self._logprobs: list[TokenLogprob] = []
        self._calls: dict[int, list[str]] = {}  # index -> [id, name, arguments]
        self._finish: Finish | None = None
        self._usage: Usage | None = None
        self._model: str | None = None

    def add(self, chunk: Chunk) -> None:
        if chunk.text:
            self._text.append(chunk.text)
        if chunk.reasoning:
            self._reasoning.append(chunk.reasoning)
        if chunk.refusal:
            self._refusal.append(chunk.refusal)
        if chunk.logprobs:
            self._logprobs.extend(chunk.logprobs)
        for delta in chunk.tool_calls:
            call = self._calls.setdefault(delta.index, ["", "", ""])
            call[0] = delta.id or call[0]
            call[1] = delta.name or call[1]
            call[2] += delta.arguments
        self._finish = chunk.finish or self._finish
        self._usage = chunk.usage or self._usage
        self._model = self._model or chunk.model

    def answer(self) -> Answer:
        if self._finish is None:
            raise UpstreamBroken("The model's stream ended without saying why, so the answer may be cut.")
        calls = [call for _, call in sorted(self._calls.items())]
        return Answer(
            text="".join(self._text),
            reasoning="".join(self._reasoning),
            tool_calls=tuple(ToolCall(id_, FunctionCall(name, arguments)) for id_, name, arguments in calls),
            logprobs=tuple(self._logprobs),
            refusal="".join(self._refusal),
            finish=self._finish,
            usage=self._usage,
            model=self._model,
        )
