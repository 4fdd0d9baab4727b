"""How an upstream's failures look from outside."""

import email.utils
import time

import msgspec
import pytest

from cothink.core.errors import (
    ContextTooLong,
    UpstreamBroken,
    UpstreamBusy,
    UpstreamError,
    UpstreamRefused,
    UpstreamTimeout,
)
from cothink.engines.chat_errors import from_frame, from_status, seconds

SECRET = "sk-secret http://10.0.0.7/ the prompt"


def error(**fields):
    return msgspec.json.encode({"error": {"message": SECRET, **fields}})


@pytest.mark.parametrize(
    ("status", "kind", "shown", "retryable"),
    [
        (400, UpstreamRefused, 400, False),
        (401, UpstreamError, 502, True),
        (402, UpstreamError, 502, True),
        (403, UpstreamError, 502, True),
        (404, UpstreamRefused, 400, False),
        (408, UpstreamTimeout, 504, True),
        (409, UpstreamError, 502, True),
        (413, UpstreamRefused, 400, False),
        (422, UpstreamRefused, 400, False),
        (429, UpstreamBusy, 429, True),
        (500, UpstreamError, 502, True),
        (502, UpstreamError, 502, True),
        (503, UpstreamError, 502, True),
        (504, UpstreamTimeout, 504, True),
        (529, UpstreamBusy, 429, True),
        (201, UpstreamBroken, 502, True),
        (302, UpstreamBroken, 502, True),
    ],
)
@pytest.mark.parametrize("body", [error(), b"", b"<html>", b"[1]", b'{"error": "' + SECRET.encode() + b'"}', b"\xff"])
def test_each_status_has_its_error_and_the_servers_words_stay_inside(status, kind, shown, retryable, body):
    found = from_status(status, body)
    assert type(found) is kind
    assert (found.status, found.retryable) == (shown, retryable)
    assert "secret" not in found.message
    assert "10.0.0.7" not in found.message


def test_a_refusal_keeps_its_code_and_param_where_they_are_names():
    found = from_status(400, error(code="invalid_image", param="messages[0].content"))
    assert (found.code, found.param) == ("invalid_image", "messages[0].content")
    found = from_status(422, error(code=SECRET, param=SECRET))
    assert (found.code, found.param) == ("upstream_refused", None)
    assert from_status(413, b"").code == "request_too_large"


@pytest.mark.parametrize(
    "body",
    [
        error(code="context_length_exceeded"),
        error(type="exceed_context_size_error", code=400),
        msgspec.json.encode({"error": {"message": "This model's maximum context length is 4096 tokens.", "code": 400}}),
        msgspec.json.encode({"object": "error", "message": "This model's maximum context length is 4096", "code": 400}),
        msgspec.json.encode({"error": {"message": "The input is longer than the model's context length (4096)."}}),
    ],
)
def test_a_context_too_long_is_told_apart_in_every_servers_words(body):
    found = from_status(400, body)
    assert type(found) is ContextTooLong
    assert found.code == "context_length_exceeded"


def test_our_own_wrong_key_is_the_operators_business(caplog):
    found = from_status(401, error(code="invalid_api_key"))
    assert (found.status, found.code) == (502, "upstream_auth")
    assert any(record.levelname == "ERROR" for record in caplog.records)
    assert "secret" not in caplog.text


def test_retry_after_is_kept_in_seconds_or_as_a_date():
    assert from_status(429, b"", "7").retry_after_s == 7
    assert from_status(503, b"", "1.5").retry_after_s == 1.5
    date = email.utils.formatdate(time.time() + 100, usegmt=True)
    assert 95 < (seconds(date) or 0) <= 100
    assert seconds(email.utils.formatdate(0, usegmt=True)) == 0
    for useless in (None, "", "soon", "-1", "nan", "inf", "1e99", "Fri, 99 Foo 2099"):
        assert seconds(useless) is None


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"message": SECRET, "code": 400}, UpstreamRefused),
        ({"message": SECRET, "code": 429}, UpstreamBusy),
        ({"message": SECRET, "code": 500}, UpstreamError),
        ({"message": SECRET, "code": "server_error"}, UpstreamError),
        ({}, UpstreamError),
        (SECRET, UpstreamError),
        ([SECRET], UpstreamError),
        (True, UpstreamError),
    ],
)
def test_an_error_in_a_frame_is_an_error_in_whatever_form(fault, kind):
    found = from_frame(fault)
    assert type(found) is kind
    assert "secret" not in found.message
