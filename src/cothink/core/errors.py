"""Every error that CoThink raises, in one tree; the gateway turns each into OpenAI's error form.

CoThinkError                 500  the base: something of ours went wrong
├── SettingError             500  a setting is unknown, missing or out of range (raised at start, never while serving)
├── ModelFileError           500  a model file is missing, damaged or not what its digest says
├── BadRequest               400  the client sent something that cannot be served
│   ├── UnknownModel         404  no model of that name
│   ├── ContextTooLong       400  more tokens than the model takes
│   ├── Unsupported          400  the field is understood, but this model cannot do it
│   └── TooLarge             413  the body is over the size limit
├── Unauthorized             401  no key, or a wrong one
├── Forbidden                403  the key is good, but may not do this
├── LimitReached             429  a limit of ours: calls, tokens, dollars, requests a minute
├── DeadlinePassed           504  the time for the whole run is over
├── NotReady                 503  starting, draining, or the model's process is away
└── UpstreamError            502  the model's server failed; its own words stay in our log
    ├── UpstreamRefused      400  it refused the request as such (its code is kept)
    ├── UpstreamBusy         429  it is overloaded (Retry-After is kept)
    ├── UpstreamUnreachable  502  no connection
    ├── UpstreamTimeout      504  it accepted and then said nothing for too long
    └── UpstreamBroken       502  it answered something that is no answer: HTML, half a frame, an end without a finish
"""

from typing import ClassVar


class CoThinkError(Exception):
    """Something went wrong, in words that a client may read.

    Args:
        message: What happened, the value, what is allowed. Never holds a key, an upstream's address or its words.
        param: The request field at fault, as a path (``messages[0].content``), if one is.
        code: A machine-readable code that overrides the class's own.
        retry_after_s: When a new try makes sense, in seconds.
    """

    status: ClassVar[int] = 500
    type: ClassVar[str] = "api_error"
    code: str | None = "internal_error"
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.retry_after_s = retry_after_s
        if code is not None:
            self.code = code


class SettingError(CoThinkError):
    """A setting is unknown, missing or out of range."""

    code = "setting_error"


class ModelFileError(CoThinkError):
    """A model file is missing, damaged or not what its digest says."""

    code = "model_file_error"


class BadRequest(CoThinkError):
    """The client sent something that cannot be served."""

    status = 400
    type = "invalid_request_error"
    code = "invalid_value"


class UnknownModel(BadRequest):
    """No model of that name."""

    status = 404
    code = "model_not_found"


class ContextTooLong(BadRequest):
    """More tokens than the model takes."""

    code = "context_length_exceeded"


class Unsupported(BadRequest):
    """The field is understood, but this model cannot do it."""

    code = "unsupported_value"


class TooLarge(BadRequest):
    """The body is over the size limit."""

    status = 413
    code = "request_too_large"


class Unauthorized(CoThinkError):
    """No key, or a wrong one."""

    status = 401
    type = "invalid_request_error"
    code = "invalid_api_key"


class Forbidden(CoThinkError):
    """The key is good, but may not do this."""

    status = 403
    type = "invalid_request_error"
    code = "forbidden"


class LimitReached(CoThinkError):
    """A limit of ours: calls, tokens, dollars, requests a minute."""

    status = 429
    type = "rate_limit_error"
    code = "limit_reached"


class RateReached(LimitReached):
    """The key or its team has used up its requests, tokens or calls at once."""

    code = "rate_limit_exceeded"


class BudgetSpent(LimitReached):
    """The dollars of the key or its team are spent or reserved."""

    type = "insufficient_quota"
    code = "insufficient_quota"


class DeadlinePassed(CoThinkError):
    """The time for the whole run is over."""

    status = 504
    type = "timeout_error"
    code = "deadline_passed"


class NotReady(CoThinkError):
    """Starting, draining, or the model's process is away."""

    status = 503
    type = "service_unavailable_error"
    code = "not_ready"
    retryable = True


class StoreAway(CoThinkError):
    """The store of keys and budgets cannot be reached, so no money may be spent."""

    status = 503
    type = "service_unavailable_error"
    code = "store_away"


class UpstreamError(CoThinkError):
    """The model's server failed; its own words stay in our log."""

    status = 502
    type = "upstream_error"
    code = "upstream_error"
    retryable = True


class UpstreamRefused(UpstreamError):
    """It refused the request as such; its code is kept."""

    status = 400
    type = "invalid_request_error"
    code = "upstream_refused"
    retryable = False


class UpstreamBusy(UpstreamError):
    """It is overloaded; Retry-After is kept."""

    status = 429
    type = "rate_limit_error"
    code = "upstream_busy"


class UpstreamUnreachable(UpstreamError):
    """No connection."""

    code = "upstream_unreachable"


class UpstreamTimeout(UpstreamError):
    """It accepted and then said nothing for too long."""

    status = 504
    type = "timeout_error"
    code = "upstream_timeout"


class UpstreamBroken(UpstreamError):
    """It answered something that is no answer: HTML, half a frame, an end without a finish."""

    code = "upstream_broken"
