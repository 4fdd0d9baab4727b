"""What a request looks like on the wire, and which addresses and headers are refused."""

import pytest

from cothink import __version__
from cothink.core.errors import SettingError
from cothink.engines.http import HttpClient, HttpLimits
from raw_upstream import RawUpstream, always, fetch, ok, talking


async def test_a_request_carries_host_length_agent_and_the_given_headers():
    async with RawUpstream(always(ok(b"hi"))) as upstream:
        client = HttpClient(upstream.url + "/v1/", headers={"Authorization": "Bearer k", "Accept": "x/y"})
        async with await client.request("POST", "/chat?a=b", b"{}", [("X-Trace", "7")]) as response:
            assert await response.read() == b"hi"
        await client.aclose()
    head, _, body = upstream.requests[0].partition(b"\r\n\r\n")
    line, *rest = head.decode().split("\r\n")
    headers = dict(h.split(": ", 1) for h in rest)
    assert line == "POST /v1/chat?a=b HTTP/1.1"
    assert headers["host"] == f"127.0.0.1:{upstream.port}"
    assert headers["user-agent"] == f"cothink/{__version__}"
    assert headers["authorization"] == "Bearer k"
    assert headers["accept"] == "x/y"
    assert headers["accept-encoding"] == "identity"
    assert headers["X-Trace"] == "7"
    assert headers["content-length"] == "2"
    assert body == b"{}"


async def test_a_get_carries_no_length_and_an_empty_post_says_zero():
    async with talking(always(ok(b""))) as (upstream, client):
        await fetch(client)
        await fetch(client, "POST", "/", b"")
    assert b"content-length" not in upstream.requests[0]
    assert b"content-length: 0" in upstream.requests[1]


async def test_a_large_body_arrives_whole():
    body = bytes(range(256)) * 40_000
    async with talking(always(ok(b"ok"))) as (upstream, client):
        assert await fetch(client, "POST", "/", body) == (200, b"ok")
    assert upstream.requests[0].endswith(body)


@pytest.mark.parametrize("path", ["", "x", "/a b", "/a\r\nb", "/ä", "/a#b", "http://other/"])
async def test_a_path_that_could_be_read_otherwise_is_refused(path):
    async with talking(always(ok(b""))) as (_, client):
        with pytest.raises(ValueError, match="path"):
            await client.request("GET", path)


@pytest.mark.parametrize(
    "header", [("a b", "c"), ("a", "b\r\nc: d"), ("", "x"), ("content-length", "3"), ("Host", "x")]
)
async def test_a_header_that_could_be_read_otherwise_is_refused_and_its_value_not_shown(header):
    async with talking(always(ok(b""))) as (_, client):
        with pytest.raises(ValueError, match="header") as caught:
            await client.request("GET", "/", headers=[header])
        assert "c: d" not in str(caught.value)


@pytest.mark.parametrize("method", ["HEAD", "CONNECT", "get", "GET /", ""])
async def test_a_method_whose_answer_has_another_form_is_refused(method):
    async with talking(always(ok(b""))) as (_, client):
        with pytest.raises(ValueError, match="method"):
            await client.request(method, "/")


async def test_ipv6_literals_work():
    try:
        async with RawUpstream(always(ok(b"six")), host="::1") as upstream:
            client = HttpClient(upstream.url)
            assert await fetch(client) == (200, b"six")
            await client.aclose()
            assert f"host: [::1]:{upstream.port}\r\n".encode() in upstream.requests[0]
    except OSError as error:
        pytest.skip(f"no IPv6 on loopback here: {error}")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "host",
        "ftp://x",
        "http://",
        "http://a:99999",
        "http://a:b",
        "http://u:p@a",
        "http://a?x",
        "http://a/b c",
        "http://[::1",
    ],
)
def test_a_base_url_that_cannot_be_used_is_refused(url):
    with pytest.raises(SettingError, match="base URL"):
        HttpClient(url)


def test_a_limit_out_of_range_is_refused():
    with pytest.raises(SettingError, match=r"http\.connections is 0"):
        HttpLimits(connections=0)
    with pytest.raises(SettingError, match=r"http\.head_s is nan"):
        HttpLimits(head_s=float("nan"))


def test_a_secret_header_is_not_shown():
    client = HttpClient("http://a", headers={"authorization": "Bearer hush"})
    assert "hush" not in repr(client)
    with pytest.raises(SettingError) as caught:
        HttpClient("http://a", headers={"authorization": "Bearer hush\r\n"})
    assert "hush" not in str(caught.value)
