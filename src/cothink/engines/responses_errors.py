"""What a Responses API says when it fails, in the words of our own error tree.

One table for HTTP, one for answers that fail. The vendor's message, address and headers stay inside. A 400 keeps its
code, a 429 its Retry-After; a wrong key is ours, not the client's.
Source: https://platform.openai.com/docs/guides/error-codes (read 2026-11-24).
"""

import logging
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from cothink.core.errors import (
    ContextTooLong,
    CoThinkError,
    UpstreamBroken,
    UpstreamBusy,
    UpstreamError,
    UpstreamRefused,
    UpstreamTimeout,
)
from cothink.engines.chat_errors import seconds

log = logging.getLogger(__name__)

CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")

BY_STATUS: Mapping[int, type[UpstreamError]] = {
    400: UpstreamRefused,
    401: UpstreamError,
    402: UpstreamError,
    403: UpstreamError,
    404: UpstreamError,
    408: UpstreamTimeout,
    409: UpstreamError,
    413: UpstreamRefused,
    422: UpstreamRefused,
    429: UpstreamBusy,
    504: UpstreamTimeout,
    529: UpstreamBusy,
}
"""HTTP statuses. What stands not here: 5xx is UpstreamError, anything else is no answer of this API."""

OUR_CODE = {401: "upstream_auth", 402: "upstream_quota", 403: "upstream_auth", 404: "upstream_not_found"}
"""What is wrong with our own binding: its words are ours, since a client could do nothing with the vendor's."""

BY_CODE: Mapping[str, type[UpstreamError]] = {
    "server_error": UpstreamError,
    "rate_limit_exceeded": UpstreamBusy,
    "vector_store_timeout": UpstreamTimeout,
    "data_residency_mismatch": UpstreamError,
    "invalid_prompt": UpstreamRefused,
    "bio_policy": UpstreamRefused,
    "misalignment_policy_violation": UpstreamRefused,
    "invalid_image": UpstreamRefused,
    "invalid_image_format": UpstreamRefused,
    "invalid_base64_image": UpstreamRefused,
    "invalid_image_url": UpstreamRefused,
    "image_too_large": UpstreamRefused,
    "image_too_small": UpstreamRefused,
    "image_parse_error": UpstreamRefused,
    "image_content_policy_violation": UpstreamRefused,
    "invalid_image_mode": UpstreamRefused,
    "image_file_too_large": UpstreamRefused,
    "unsupported_image_media_type": UpstreamRefused,
    "empty_image_file": UpstreamRefused,
    "failed_to_download_image": UpstreamRefused,
    "image_file_not_found": UpstreamRefused,
}
"""The code of an answer that failed, or of an ``error`` event. What stands not here is UpstreamError."""

CHAT_PARAM = {
    "max_output_tokens": "max_tokens",
    "input": "messages",
    "instructions": "messages",
    "reasoning.effort": "reasoning_effort",
    "text.format": "response_format",
    "tools": "tools",
    "tool_choice": "tool_choice",
    "temperature": "temperature",
    "top_p": "top_p",
    "model": "model",
}
"""The vendor's names of fields, as a chat client knows them."""


class WireError(msgspec.Struct, frozen=True):
    """An error as the API writes it."""

    code: str | int | None = None
    message: str | None = None
    param: str | None = None
    type: str | None = None


class _Body(msgspec.Struct):
    error: WireError


def from_status(status: int, body: bytes, retry_after: str | None = None) -> CoThinkError:
    """Return the error for an answer that is no 200.

    Args:
        status: The HTTP status.
        body: What came with it, perhaps cut off; it goes to the log.
        retry_after: The header ``Retry-After``.
    """
    wire = _decode(body)
    _note(f"HTTP {status}", wire)
    kind = BY_STATUS.get(status, UpstreamError if 500 <= status < 600 else UpstreamBroken)
    if status in OUR_CODE:
        return kind("The pro's server does not accept this gateway's own binding.", code=OUR_CODE[status])
    if status == 413:
        return UpstreamRefused("The request is too large for the pro's server.", code="request_too_large")
    if wire is None and kind is UpstreamRefused:
        return UpstreamBroken(f"The pro's server answered {status} in a form that is not its API's.")
    return _error(kind, wire or WireError(), seconds(retry_after))


def from_failure(error: WireError | None) -> CoThinkError:
    """Return the error for an answer that began and failed, or for an ``error`` event."""
    wire = error or WireError()
    _note("answer failed", error)
    return _error(BY_CODE.get(str(wire.code), UpstreamError), wire, None)


def _error(kind: type[UpstreamError], wire: WireError, retry_after_s: float | None) -> CoThinkError:
    code = wire.code if isinstance(wire.code, str) and CODE.fullmatch(wire.code) else None
    param = CHAT_PARAM.get((wire.param or "").split("[")[0])
    if code == "context_length_exceeded":
        return ContextTooLong("The conversation is longer than the pro's context.", param="messages")
    if code == "insufficient_quota":  # our account is empty: the client may not wait for it to fill
        return UpstreamError("The pro's account has no credit left.", code="upstream_quota")
    if kind is UpstreamRefused:
        return UpstreamRefused(f"The pro's server refused the request ({code or 'no code'}).", param=param, code=code)
    if kind is UpstreamBusy:
        return UpstreamBusy("The pro's server is busy.", retry_after_s=retry_after_s)
    if kind is UpstreamTimeout:
        return UpstreamTimeout("The pro's server ran out of time.")
    if kind is UpstreamBroken:
        return UpstreamBroken("The pro's server answered something that is not its API's.")
    return UpstreamError("The pro's server failed.", retry_after_s=retry_after_s)


def _note(what: str, wire: WireError | None) -> None:
    """Log what the vendor said, without its message: that may quote the prompt or a part of the key."""
    if wire is None:
        log.warning("The pro: %s, without an error of its API", what)
    else:
        log.warning("The pro: %s, type %r, code %r, param %r", what, wire.type, wire.code, wire.param)


def _decode(body: bytes) -> WireError | None:
    try:
        return msgspec.json.decode(body, type=_Body).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def as_wire_error(value: Any) -> WireError | None:
    """Read an error object of an event or an answer; one of another shape counts as an error without a code."""
    if value is None:
        return None
    try:
        return msgspec.convert(value, type=WireError)
    except msgspec.ValidationError:
        return WireError()
