"""What an OpenAI-style server says when it fails, in the words of our own error tree: one table.

A server's message, address and headers stay inside. A refusal keeps its code, a busy answer its Retry-After; a wrong
key is the operator's business, not the client's.
"""

import email.utils
import logging
import re
import time
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

log = logging.getLogger(__name__)

BY_STATUS: Mapping[int, type[UpstreamError]] = {
    400: UpstreamRefused,
    404: UpstreamRefused,
    408: UpstreamTimeout,
    413: UpstreamRefused,
    415: UpstreamRefused,
    422: UpstreamRefused,
    429: UpstreamBusy,
    504: UpstreamTimeout,
    529: UpstreamBusy,
}
"""What stands not here: other 4xx and 5xx are UpstreamError, anything else is no answer of this API."""

BINDING = {
    401: "upstream_auth",
    402: "upstream_quota",
    403: "upstream_auth",
    407: "upstream_auth",
}
"""What is wrong between this gateway and the server: a client could do nothing with the server's own words."""

WORDS: Mapping[type[UpstreamError], str] = {
    UpstreamRefused: "The model's server refused the request",
    UpstreamBusy: "The model's server is busy",
    UpstreamTimeout: "The model's server ran out of time",
    UpstreamBroken: "The model's server answered something that is not its API's",
    UpstreamError: "The model's server failed",
}

CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
TOO_LONG = re.compile(r"maximum context length|context.?(length|size|window)|max_model_len", re.IGNORECASE)
MAX_RETRY_AFTER_S = 86_400.0


class WireError(msgspec.Struct):
    """An error in OpenAI's form, read leniently."""

    message: Any = None
    type: Any = None
    param: Any = None
    code: Any = None


class _Body(msgspec.Struct):
    error: Any = None
    message: Any = None  # older vLLM: the error's fields stand at the top
    type: Any = None
    param: Any = None
    code: Any = None
    detail: Any = None  # FastAPI's own form


def from_status(status: int, body: bytes, retry_after: str | None = None) -> CoThinkError:
    """Return the error for an answer that is no 200.

    Args:
        status: The HTTP status.
        body: What came with it, perhaps cut off.
        retry_after: The header ``Retry-After``, in seconds or as a date.
    """
    try:
        read = msgspec.json.decode(body, type=_Body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        fault = WireError()
    else:
        own = {"message": read.message or read.detail, "type": read.type, "param": read.param, "code": read.code}
        fault = as_error(read.error if read.error is not None else own)
    return _error(status, fault, seconds(retry_after))


def from_frame(fault: Any) -> CoThinkError:
    """Return the error for an error that came in the place of an answer, with a 200 or within a stream."""
    error = as_error(fault)
    status = error.code if isinstance(error.code, int) and 400 <= error.code < 600 else 500
    return _error(status, error, None)


def as_error(fault: Any) -> WireError:
    """Read an error of whatever form: an object, or words alone."""
    if isinstance(fault, dict):
        return msgspec.convert({k: v for k, v in fault.items() if isinstance(k, str)}, type=WireError)
    return WireError(message=fault)


def seconds(retry_after: str | None) -> float | None:
    """Return Retry-After in seconds, at most a day; None where it says nothing that can be used."""
    if not retry_after:
        return None
    try:
        left = float(retry_after)
    except ValueError:
        try:
            left = email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
        left = max(0.0, left)
    return left if 0 <= left <= MAX_RETRY_AFTER_S else None


def _error(status: int, fault: WireError, retry_after_s: float | None) -> CoThinkError:
    if status in BINDING:
        log.error(
            "The model's server does not accept this gateway's key or account: HTTP %d, code %r", status, fault.code
        )
        return UpstreamError("The model's server does not accept this gateway.", code=BINDING[status])
    other = UpstreamError if 400 <= status < 600 else UpstreamBroken
    kind = BY_STATUS.get(status, other)
    log.warning("The model's server: HTTP %d, type %r, code %r, param %r", status, fault.type, fault.code, fault.param)
    code = fault.code if isinstance(fault.code, str) and CODE.fullmatch(fault.code) else None
    if kind is UpstreamRefused and _is_too_long(fault):
        return ContextTooLong("The conversation is longer than the model's context.", param="messages")
    if kind is UpstreamRefused:
        if status == 413:
            code = code or "request_too_large"
        return UpstreamRefused(f"{WORDS[kind]} ({code or status}).", code=code, param=_param(fault.param))
    return kind(f"{WORDS[kind]}.", retry_after_s=retry_after_s)


def _is_too_long(fault: WireError) -> bool:
    """vLLM, SGLang and llama-server say it in words or as a type, OpenAI as a code."""
    named = {"context_length_exceeded", "exceed_context_size_error"}
    if fault.code in named or fault.type in named:
        return True
    return isinstance(fault.message, str) and TOO_LONG.search(fault.message) is not None


def _param(param: Any) -> str | None:
    """Keep the field's name where it can be one."""
    return param if isinstance(param, str) and re.fullmatch(r"[A-Za-z_][\w.\[\]]{0,80}", param) else None
