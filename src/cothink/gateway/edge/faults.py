"""Errors as HTTP: OpenAI's form, the status, and the headers that tell an SDK whether to try again.

Source: https://platform.openai.com/docs/guides/error-codes (read 2026-11-24).
"""

import math
from collections.abc import Mapping

import msgspec

from cothink.core.chunk import Usage
from cothink.core.errors import CoThinkError
from cothink.core.run import Run

Headers = list[tuple[bytes, bytes]]


class ErrorBody(msgspec.Struct, frozen=True):
    """What OpenAI's SDKs read from a failed call."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class ErrorAnswer(msgspec.Struct, frozen=True):
    """The whole JSON of a failed call."""

    error: ErrorBody


class Fault(Exception):
    """A fault of the HTTP request itself, which only this edge knows: 404, 405, 408, 415, 431."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


class ClientLeft(Exception):
    """The client hung up: nobody reads an answer any more."""


def describe(error: Exception) -> ErrorBody:
    """Return what a client may read of an error; of a foreign error it reads nothing."""
    if isinstance(error, CoThinkError):
        return ErrorBody(error.message, error.type, error.param, error.code)
    if isinstance(error, Fault):
        return ErrorBody(error.message, "invalid_request_error", None, error.code)
    return ErrorBody(
        "Something went wrong inside the gateway; its log has the request id.", "api_error", None, "internal_error"
    )


def encode_error(error: Exception) -> bytes:
    """Return an error as the JSON of a whole answer."""
    return msgspec.json.encode(ErrorAnswer(describe(error)))


def status_of(error: Exception) -> int:
    """Return the HTTP status of an error."""
    return error.status if isinstance(error, CoThinkError | Fault) else 500


def retry_headers(error: Exception, run: Run | None) -> Headers:
    """Return what an SDK should know before it tries again: when, and not at all once money was spent."""
    headers: Headers = []
    if isinstance(error, CoThinkError) and error.retry_after_s is not None:
        headers.append((b"retry-after", b"%d" % max(1, math.ceil(error.retry_after_s))))
    if isinstance(error, Fault):
        headers += [(name.encode(), value.encode()) for name, value in error.headers.items()]
    if run is not None and money_was_spent(run):
        headers.append((b"x-should-retry", b"false"))
    return headers


def money_was_spent(run: Run) -> bool:
    """Some attempt cost something, or went to a vendor who may bill it."""
    ledger = run.ledger
    return ledger.cost_nanousd > 0 or any(entry.zone == "hosted" and entry.usage != Usage() for entry in ledger.entries)
