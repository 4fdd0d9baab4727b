"""One way to read a request: what is not well formed never reaches the application."""

import json

import pytest
from http1_apps import GET, Echo, post

from cothink.gateway.http1.head import Refusal, read_head

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\n"
BAD = {
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    "two hosts in 1.0": (b"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    "bare LF": (b"GET / HTTP/1.1\nHost: a\n\n", 400),
    "bare LF after a field": (b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400),
    "bare CR": (b"GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", 400),
    "folded line": (b"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", 400),
    "NUL in a value": (b"GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 400),
    "NUL in the target": (b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "space before colon": (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    "name of no letters": (b"GET / HTTP/1.1\r\nHost: a\r\nX(: y\r\n\r\n", 400),
    "negative length": (HEAD + b"Content-Length: -1\r\n\r\n", 400),
    "signed length": (HEAD + b"Content-Length: +1\r\n\r\na", 400),
    "empty length": (HEAD + b"Content-Length: \r\n\r\n", 400),
    "length of letters": (HEAD + b"Content-Length: abc\r\n\r\n", 400),
    "length in hex": (HEAD + b"Content-Length: 0x1\r\n\r\na", 400),
    "length beyond 64 bits": (HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n", 400),
    "huge length": (HEAD + b"Content-Length: 99999999999999999\r\n\r\n", 413),
    "two lengths": (HEAD + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na", 400),
    "a list of lengths": (HEAD + b"Content-Length: 1, 1\r\n\r\na", 400),
    "length and chunks": (HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "chunks and length": (HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n", 400),
    "chunked not last": (HEAD + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", 400),
    "chunked twice": (HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "almost chunked": (HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
    "another coding": (HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    "chunks in 1.0": (b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "chunk size of letters": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    "chunk with bare LF": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\na\n0\n\n", 400),
    "HTTP/2": (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    "HTTP/0.9": (b"GET /\r\n\r\n", 505),
    "HTTP/1.2": (b"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 400),
    "HTTP/2's preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "CONNECT": (b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    "a method of another protocol": (b"DESCRIBE / RTSP/1.0\r\n\r\n", 501),
    "a method in small letters": (b"get / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "asterisk without OPTIONS": (b"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "target with a fragment": (b"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "target without a slash": (b"GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "target of another scheme": (b"GET ftp://a/b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "target with a user": (b"GET http://u@a/b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "path that is no UTF-8": (b"GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "unknown expectation": (HEAD + b"Expect: 200-ok\r\nContent-Length: 1\r\n\r\na", 417),
    "too many fields": (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 100 + b"\r\n", 431),
    "head too long, in one field": (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", 431),
    "head too long, without end": (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 70_000, 431),
    "target too long": (b"GET /" + b"y" * 70_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 431),
    "TLS on a plain port": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_malformed_request_is_refused_and_never_reaches_the_application(serve, name):
    data, status = BAD[name]
    app = Echo()
    served = await serve(app)
    peer = await served.connect()
    peer.send(data)
    answer = await peer.answer()
    peer.close()
    assert answer.status == status, answer.body
    assert answer.headers["connection"] == "close"
    assert answer.headers["x-request-id"] == "req-test"
    assert answer.headers["content-type"] == "application/json"
    error = json.loads(answer.body)["error"]
    assert error["message"]
    assert error["code"]
    assert app.scopes == []


async def test_an_absolute_target_names_path_and_host(serve):
    app = Echo()
    served = await serve(app)
    answer = await served.ask(b"GET http://b:80/c?d=e HTTP/1.1\r\nHost: a\r\n\r\n")
    seen = json.loads(answer.body)
    assert (seen["path"], seen["query"], seen["headers"]) == ("/c", "d=e", [["host", "b:80"]])
    answer = await served.ask(b"GET http://b?d=e HTTP/1.1\r\nHost: a\r\n\r\n")
    assert (json.loads(answer.body)["path"], app.scopes[-1]["raw_path"]) == ("/", b"/")


async def test_options_may_ask_the_whole_server(serve):
    answer = await (await serve(Echo())).ask(b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
    assert json.loads(answer.body)["path"] == "*"


async def test_the_scope_is_what_asgi_says(serve):
    app = Echo()
    served = await serve(app)
    peer = await served.connect()
    peer.send(b"PATCH /caf%C3%A9%2Fx?q=%20 HTTP/1.1\r\nHost: a\r\nX-Y: \xe9\r\n\r\n")
    assert (await peer.answer()).status == 200
    scope = app.scopes[0]
    assert scope["type"] == "http"
    assert (scope["method"], scope["scheme"], scope["http_version"]) == ("PATCH", "http", "1.1")
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/café/x", b"/caf%C3%A9%2Fx", b"q=%20")
    assert scope["headers"] == [(b"host", b"a"), (b"x-y", b"\xe9")]
    assert scope["server"] == ("127.0.0.1", served.port)
    assert scope["client"] == peer.writer.get_extra_info("sockname")


async def test_chunks_extensions_and_trailers_give_the_body_and_no_header(serve):
    app = Echo()
    served = await serve(app)
    peer = await served.connect()
    chunked = b"Transfer-Encoding: chunked\r\n\r\n"
    peer.send(HEAD + chunked + b"3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nHost: evil\r\nX-T: 1\r\n\r\n" + GET)
    first, second = await peer.answer(), await peer.answer()
    assert json.loads(first.body)["body"] == "abcde"
    assert app.scopes[0]["headers"] == [(b"host", b"a"), (b"transfer-encoding", b"chunked")]
    assert json.loads(second.body)["headers"] == [["host", "a"]]


async def test_trailers_and_chunk_extensions_without_end_are_refused(serve):
    for flood in (b"0\r\nX: " + b"y" * 200_000, b"1;" + b"y" * 200_000):
        served = await serve(Echo())
        peer = await served.connect()
        peer.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        for at in range(0, len(flood), 20_000):
            peer.send(flood[at : at + 20_000])
        assert (await peer.answer()).status == 431


async def test_a_head_too_long_is_refused_wherever_it_begins_in_a_read(serve):
    long = b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 1200 + b"\r\n\r\n"
    for cut in (0, 10, 700, len(long)):
        peer = await (await serve(Echo(), head_bytes=1000)).connect()
        peer.send(post(b"x" * 3000) + long[:cut])
        assert (await peer.answer()).status == 200
        peer.send(long[cut:])
        assert (await peer.answer()).status == 431


async def test_chunks_beyond_the_limit_are_refused(serve):
    served = await serve(Echo(), body_bytes=10)
    answer = await served.ask(HEAD + b"Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n6\r\nabcdef\r\n")
    assert answer.status == 413


async def test_empty_lines_before_a_request_are_skipped(serve):
    assert (await (await serve(Echo())).ask(b"\r\n\r\n" + GET)).status == 200


def test_a_refusal_says_its_status():
    with pytest.raises(Refusal, match="needs a Host header") as refusal:
        read_head(b"GET", "1.1", b"/", [], {})
    assert (refusal.value.status, refusal.value.code) == (400, "invalid_http")
