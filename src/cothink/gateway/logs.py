"""Logs as text or as JSON lines, and one access line for each run. Bodies, thoughts and keys are never in them."""

import logging
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal, TextIO

import msgspec

from cothink.core.events import Emit, Event, RunEnded
from cothink.core.price import usd

LogFormat = Literal["text", "json"]
MOST_BYTES = 4096


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


class WholeLines:
    """Writes to a file descriptor that several processes share, so that no line stands inside another.

    A write of up to 4,096 bytes to a pipe is never parted (man 7 pipe, PIPE_BUF); more goes out in pieces that end with
    a line.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, text: str) -> int:
        """Write lines; the text ends with a line's end."""
        data = text.encode("utf-8", "backslashreplace")
        while len(data) > MOST_BYTES:
            end = data.rfind(b"\n", 0, MOST_BYTES) + 1
            if not end:  # a line that long is cut
                data = data[: MOST_BYTES - 1] + b"\n" + data[data.index(b"\n") + 1 :]
                end = MOST_BYTES
            os.write(self._descriptor, data[:end])
            data = data[end:]
        os.write(self._descriptor, data)
        return len(text)

    def flush(self) -> None:
        """Nothing waits here."""


class JsonLines(logging.Formatter):
    """Writes each record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        exception = self.formatException(record.exc_info) if record.exc_info else None
        message = record.getMessage()
        while True:
            at = datetime.fromtimestamp(record.created, UTC)
            line = msgspec.json.encode(LogLine(at, record.levelname.lower(), record.name, message, exception))
            if len(line) < MOST_BYTES:
                return line.decode()
            # too long for one write, and half a JSON object is none: the last words of a traceback say the most
            exception = exception and exception[-len(exception) // 2 :]
            message = message if exception and len(exception) > len(message) else message[: len(message) // 2]


def set_up_logs(log_format: LogFormat, stream: TextIO | WholeLines = sys.stderr) -> None:
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
