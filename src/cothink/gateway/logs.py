"""Logs as text or as JSON lines, and one access line for each run. Bodies, thoughts and keys are never in them."""

import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal, TextIO

import msgspec

from cothink.core.events import Emit, Event, RunEnded
from cothink.core.price import usd

LogFormat = Literal["text", "json"]


class AccessLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is written of one run."""

    time: datetime
    request_id: str
    model: str
    key: str
    outcome: str
    status: int
    seconds: float
    prompt_tokens: int
    completion_tokens: int
    calls: int
    cost_usd: float
    strategy: str = ""
    verification: str | None = None
    error: str | None = None
    level: Literal["access"] | None = "access"


class LogLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the program's own log."""

    time: datetime
    level: str
    logger: str
    message: str
    exception: str | None = None


class JsonLines(logging.Formatter):
    """Writes each record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        exception = self.formatException(record.exc_info) if record.exc_info else None
        line = LogLine(
            datetime.fromtimestamp(record.created, UTC),
            record.levelname.lower(),
            record.name,
            record.getMessage(),
            exception,
        )
        return msgspec.json.encode(line).decode()


def set_up_logs(log_format: LogFormat, stream: TextIO = sys.stderr) -> None:
    """Send the program's log to a stream, in one format. Called once, by the command that serves."""
    handler = logging.StreamHandler(stream)
    if log_format == "json":
        handler.setFormatter(JsonLines())
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)


def access_lines(log_format: LogFormat, write: Callable[[str], object], wall: Callable[[], float] = time.time) -> Emit:
    """Return a listener that writes a line for each run that ended."""

    def listen(event: Event) -> None:
        if isinstance(event, RunEnded):
            line = _line(event, datetime.fromtimestamp(wall(), UTC))
            write((msgspec.json.encode(line).decode() if log_format == "json" else _text(line)) + "\n")

    return listen


def _line(event: RunEnded, at: datetime) -> AccessLine:
    return AccessLine(
        at,
        event.run_id,
        event.model,
        event.key,
        event.outcome,
        event.status,
        round(event.seconds, 6),
        event.usage.prompt_tokens,
        event.usage.completion_tokens,
        event.calls,
        usd(event.cost_nanousd),
        event.strategy,
        event.verification,
        event.error,
    )


def _text(line: AccessLine) -> str:
    at = line.time.isoformat(timespec="milliseconds")
    model = line.model.encode("unicode_escape").decode()  # a client chose it: no new lines, no terminal codes
    words = (
        f"{at} {line.request_id} {model or '-'} {line.key or '-'} {line.outcome} {line.status} "
        f"{line.seconds:.3f}s {line.prompt_tokens}+{line.completion_tokens} tokens"
    )
    if line.cost_usd:
        words += f" ${line.cost_usd:.6f}"
    return words + (f" {line.error}" if line.error else "")
