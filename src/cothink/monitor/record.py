"""What is recorded of one request: taken down while it runs, made into JSON afterwards, on the writer's thread."""

from collections.abc import Sequence
from typing import Any

import msgspec

from cothink.core.answer import Answer, as_chunk
from cothink.core.chunk import Chunk
from cothink.core.events import RunEnded
from cothink.core.messages import ImagePart, Message
from cothink.core.price import usd
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.core.verdict import Verdict
from cothink.monitor.config import RecordsConfig
from cothink.monitor.redaction import Redactor, redact_all
from cothink.store.records import Head

CUT = " […]"


class Tape:
    """One request that is recorded, from its first stream to its outcome.

    Args:
        request: What was asked.
        at: When, in seconds since 1970.
        most_chars: So much of an answer is kept.
    """

    __slots__ = ("_left", "answer", "at", "event", "open", "request", "size", "spoken")

    def __init__(self, request: Request, at: float, most_chars: int) -> None:
        self.request = request
        self.at = at
        self.spoken: dict[int, list[Chunk]] = {}  # by the number of the answer, where several were asked for
        self.answer: Answer | None = None  # where it came in one piece
        self.open = 0
        self.event: RunEnded | None = None
        self.size = sum(len(message.text) for message in request.messages)
        self._left = most_chars

    @property
    def run(self) -> Run:
        """The run that is recorded."""
        return self.request.run

    def hear(self, number: int) -> "list[Chunk]":
        """Return where the chunks of an answer go."""
        return self.spoken.setdefault(number, [])

    def take(self, answer: Answer) -> None:
        """Take an answer that came in one piece, as it is."""
        self.answer = answer
        self.size += len(answer.text) + len(answer.reasoning)

    @property
    def answers(self) -> list[Sequence[Chunk]]:
        """All answers, each in its chunks."""
        if self.answer is not None:
            return [(as_chunk(self.answer),)]
        return [chunks for _, chunks in sorted(self.spoken.items())]

    def has_room(self, chunk: Chunk) -> bool:
        """Count a chunk; False once the answer is longer than what is kept, but for its end."""
        length = len(chunk.text) + len(chunk.reasoning)
        self._left -= length
        self.size += length
        return self._left >= 0 or chunk.finish is not None


class Scribe:
    """Makes a record of a tape.

    Args:
        config: What is kept.
        redact: What masks each text.
    """

    def __init__(self, config: RecordsConfig, redact: Redactor) -> None:
        self._config = config
        self._redact = redact

    def write(self, tape: Tape) -> tuple[Head, bytes]:
        """Return a record, masked, as it rests."""
        run, event = tape.run, tape.event
        if event is None:
            raise ValueError("The run has not ended, so there is no record of it yet.")
        words = {
            "request": self._request(tape.request),
            "answers": [self._answer(chunks) for chunks in tape.answers],
            "decision": run.decision,
            "checks": [
                {"check": step.detail.check, "standing": step.detail.standing, "evidence": step.detail.evidence}
                for step in run.trace.steps
                if isinstance(step.detail, Verdict)
            ],
            "warnings": list(run.warnings),
        }
        facts = {
            "trace_id": run.id,
            "at": tape.at,
            "model": event.model,
            "key": event.key,
            "tenant": run.caller.tenant,
            "strategy": event.strategy,
            "outcome": event.outcome,
            "status": event.status,
            "error": event.error,
            "seconds": round(event.seconds, 6),
            "verification": event.verification,
            "stopped_by": run.stopped_by,
            "cost_usd": usd(event.cost_nanousd),
            "usage": msgspec.to_builtins(event.usage),
            "calls": [_call(entry) for entry in run.ledger.entries],
            "redacted": list(self._config.redact),
        }
        json = msgspec.json.encode(facts | redact_all(words, self._redact))
        head = Head(
            0, tape.at, len(json), run.id, event.model, event.key, event.strategy, event.outcome, event.cost_nanousd
        )
        return head, json

    def _request(self, request: Request) -> dict[str, Any]:
        return {
            "messages": [self._message(message) for message in request.messages],
            "sampling": msgspec.to_builtins(request.sampling),
            "tools": [tool.function.name for tool in request.tools],
            "response_format": msgspec.to_builtins(request.response_format),
            "dial": request.dial,
            "stream": request.stream,
        }

    def _message(self, message: Message) -> dict[str, Any]:
        told: dict[str, Any] = msgspec.to_builtins(message)
        if not self._config.reasoning:
            told.pop("reasoning_content", None)
        if isinstance(message.content, tuple):
            told["content"] = [_part(part) for part in message.content]
        return {name: self._short(value) for name, value in told.items()}

    def _answer(self, chunks: Sequence[Chunk]) -> dict[str, Any]:
        """Fold what was said, whole or not."""
        calls: dict[int, dict[str, str]] = {}
        for chunk in chunks:
            for delta in chunk.tool_calls:
                call = calls.setdefault(delta.index, {"name": "", "arguments": ""})
                call["name"] = delta.name or call["name"]
                call["arguments"] += delta.arguments
        told: dict[str, Any] = {
            "text": self._short("".join([chunk.text for chunk in chunks])),
            "finish": next((chunk.finish for chunk in chunks if chunk.finish), None),
            "model": next((chunk.model for chunk in chunks if chunk.model), None),
        }
        if self._config.reasoning:
            told["reasoning"] = self._short("".join([chunk.reasoning for chunk in chunks]))
        if calls:
            told["tool_calls"] = [call for _, call in sorted(calls.items())]
        if refusal := "".join([chunk.refusal for chunk in chunks]):
            told["refusal"] = refusal
        return told

    def _short(self, value: Any) -> Any:
        most = self._config.most_chars
        return value[:most] + CUT if isinstance(value, str) and len(value) > most else value


def _part(part: Any) -> Any:
    """A picture's bytes are not kept."""
    if isinstance(part, ImagePart) and part.image_url.url.startswith("data:"):
        kind, _, data = part.image_url.url.partition(",")
        return {"type": "image_url", "image_url": {"url": f"{kind},[{len(data)} characters]"}}
    return msgspec.to_builtins(part)


def _call(entry: Any) -> dict[str, Any]:
    return {
        "model": entry.model,
        "zone": entry.zone,
        "outcome": entry.outcome,
        "cost_usd": usd(entry.cost_nanousd),
        "seconds": round(entry.seconds, 6),
        "usage": msgspec.to_builtins(entry.usage),
    }
