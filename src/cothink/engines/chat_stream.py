"""Folds what an OpenAI-style server sends into chunks: frames of a stream as they come, or a whole answer at once.

It knows when an answer has ended: a finish reason came and then a proper end. All else is an error.
"""

from collections.abc import Callable, Iterator

import msgspec

from cothink.core.chunk import Chunk, Finish, ToolCallDelta, Usage
from cothink.core.errors import UpstreamBroken, UpstreamError
from cothink.engines.chat_errors import from_frame
from cothink.engines.chat_wire import FRAME, WireChoice, WireFrame, WireLogprobs, WireMessage, WireToolCall
from cothink.engines.reasoning_tags import ThinkTags
from cothink.engines.sse import SseParser

FINISH: dict[str, Finish] = {
    "stop": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "model_length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}
"""Why an answer ended. What stands not here is no end: ``abort``, ``error``, ``insufficient_system_resource``."""

DONE = b"[DONE]"
MOST_THOUGHT = 1_048_576  # characters that are kept in case the answer lies in the thought


class ChatStream:
    """One answer on its way.

    Args:
        model: The name to show.
        warn: Told what the client should know.
        think_open: The text begins within the thought.
        event_bytes: The largest event.
    """

    def __init__(
        self, model: str, warn: Callable[[str], None], *, think_open: bool = False, event_bytes: int = 4_194_304
    ) -> None:
        self.is_done = False  # ``[DONE]`` came
        self._warn = warn
        self._model: str | None = model
        self._sse = SseParser(event_bytes)
        self._tags = ThinkTags(think_open)
        self._finish: Finish | None = None
        self._usage: Usage | None = None
        self._thought: list[str] = []  # until an answer begins
        self._thought_size = 0
        self._answered = False
        self._is_plain = False  # the answer has begun: its words need no more looking at
        self._is_parted = False  # the server tells thought from answer by itself, and was named
        self._next_call = 0

    def feed(self, piece: bytes) -> Iterator[Chunk]:
        """Take bytes of a stream in and yield what they say.

        Raises:
            UpstreamError: The server sent an error in the place of a frame.
            UpstreamBroken: A frame is no frame.
        """
        for data in self._sse.feed(piece):
            if data == DONE:
                self.is_done = True
                return
            frame = decode(data)
            chunk = self._usual(frame) or self._frame(frame)
            if chunk is not None:
                yield chunk

    def _usual(self, frame: WireFrame) -> Chunk | None:
        """Return the usual piece, a word of the answer or of the thought, or None where more is to be looked at.

        It does what `_frame` does, in one step: the hot path.
        """
        choices = frame.choices
        if choices is None or len(choices) != 1 or frame.usage is not None or frame.error is not None:
            return None
        choice = choices[0]
        said = choice.delta
        if said is None or choice.index or choice.finish_reason or choice.logprobs is not None:
            return None
        if said.tool_calls or said.refusal or frame.object == "error":
            return None
        text, thought = said.content, said.reasoning_content or said.reasoning
        if text and not thought and self._is_plain:
            return Chunk(text)
        if thought and not text and self._is_parted and type(thought) is str:
            return Chunk("", self._thinks(thought))
        return None

    def whole(self, body: bytes) -> Chunk:
        """Take a whole answer in and return it as one chunk.

        Raises:
            UpstreamError: It is an error.
            UpstreamBroken: It is no answer, or one that does not say why it ended.
        """
        return self.whole_frame(decode(body))

    def whole_frame(self, frame: WireFrame) -> Chunk:
        """Do what `whole` does with a body that was decoded."""
        chunk = self._frame(frame) or Chunk()
        for end in self.end():
            chunk = _joined(chunk, end)
        return chunk

    def end(self) -> Iterator[Chunk]:
        """Yield what is left, with the finish, now that the server has ended its answer.

        Raises:
            UpstreamBroken: It ended within a frame, or without saying why.
        """
        rest = b"" if self.is_done else self._sse.rest
        if rest not in {b"", DONE, b"data: " + DONE}:
            raise UpstreamBroken("The model's server ended in the middle of a frame.")
        if self._finish is None:
            raise UpstreamBroken("The model's server ended its answer without saying why, so it may be cut.")
        thought, text = self._tags.end()
        if thought or text:
            yield self._named(Chunk(reasoning=self._thinks(thought), text=self._says(text)))
        if self._finish == "stop" and not self._answered and any(self._thought):
            # The thought never closed, so a parser of the server's, or ours, took the answer for a part of it; vLLM
            # does so (vllm-project/vllm#48645).
            self._warn("The model never closed its thought; the thought is given as the answer.")
            yield self._named(Chunk(text="".join(self._thought).strip()))
        yield self._named(Chunk(finish=self._finish, usage=self._usage))

    def _frame(self, frame: WireFrame) -> Chunk | None:
        if frame.error is not None or frame.object == "error":
            raise from_frame(frame.fault)
        if frame.usage is not None:
            self._usage = frame.usage.usage or self._usage
        chunk = None
        for choice in frame.choices or ():
            if choice.index == 0:
                chunk = self._choice(choice)
        return chunk

    def _choice(self, choice: WireChoice) -> Chunk | None:
        said = choice.delta or choice.message
        chunk = None if said is None else self._said(said, choice.logprobs)
        if choice.finish_reason:  # some servers say "" for none
            finish = FINISH.get(choice.finish_reason)
            if finish is None:
                raise UpstreamError("The model's server gave the answer up.")
            self._finish = finish
        return chunk

    def _said(self, said: WireMessage, logprobs: WireLogprobs | None) -> Chunk | None:
        text, thought = said.content or "", said.thought
        other = said.tool_calls or said.refusal or logprobs
        if self._is_plain and not thought and not other:  # the usual piece, and the hot path
            return Chunk(text=text) if text else None
        held = self._tags.pass_on() if thought else ""
        if text:
            more, text = self._tags.feed(text)
            thought += more
        calls = tuple(self._call(call) for call in said.tool_calls or ())
        self._answered = self._answered or bool(calls or said.refusal)
        tokens = logprobs.tokens if logprobs is not None else ()
        thought, text = self._thinks(thought), self._says(held + text)
        if not (thought or text or calls or said.refusal or tokens):
            return None
        chunk = Chunk(reasoning=thought, text=text, tool_calls=calls, refusal=said.refusal or "", logprobs=tokens)
        return self._named(chunk)

    def _call(self, call: WireToolCall) -> ToolCallDelta:
        """Number a piece of a tool call: where a server leaves the number out, an id begins the next call."""
        index = call.index
        if index is None:
            index = self._next_call if call.id or not self._next_call else self._next_call - 1
        self._next_call = max(self._next_call, index + 1)
        function = call.function
        if function is None:
            return ToolCallDelta(index, call.id)
        return ToolCallDelta(index, call.id or None, function.name or None, function.text)

    def _thinks(self, words: str) -> str:
        if words and not self._answered:
            self._thought.append(words)
            self._thought_size += len(words)
            if self._thought_size > MOST_THOUGHT:  # no answer hides in that
                self._answered = True
                self._thought.clear()
        return words

    def _says(self, words: str) -> str:
        if words and not words.isspace():
            self._answered = True
            self._thought.clear()
        return words

    def _named(self, chunk: Chunk) -> Chunk:
        """Name the model on the first chunk."""
        if self._model is not None:
            chunk = msgspec.structs.replace(chunk, model=self._model)
            self._model = None
        self._is_parted = self._tags.is_over
        self._is_plain = self._answered and self._is_parted
        return chunk


def decode(data: bytes) -> WireFrame:
    """Read a frame or a whole answer.

    Raises:
        UpstreamBroken: It is not JSON, or of another form.
    """
    try:
        return FRAME.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UpstreamBroken("The model's server sent something that is no frame of its API.") from error


def _joined(first: Chunk, then: Chunk) -> Chunk:
    return Chunk(
        text=first.text + then.text,
        reasoning=first.reasoning + then.reasoning,
        tool_calls=first.tool_calls + then.tool_calls,
        logprobs=first.logprobs + then.logprobs,
        refusal=first.refusal + then.refusal,
        finish=then.finish or first.finish,
        usage=then.usage or first.usage,
        model=first.model or then.model,
    )
