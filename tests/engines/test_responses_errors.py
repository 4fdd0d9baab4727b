import json
import logging
from typing import get_args

import openai
import pytest
from openai.types.responses import ResponseError

from cothink.core.errors import (
    ContextTooLong,
    CoThinkError,
    UpstreamBroken,
    UpstreamBusy,
    UpstreamError,
    UpstreamRefused,
    UpstreamTimeout,
)
from cothink.engines.responses_errors import BY_CODE, BY_STATUS, WireError, from_failure, from_status


def body(code: str | None = None, **more: str) -> bytes:
    return json.dumps({"error": {"message": "words of theirs sk-secret", "type": "t", "code": code, **more}}).encode()


@pytest.mark.parametrize(
    ("status", "kind", "ours", "code"),
    [
        (400, UpstreamRefused, 400, "bad_thing"),
        (401, UpstreamError, 502, "upstream_auth"),
        (402, UpstreamError, 502, "upstream_quota"),
        (403, UpstreamError, 502, "upstream_auth"),
        (404, UpstreamError, 502, "upstream_not_found"),
        (408, UpstreamTimeout, 504, "upstream_timeout"),
        (409, UpstreamError, 502, "upstream_error"),
        (413, UpstreamRefused, 400, "request_too_large"),
        (418, UpstreamBroken, 502, "upstream_broken"),
        (422, UpstreamRefused, 400, "bad_thing"),
        (429, UpstreamBusy, 429, "upstream_busy"),
        (500, UpstreamError, 502, "upstream_error"),
        (503, UpstreamError, 502, "upstream_error"),
        (504, UpstreamTimeout, 504, "upstream_timeout"),
        (529, UpstreamBusy, 429, "upstream_busy"),
        (301, UpstreamBroken, 502, "upstream_broken"),
    ],
)
def test_every_status_has_its_place_in_our_tree(status: int, kind: type[CoThinkError], ours: int, code: str) -> None:
    error = from_status(status, body("bad_thing"))
    assert (type(error), error.status, error.code) == (kind, ours, code)


def test_every_exception_of_the_official_sdk_has_its_row() -> None:
    kinds = _all_below(openai.APIStatusError)
    own = {kind.__name__: kind.__dict__["status_code"] for kind in kinds if "status_code" in kind.__dict__}
    assert set(own.values()) <= set(BY_STATUS)
    assert set(own.values()) >= {400, 401, 403, 404, 409, 422, 429}
    # a new class is noticed here; those without a status of their own: OAuthError is a 401, InternalServerError a 5xx
    assert {kind.__name__ for kind in kinds} - set(own) == {
        "OAuthError",
        "InternalServerError",
    }
    assert {kind.__name__ for kind in _all_below(openai.APIError)} - {kind.__name__ for kind in kinds} == {
        "APIConnectionError",
        "APITimeoutError",
        "APIStatusError",
        "APIResponseValidationError",
    }


def test_every_code_of_a_failed_answer_in_the_official_sdk_has_its_row() -> None:
    assert set(get_args(ResponseError.model_fields["code"].annotation)) == set(BY_CODE)


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_a_failed_answer_is_an_upstream_error_and_a_refusal_keeps_its_code(code: str) -> None:
    error = from_failure(WireError(code=code, message="theirs"))
    assert isinstance(error, UpstreamError)
    assert not isinstance(error, UpstreamRefused) or error.code == code


def test_their_words_stay_inside_and_out_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for status in (400, 401, 404, 429, 500):
            assert "sk-secret" not in str(from_status(status, body("x", param="p")))
        assert "sk-secret" not in str(from_failure(WireError("x", "sk-secret")))
    assert "sk-secret" not in caplog.text
    assert "code 'x'" in caplog.text


def test_a_code_that_is_no_code_is_not_passed_on() -> None:
    assert from_status(400, body("see https://evil/ <b>")).code == "upstream_refused"
    assert from_status(400, json.dumps({"error": {"code": 17}}).encode()).code == "upstream_refused"


def test_a_conversation_that_is_too_long_is_said_as_ours() -> None:
    error = from_status(400, body("context_length_exceeded", param="input"))
    assert isinstance(error, ContextTooLong)
    assert (error.status, error.code, error.param) == (400, "context_length_exceeded", "messages")


def test_an_account_without_credit_is_our_failure_not_the_clients_pace() -> None:
    error = from_status(429, body("insufficient_quota"), "5")
    assert (error.status, error.code, error.retry_after_s) == (502, "upstream_quota", None)


@pytest.mark.parametrize(
    ("param", "ours"),
    [
        ("max_output_tokens", "max_tokens"),
        ("input[3].content", "messages"),
        ("text.format", "response_format"),
        ("x", None),
    ],
)
def test_fields_are_named_as_the_client_knows_them(param: str, ours: str | None) -> None:
    assert from_status(400, body("c", param=param)).param == ours


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("12", 12.0),
        ("0.5", 0.5),
        (None, None),
        ("soon", None),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("1e9", None),
    ],
)
def test_retry_after_is_kept_where_it_is_a_number_of_seconds(header: str | None, seconds: float | None) -> None:
    assert from_status(429, body(), header).retry_after_s == seconds
    assert from_status(503, b"<html>", header).retry_after_s == seconds


@pytest.mark.parametrize("raw", [b"", b"<html>", b'{"error":"odd"}', b'{"detail":"odd"}', b"\xff", b"[]"])
def test_a_refusal_in_a_foreign_form_is_no_refusal_of_the_request(raw: bytes) -> None:
    assert isinstance(from_status(400, raw), UpstreamBroken)
    assert isinstance(from_status(500, raw), UpstreamError)
    assert from_status(401, raw).code == "upstream_auth"


def _all_below(kind: type) -> set[type]:
    return {found for sub in kind.__subclasses__() for found in {sub, *_all_below(sub)}}
