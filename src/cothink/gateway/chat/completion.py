"""Answers in the form of the chat API: one JSON, or one frame for each chunk.

Source: https://platform.openai.com/docs/api-reference/chat (read 2026-11-24).
"""

import msgspec

from cothink.core.answer import Answer
from cothink.core.chunk import Chunk, Finish, TokenLogprob, ToolCallDelta, Usage
from cothink.core.errors import UpstreamBroken
from cothink.core.messages import ToolCall
from cothink.core.run import Run
from cothink.gateway.edge.faults import encode_error
from cothink.gateway.edge.sse import DONE
from cothink.gateway.report import Report, UsageAnswer, report_of, usage_answer

_encode = msgspec.json.Encoder().encode


class Logprobs(msgspec.Struct, frozen=True, gc=False):
    """Log-probabilities of the tokens of an answer."""

    content: tuple[TokenLogprob, ...] | None
    refusal: None = None


class AssistantMessage(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What the assistant says. Content and refusal are always there, as OpenAI has them."""

    role: str
    content: str | None
    refusal: str | None
    reasoning_content: str | None = None
    tool_calls: tuple[ToolCall, ...] | None = None


class Choice(msgspec.Struct, frozen=True, gc=False):
    """One of n answers."""

    index: int
    message: AssistantMessage
    finish_reason: Finish
    logprobs: Logprobs | None = None


class Completion(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A whole answer of the chat API."""

    id: str
    object: str
    created: int
    model: str
    choices: tuple[Choice, ...]
    cothink: Report
    usage: UsageAnswer | None = None


class FunctionDelta(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A piece of a function's name and arguments."""

    arguments: str
    name: str | None = None


class CallDelta(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A piece of a tool call."""

    index: int
    function: FunctionDelta
    id: str | None = None
    type: str | None = None


class Delta(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What is new in a chunk."""

    role: str | None = None
    content: str | None = None
    reasoning_content: str | None = None
    refusal: str | None = None
    tool_calls: tuple[CallDelta, ...] | None = None


class ChatWriter:
    """Writes the answer to one chat request.

    Args:
        run: The run, read for its report at the end.
        model: The name of the model that answers, unless the first chunk names another.
        created: Seconds since 1970.
        n: How many answers there are.
        include_usage: The client wants a last chunk with the tokens.
    """

    def __init__(self, run: Run, model: str, *, created: int, n: int, include_usage: bool, keep_name: bool) -> None:
        self._run = run
        self._model = model
        self._created = created
        self._n = n
        self._include_usage = include_usage
        self._keep_name = keep_name
        self._starts: dict[int, bytes] = {}
        self._usages: dict[int, Usage] = {}
        self._finished: dict[int, Finish] = {}
        self._stem = b""

    @property
    def usage(self) -> Usage | None:
        """The tokens of all answers; None where nobody counted."""
        usages = self._usages
        if len(usages) == 1:
            return next(iter(usages.values()))
        return sum(usages.values(), Usage()) if usages else None

    def whole(self, answers: list[Answer]) -> bytes:
        """Return the JSON of a call without streaming."""
        for number, answer in enumerate(answers):
            if answer.usage is not None:
                self._usages[number] = answer.usage
        if not self._keep_name:
            self._model = answers[0].model or self._model
        is_one = len(answers) == 1
        usage = answers[0].usage if is_one else self.usage
        report = report_of(self._run, usage)
        entries = self._run.ledger.entries
        is_all = len(entries) == 1 and entries[0].usage is usage  # the run's tokens are the answer's
        told = None if usage is None else report.usage if is_all else usage_answer(usage)
        return _encode(
            Completion(
                "chatcmpl-" + self._run.id,
                "chat.completion",
                self._created,
                self._model,
                (_choice(0, answers[0]),)
                if is_one
                else tuple([_choice(number, answer) for number, answer in enumerate(answers)]),
                report,
                told,
            )
        )

    def frame(self, chunk: Chunk, number: int = 0) -> bytes:
        """Return the frames of a chunk; empty where there is nothing to show yet."""
        if chunk.usage is not None:
            self._usages[number] = chunk.usage
        start = self._starts.get(number)
        if start is None:
            if not (chunk.has_content or chunk.finish or chunk.logprobs):
                self._name(chunk.model)
                return b""
            return self._first(chunk, number)
        if chunk.tool_calls or chunk.logprobs or chunk.refusal or chunk.finish:
            return self._full(start, chunk, number, None)
        text, reasoning = chunk.text, chunk.reasoning
        if text and not reasoning:
            return b'%b{"content":%b},"finish_reason":null}]}\n\n' % (start, _encode(text))
        if reasoning and not text:
            return b'%b{"reasoning_content":%b},"finish_reason":null}]}\n\n' % (start, _encode(reasoning))
        return self._full(start, chunk, number, None) if text else b""

    def end(self) -> bytes:
        """Return the last frames.

        Raises:
            UpstreamBroken: An answer has no finish, so it may be cut.
        """
        if len(self._finished) < self._n:
            raise UpstreamBroken("The model's stream ended without saying why, so the answer may be cut.")
        report = b',"cothink":' + _encode(report_of(self._run, self.usage))
        number, finish = list(self._finished.items())[-1]
        last = self._finish_frame(number, finish, b"" if self._include_usage else report)
        if self._include_usage:
            usage = self.usage
            tokens = _encode(usage_answer(usage) if usage is not None else None)
            last += b'%b"choices":[],"usage":%b%b}\n\n' % (self._stem, tokens, report)
        return last + DONE

    def fail(self, error: Exception) -> bytes:
        """Return the frame of an error in mid-stream: SDKs raise it, and no ``[DONE]`` follows."""
        return b"data: " + encode_error(error) + b"\n\n"

    def _name(self, model: str | None) -> None:
        if model and not self._keep_name and not self._stem:
            self._model = model

    def _first(self, chunk: Chunk, number: int) -> bytes:
        self._name(chunk.model)
        if not self._stem:
            self._stem = b'data: {"id":%b,"object":"chat.completion.chunk","created":%d,"model":%b,' % (
                _encode("chatcmpl-" + self._run.id),
                self._created,
                _encode(self._model),
            )
        start = self._starts[number] = b'%b"choices":[{"index":%d,"delta":' % (self._stem, number)
        return self._full(start, chunk, number, "assistant")

    def _full(self, start: bytes, chunk: Chunk, number: int, role: str | None) -> bytes:
        frame = b""
        if role or chunk.has_content or chunk.logprobs:
            delta = Delta(
                role,
                chunk.text or ("" if role and not chunk.reasoning else None),
                chunk.reasoning or None,
                chunk.refusal or None,
                tuple([_call_delta(call) for call in chunk.tool_calls]) or None,
            )
            logprobs = b',"logprobs":' + _encode(Logprobs(chunk.logprobs)) if chunk.logprobs else b""
            frame = b'%b%b%b,"finish_reason":null}]}\n\n' % (start, _encode(delta), logprobs)
        if chunk.finish and number not in self._finished:
            self._finished[number] = chunk.finish
            if len(self._finished) < self._n:  # the last one waits for the end: it carries the report
                frame += self._finish_frame(number, chunk.finish, b"")
        return frame

    def _finish_frame(self, number: int, finish: Finish, report: bytes) -> bytes:
        return b'%b{},"finish_reason":"%b"}]%b}\n\n' % (self._starts[number], finish.encode(), report)


def _choice(number: int, answer: Answer) -> Choice:
    return Choice(
        number,
        AssistantMessage(
            "assistant",
            None if not answer.text and (answer.tool_calls or answer.refusal) else answer.text,
            answer.refusal or None,
            answer.reasoning or None,
            answer.tool_calls or None,
        ),
        answer.finish,
        Logprobs(answer.logprobs) if answer.logprobs else None,
    )


def _call_delta(call: ToolCallDelta) -> CallDelta:
    return CallDelta(
        call.index, FunctionDelta(call.arguments, call.name), call.id, "function" if call.id is not None else None
    )
