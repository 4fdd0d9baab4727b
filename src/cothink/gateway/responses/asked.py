"""POST /v1/responses, the stateless subset: a body in, a response or its events out."""

from collections.abc import Callable
from typing import Any

import msgspec

from cothink.core.answer import Answer
from cothink.core.chunk import Chunk, Finish, Usage
from cothink.core.errors import UpstreamBroken
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.gateway.edge.faults import describe
from cothink.gateway.parts import Found
from cothink.gateway.report import report_of
from cothink.gateway.responses.body import ResponsesBody, ResponsesReader, to_responses_request
from cothink.gateway.responses.events import Events, Items
from cothink.gateway.responses.form import ended, failed, new_response, output_of


class ResponsesAsked:
    """One request of the Responses API, understood."""

    __slots__ = ("_body", "_extras", "cache", "ignored", "is_stream", "model", "n")

    def __init__(self, body: ResponsesBody, extras: dict[str, Any], ignored: tuple[str, ...]) -> None:
        self._body = body
        self._extras = extras
        self.model = body.model
        self.is_stream = bool(body.stream)
        self.n = 1
        self.ignored = ignored
        self.cache = body.cache

    def request(self, run: Run, dial: float | None) -> Request:
        """Return what the engines read."""
        if "input.reasoning" in self.ignored:
            run.warn("Reasoning items of earlier turns are not read.")
        return to_responses_request(self._body, self._extras, run, dial)

    def writer(self, run: Run, found: Found, created: int) -> "ResponsesWriter":
        """Return who writes the answer."""
        return ResponsesWriter(self._body, run, found.model.name, created=created, keep_name=found.team)


def read_responses() -> Callable[[bytes], ResponsesAsked]:
    """Return the function that understands bodies of the Responses API."""
    reader = ResponsesReader()
    return lambda raw: ResponsesAsked(*reader.read(raw))


class ResponsesWriter:
    """Writes the answer to one request of the Responses API."""

    def __init__(self, body: ResponsesBody, run: Run, model: str, *, created: int, keep_name: bool) -> None:
        self._run = run
        self._keep_name = keep_name
        self._response = new_response(body, f"resp_{run.id}", model, created)
        self._events = Events()
        self._items = Items(run.id, self._events)
        self._has_begun = False
        self._finish: Finish | None = None
        self.usage: Usage | None = None

    def whole(self, answers: list[Answer]) -> bytes:
        """Return the JSON of a call without streaming."""
        (answer,) = answers
        self._name(answer.model)
        self.usage = answer.usage
        output = output_of(answer, self._run.id)
        report = report_of(self._run, self.usage)
        return msgspec.json.encode(ended(self._response, answer.finish, output, self.usage, report))

    def frame(self, chunk: Chunk, number: int = 0) -> bytes:
        """Return the events of a chunk; empty where there is nothing to show yet."""
        self.usage = chunk.usage or self.usage
        self._finish = chunk.finish or self._finish
        if not (chunk.has_content or chunk.finish or chunk.logprobs):
            if not self._has_begun:
                self._name(chunk.model)
            return b""
        frames = b"" if self._has_begun else self._begin(chunk.model)
        items = self._items
        if chunk.reasoning:
            frames += items.think(chunk.reasoning)
        if chunk.text or chunk.logprobs:
            frames += items.say(chunk.text, "", chunk.logprobs)
        if chunk.refusal:
            frames += items.say("", chunk.refusal, ())
        for delta in chunk.tool_calls:
            frames += items.call(delta)
        return frames

    def end(self) -> bytes:
        """Return the last events.

        Raises:
            UpstreamBroken: The answer has no finish, so it may be cut.
        """
        if self._finish is None:
            raise UpstreamBroken("The model's stream ended without saying why, so the answer may be cut.")
        is_whole = self._finish in ("stop", "tool_calls")
        frames = self._items.close("completed" if is_whole else "incomplete")
        report = report_of(self._run, self.usage)
        response = ended(self._response, self._finish, self._items.output, self.usage, report)
        return frames + self._events.write(f"response.{response.status}", response=response)

    def fail(self, error: Exception) -> bytes:
        """Return the events of a failure: one for readers of events, and one that SDKs raise."""
        frames = b"" if self._has_begun else self._begin(None)
        body = describe(error)
        response = failed(self._response, body, report_of(self._run, self.usage))
        frames += self._events.write("response.failed", response=response)
        words = {"code": body.code, "message": body.message, "param": body.param}
        return frames + self._events.write("error", **words, error=body)

    def _name(self, model: str | None) -> None:
        if model and not self._keep_name:
            self._response = msgspec.structs.replace(self._response, model=model)

    def _begin(self, model: str | None) -> bytes:
        self._has_begun = True
        self._name(model)
        created = self._events.write("response.created", response=self._response)
        return created + self._events.write("response.in_progress", response=self._response)
