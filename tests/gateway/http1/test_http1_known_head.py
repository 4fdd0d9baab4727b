"""A head that is recognised means what the parser would have made of it."""

import json

import pytest
from http1_apps import GET, Echo, post
from hypothesis import given, settings
from hypothesis import strategies as st

from cothink.gateway.http1.head import read_head
from cothink.gateway.http1.known_head import NOTES, KnownHead


def test_a_known_head_differs_from_the_parser_in_nothing():
    body = b'{"a":1}'
    data = post(body, extra=b"Authorization: Bearer x\r\n")
    headers = [(b"host", b"a"), (b"authorization", b"Bearer x"), (b"content-length", b"7")]
    head = read_head(b"POST", "1.1", b"/v1/x", headers, {})
    known = KnownHead.learn(data, head, len(body), 100)
    assert known is not None
    digits, got = known.match(data)
    scope = known.scope(digits)
    assert scope.pop(NOTES) is known.notes
    assert (scope, got) == (head.scope, body)
    scope["headers"].append((b"x", b"y"))
    scope["user"] = "someone"
    longer = post(b"12345678901", extra=b"Authorization: Bearer x\r\n")
    digits, got = known.match(longer)
    assert got == b"12345678901"
    scope = known.scope(digits)
    assert scope["headers"] == [*headers[:2], (b"content-length", b"11")]
    assert "user" not in scope
    assert known.match(post(body, extra=b"Authorization: Bearer y\r\n")) is None
    assert known.match(data[:-1]) is None
    assert known.match(data + b"x") is None
    assert known.match(data.replace(b"Length: 7", b"Length: +7")) is None
    assert known.match(data.replace(b"Length: 7", b"Length: ")) is None
    assert known.match(post(b"x" * 101, extra=b"Authorization: Bearer x\r\n")) is None


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_changed_byte_is_never_taken_for_the_known_head(data):
    body = b"hello"
    request = post(body, extra=b"X-A: b\r\n")
    head = read_head(b"POST", "1.1", b"/v1/x", [(b"host", b"a"), (b"x-a", b"b"), (b"content-length", b"5")], {})
    known = KnownHead.learn(request, head, 5, 100)
    assert known is not None
    at = data.draw(st.integers(0, len(request) - len(body) - 1))
    changed = request[:at] + bytes([data.draw(st.integers(0, 255))]) + request[at + 1 :]
    assert (known.match(changed) is not None) == (changed == request)


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 0\r\n\r\n",
        b"\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"y" * 9000 + b"\r\n\r\n",
    ],
)
def test_only_plain_heads_become_known(raw):
    fields = [line.split(b": ") for line in raw.strip().split(b"\r\n")[1:]]
    headers = [(name, value) for name, value in fields]
    method = raw.strip().split(b" ")[0]
    head = read_head(method, "1.1", b"/", headers, {})
    assert KnownHead.learn(raw, head, 0, 100) is None


async def test_a_repeated_head_gives_the_same_answer_as_the_first_time(serve):
    app = Echo()
    served = await serve(app)
    peer = await served.connect()
    for size in (5, 5, 0, 1, 70_000, 300, 5):
        body = b"z" * size
        peer.send(post(body))
        seen = json.loads((await peer.answer()).body)
        assert (len(seen["body"]), seen["headers"][-1]) == (size, ["content-length", str(size)])
    peer.send(GET)
    assert json.loads((await peer.answer()).body)["method"] == "GET"
