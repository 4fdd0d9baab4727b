"""The last stage of a team: the words for the client, cut at its stop texts, then one chunk with the run's usage."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing

import msgspec

from cothink.core.answer import Answer
from cothink.core.chunk import Chunk, Finish, ToolCallDelta
from cothink.core.engine import Stream
from cothink.core.messages import FunctionCall, ToolCall
from cothink.core.request import Request
from cothink.core.stop_texts import StopTexts

Report = Callable[[Request, Answer], Awaitable[None]]
"""Looks at the whole answer before it ends, and writes what it finds into the run."""


async def finish(stream: Stream, request: Request, report: Report | None = None) -> Stream:
    """Pass a team's answer on and end it.

    The last chunk alone has a finish and a usage. The usage is the sum over all calls of the run: the client pays for
    all of them. Where no call was booked it is the answer's own. Log-probs are left out.

    Args:
        stream: The answer; it is closed here, early where a stop text ends it.
        request: The client's request.
        report: Called with the whole answer before the last chunk.
    """
    told = _Told(StopTexts(request.sampling.stop))
    async with aclosing(stream):
        async for chunk in stream:
            shown = told.take(chunk)
            if shown.has_content or shown.model is not None:
                yield shown
            if told.cut.hit:
                break
    rest = told.end()
    if rest.text:
        yield rest
    if told.finish is not None and report is not None:
        await report(request, told.answer())
    booked = request.run.ledger.usage
    yield Chunk(finish=told.finish, usage=booked if booked.total_tokens else told.last.usage)


class _Told:
    """What the client was told so far."""

    def __init__(self, cut: StopTexts) -> None:
        self.cut = cut
        self.last = Chunk()
        self.finish: Finish | None = None
        self._text: list[str] = []
        self._calls: dict[int, list[str]] = {}
        self._refusal = ""

    def take(self, chunk: Chunk) -> Chunk:
        """Take a chunk in; return it as the client sees it."""
        if chunk.usage is not None:
            self.last = chunk
        self.finish = chunk.finish or self.finish
        text = "" if self.cut.hit else self.cut.feed(chunk.text)
        if self.cut.hit:
            self.finish = "stop"
        self._text.append(text)
        self._refusal += chunk.refusal
        for delta in chunk.tool_calls:
            self._add(delta)
        return msgspec.structs.replace(chunk, text=text, finish=None, usage=None, logprobs=())

    def end(self) -> Chunk:
        """What was held back."""
        rest = self.cut.flush()
        self._text.append(rest)
        return Chunk(text=rest)

    def answer(self) -> Answer:
        """The answer as the client has it."""
        calls = [call for _, call in sorted(self._calls.items())]
        return Answer(
            text="".join(self._text),
            tool_calls=tuple(ToolCall(id_, FunctionCall(name, words)) for id_, name, words in calls),
            refusal=self._refusal,
            finish=self.finish or "stop",
        )

    def _add(self, delta: ToolCallDelta) -> None:
        call = self._calls.setdefault(delta.index, ["", "", ""])
        call[0] = delta.id or call[0]
        call[1] = delta.name or call[1]
        call[2] += delta.arguments
