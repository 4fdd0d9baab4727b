"""Bodies in each form, and framing that could be read in two ways."""

import asyncio

import pytest

from cothink.core.errors import (
    UpstreamBroken,
)
from raw_upstream import CHUNKED, Peer, always, fetch, ok, once, talking


async def test_a_body_by_length_comes_whole():
    async with talking(always(ok(b"hello", "X-Y: z"))) as (_, client), await client.request("GET", "/") as response:
        assert response.headers.get("x-y") == response.headers.get("X-Y") == "z"
        assert response.headers.get("nothing") is None
        assert await response.read() == b"hello"


async def test_a_chunked_body_with_extensions_and_trailers_comes_whole_and_its_connection_is_kept():
    pieces = [CHUNKED, b"5;a=b\r\nhello\r\n", b"1\r\n \r\n", b"5\r\nworld\r\n0\r\nX-Check: 1\r\n\r\n"]
    async with talking(always(*pieces)) as (upstream, client):
        for _ in range(3):
            assert await fetch(client) == (200, b"hello world")
        assert len(upstream.peers) == 1


async def test_a_body_without_a_length_ends_with_the_connection():
    async with talking(once(b"HTTP/1.1 200 OK\r\n\r\n", b"hello ", b"world")) as (upstream, client):
        assert await fetch(client) == (200, b"hello world")
        assert await fetch(client) == (200, b"hello world")
        assert len(upstream.peers) == 2


async def test_a_reset_is_no_end_of_a_body_without_a_length():
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(b"HTTP/1.1 200 OK\r\n\r\n", b"hello ")
        await asyncio.sleep(0.02)
        peer.reset()

    async with talking(talk) as (_, client):
        with pytest.raises(UpstreamBroken):
            await fetch(client)


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
async def test_answers_without_a_body_end_at_their_head_and_keep_the_connection(status):
    answer = f"HTTP/1.1 {status}\r\netag: x\r\n\r\n".encode()
    async with talking(always(answer)) as (upstream, client):
        for _ in range(2):
            assert await fetch(client) == (int(status[:3]), b"")
        assert len(upstream.peers) == 1


async def test_a_304_may_name_the_length_that_its_body_would_have():
    async with talking(always(b"HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n")) as (upstream, client):
        assert await fetch(client) == await fetch(client) == (304, b"")
        assert len(upstream.peers) == 1


async def test_interim_answers_are_passed_over():
    pieces = [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n", ok(b"done")]
    async with talking(always(*pieces)) as (upstream, client):
        for _ in range(2):
            async with await client.request("POST", "/", b"x") as response:
                assert "link" not in response.headers
                assert await response.read() == b"done"
        assert len(upstream.peers) == 1


async def test_switched_protocols_are_an_error():
    answer = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n"
    async with talking(always(answer)) as (_, client):
        with pytest.raises(UpstreamBroken):
            await fetch(client)


async def test_an_offer_to_upgrade_is_not_taken():
    offer = ok(b"hello", "connection: keep-alive, upgrade", "upgrade: h2c")
    async with talking(always(offer)) as (upstream, client):
        assert await fetch(client) == await fetch(client) == (200, b"hello")
        assert len(upstream.peers) == 1


async def test_http_1_0_keeps_its_connection_only_where_it_says_so():
    for header, peers in (("x: y", 2), ("connection: keep-alive", 1)):
        answer = ok(b"hello", header).replace(b"HTTP/1.1", b"HTTP/1.0")
        async with talking(always(answer)) as (upstream, client):
            assert await fetch(client) == await fetch(client) == (200, b"hello")
            assert len(upstream.peers) == peers


async def test_redirects_are_not_followed():
    async with talking(always(ok(b"", "location: /elsewhere", status="302 Found"))) as (upstream, client):
        assert await fetch(client) == (302, b"")
        assert len(upstream.requests) == 1


async def test_a_server_that_half_closes_after_its_answer_has_answered():
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(ok(b"hello"))
        peer.end()
        await peer.left()

    async with talking(talk) as (upstream, client):
        for _ in range(3):
            assert await fetch(client) == (200, b"hello")
            await asyncio.sleep(0.01)
        await upstream.quiet()
        assert upstream.hangups == 3


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5, 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\ncontent-length: 0x5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        CHUNKED + b"5\r\nhelloX\r\n0\r\n\r\n",
        CHUNKED + b"zz\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"-1\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"fffffffffffffffffff\r\nhello",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nxx",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"<html>\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
    ],
)
async def test_what_can_be_read_in_two_ways_is_an_error_and_its_connection_closes(answer):
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(answer)
        await peer.left()

    async with talking(talk) as (upstream, client):
        with pytest.raises(UpstreamBroken) as caught:
            await fetch(client)
        await upstream.quiet()
        assert client.pool.places == 0
        assert "127.0.0.1" not in caught.value.message


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello",
        CHUNKED + b"5\r\nhello\r\n",
        CHUNKED + b"9\r\nhello",
        CHUNKED,
    ],
)
async def test_an_end_in_the_middle_of_a_body_is_an_error_after_what_came(answer):
    async with talking(once(answer)) as (_, client), await client.request("GET", "/") as response:
        got = b""
        with pytest.raises(UpstreamBroken):
            async for piece in response:
                got += piece
        assert got == (b"" if answer == CHUNKED else b"hello")


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\ncontent-le"])
async def test_an_end_before_the_head_is_whole_is_an_error(answer):
    async with talking(once(answer)) as (upstream, client):
        with pytest.raises(UpstreamBroken):
            await fetch(client)
        assert len(upstream.peers) == 1


@pytest.mark.parametrize("leftover", [b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil", b"x", b"\x00"])
async def test_what_comes_after_an_answer_closes_the_connection_and_reaches_nobody(leftover):
    async with talking(always(ok(b"good") + leftover)) as (upstream, client):
        for _ in range(2):
            assert await fetch(client) == (200, b"good")
        assert len(upstream.peers) == 2


async def test_what_comes_later_on_an_idle_connection_closes_it():
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(ok(b"good"))
        await asyncio.sleep(0.01)
        await peer.say(ok(b"evil"))
        await peer.left()

    async with talking(talk) as (upstream, client):
        assert await fetch(client) == (200, b"good")
        await upstream.quiet()
        assert client.pool.places == 0
        assert await fetch(client) == (200, b"good")


async def test_connection_close_is_obeyed():
    async with talking(always(ok(b"x", "connection: close"))) as (upstream, client):
        await fetch(client)
        assert client.pool.places == 0
        await fetch(client)
        assert len(upstream.peers) == 2
