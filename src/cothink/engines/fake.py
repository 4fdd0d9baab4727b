"""An engine that says what it was told to say: words, thoughts, tool calls, log-probs, delays and faults. For tests.

It is deterministic, opens nothing, and keeps the requests that it got.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from cothink.core.chunk import Chunk, Finish, TokenLogprob, ToolCallDelta, TopLogprob, Usage
from cothink.core.errors import CoThinkError
from cothink.core.messages import ToolCall
from cothink.core.request import Request

Sleep = Callable[[float], Awaitable[None]]
WORD = re.compile(r"\s*\S+\s*$|\s*\S+|\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """One scripted answer.

    Args:
        text: The answer, told word by word.
        reasoning: The thought before it.
        tool_calls: Calls after the text.
        refusal: What it says instead of an answer.
        finish: Why it ends; ``tool_calls`` by itself where there are calls.
        logprob: The log-probability of every word, told where the request asks for them.
        usage: The tokens; words are counted where it is None.
        first_s: The wait before the first chunk.
        gap_s: The wait before each later one.
        fails: Raised after ``after`` chunks.
        hangs: Nothing more comes after ``after`` chunks, and no end.
        cut: It ends after ``after`` chunks, without a finish.
        after: How many chunks come before a fault.
    """

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    refusal: str = ""
    finish: Finish = "stop"
    logprob: float = -0.1
    usage: Usage | None = None
    first_s: float = 0.0
    gap_s: float = 0.0
    fails: CoThinkError | None = None
    hangs: bool = False
    cut: bool = False
    after: int = 0


Script = Say | str | CoThinkError | Callable[[Request], "Say | str | CoThinkError"]


@dataclass(slots=True)
class FakeEngine:
    """An Engine with a script: one entry a call; the last one holds for all calls after it.

    A text is an answer, an error is raised before the first chunk, a function makes either from the request.

    Attributes:
        requests: What was asked, in order.
        open: How many streams run.
        closed_early: How many were closed before their end.
    """

    script: tuple[Script, ...] = ("ok",)
    model: str = "fake"
    sleep: Sleep = asyncio.sleep
    requests: list[Request] = field(default_factory=list)
    open: int = 0
    closed_early: int = 0

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """Answer by the script."""
        say = self._next(request)
        self.requests.append(request)
        self.open += 1
        ended = False
        try:
            if say.first_s:
                await self.sleep(say.first_s)
            for number, chunk in enumerate(pieces(say, request, self.model)):
                if self._is_due(say, number):
                    await self._fail(say)
                    ended = True
                    return
                if number and say.gap_s:
                    await self.sleep(say.gap_s)
                yield chunk
            if say.fails is not None or say.hangs:
                await self._fail(say)
            ended = True
        except CoThinkError:
            ended = True
            raise
        finally:
            self.open -= 1
            self.closed_early += not ended

    def _next(self, request: Request) -> Say:
        entry = self.script[min(len(self.requests), len(self.script) - 1)]
        if callable(entry):
            entry = entry(request)
        if isinstance(entry, CoThinkError):
            return Say(fails=entry)
        return Say(text=entry) if isinstance(entry, str) else entry

    @staticmethod
    def _is_due(say: Say, number: int) -> bool:
        return number >= say.after and (say.cut or say.hangs or say.fails is not None)

    @staticmethod
    async def _fail(say: Say) -> None:
        if say.fails is not None:
            raise say.fails
        if say.hangs:
            await asyncio.Event().wait()


def fake(*script: Script, model: str = "fake", sleep: Sleep = asyncio.sleep) -> FakeEngine:
    """Return an engine with this script."""
    return FakeEngine(script=script or ("ok",), model=model, sleep=sleep)


def words(text: str) -> list[str]:
    """Cut a text into words with the white space before them; joined they are the text again."""
    return WORD.findall(text)


def count_words(request: Request) -> int:
    """Return the words of a conversation: the fake's tokens."""
    return sum(len(message.text.split()) for message in request.messages)


def pieces(say: Say, request: Request, model: str) -> Iterator[Chunk]:
    """Yield the chunks of an answer: one where the request does not stream, else one a word, and one that ends it."""
    whole = not request.stream
    thoughts = [say.reasoning] if whole and say.reasoning else words(say.reasoning)
    texts = [say.text] if whole and say.text else words(say.text)
    for thought in thoughts:
        yield Chunk(reasoning=thought, model=model)
    for text in texts:
        yield Chunk(text=text, model=model, logprobs=_logprobs(say, text) if request.logprobs else ())
    if say.refusal:
        yield Chunk(refusal=say.refusal, model=model)
    for index, call in enumerate(say.tool_calls):
        yield Chunk(tool_calls=(ToolCallDelta(index, call.id, call.function.name),), model=model)
        yield Chunk(tool_calls=(ToolCallDelta(index, arguments=call.function.arguments),), model=model)
    thought_words, text_words = len(say.reasoning.split()), len(say.text.split())
    usage = say.usage or Usage(count_words(request), thought_words + text_words, thought_words)
    yield Chunk(
        finish="tool_calls" if say.tool_calls and say.finish == "stop" else say.finish, usage=usage, model=model
    )


def _logprobs(say: Say, text: str) -> tuple[TokenLogprob, ...]:
    return tuple(
        TokenLogprob(word, say.logprob, tuple(word.encode()), (TopLogprob(word, say.logprob),)) for word in words(text)
    )
