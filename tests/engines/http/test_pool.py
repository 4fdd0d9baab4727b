"""Kept connections, and the queue for them."""

import asyncio
import socket

import pytest

from cothink.core.errors import (
    UpstreamBroken,
    UpstreamBusy,
    UpstreamUnreachable,
)
from cothink.engines.http import HttpClient, HttpLimits
from raw_upstream import CHUNKED, Peer, always, fetch, ok, talking


async def test_a_kept_connection_that_was_closed_is_replaced_by_a_fresh_one_once():
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(ok(b"x"))
        if peer.number == 0:
            await peer.request()  # the second request is read, then dropped without a word
            peer.reset()
            return
        await peer.request()
        await peer.say(ok(b"y"))

    async with talking(talk) as (upstream, client):
        assert await fetch(client, "POST", "/", b"1") == (200, b"x")
        assert await fetch(client, "POST", "/", b"2") == (200, b"x")
        assert [request[-1:] for request in upstream.requests] == [b"1", b"2", b"2"]
        assert len(upstream.peers) == 2


async def test_the_second_try_is_the_last():
    async def talk(peer: Peer) -> None:
        await peer.request()
        if peer.number == 0:
            await peer.say(ok(b"x"))
            await peer.request()
        peer.reset()

    async with talking(talk) as (upstream, client):
        assert await fetch(client) == (200, b"x")
        with pytest.raises(UpstreamBroken):
            await fetch(client)
        assert len(upstream.requests) == 3
        assert client.pool.places == 0


async def test_one_byte_of_an_answer_is_enough_to_forbid_a_second_try():
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(ok(b"x"))
        await peer.request()
        await peer.say(b"H")

    async with talking(talk) as (upstream, client):
        assert await fetch(client) == (200, b"x")
        with pytest.raises(UpstreamBroken):
            await fetch(client)
        assert len(upstream.requests) == 2


async def test_the_connection_used_last_is_used_next():
    async with talking(always(ok(b"x"))) as (upstream, client):
        await asyncio.gather(*(fetch(client) for _ in range(5)))
        assert len(upstream.peers) == 5
        for _ in range(10):
            await fetch(client)
        assert len(upstream.peers) == 5


async def test_what_nobody_uses_is_closed_after_a_while():
    async with talking(always(ok(b"x")), keep_s=0.05) as (upstream, client):
        await fetch(client)
        assert client.pool.idle == 1
        await upstream.quiet()
        assert client.pool.places == 0


async def test_requests_beyond_the_limit_wait_in_order():
    gate = asyncio.Event()

    async def talk(peer: Peer) -> None:
        while True:
            await peer.request()
            await gate.wait()
            await peer.say(ok(b"x"))

    async with talking(talk, connections=2) as (upstream, client):
        done = []

        async def one(i):
            await fetch(client, "POST", "/", b"%d" % i)
            done.append(i)

        tasks = []
        for i in range(8):
            tasks.append(asyncio.create_task(one(i)))
            await asyncio.sleep(0)
        await asyncio.sleep(0.02)
        assert client.pool.places == 2
        assert client.pool.waiting == 6
        gate.set()
        await asyncio.gather(*tasks)
        assert len(upstream.peers) == 2
        assert [int(request[-1:]) for request in upstream.requests][2:] == [2, 3, 4, 5, 6, 7]


async def test_a_full_queue_turns_away_as_busy():
    async with talking(lambda peer: peer.left(), connections=1, waiting=1) as (_, client):
        tasks = [asyncio.create_task(fetch(client)) for _ in range(2)]
        await asyncio.sleep(0.02)
        with pytest.raises(UpstreamBusy):
            await fetch(client)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_wait_in_the_queue_has_an_end_that_frees_nothing_twice():
    async with talking(lambda peer: peer.left(), connections=1, queue_s=0.05) as (_, client):
        first = asyncio.create_task(fetch(client))
        await asyncio.sleep(0.01)
        with pytest.raises(UpstreamBusy):
            await fetch(client)
        assert client.pool.places == 1
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert client.pool.places == 0


async def test_a_failed_connection_hands_its_place_to_the_next():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        client = HttpClient(f"http://127.0.0.1:{sock.getsockname()[1]}", limits=HttpLimits(connections=1))
        results = await asyncio.gather(*(fetch(client) for _ in range(5)), return_exceptions=True)
        assert [type(result) for result in results] == [UpstreamUnreachable] * 5
        assert client.pool.places == 0
        await client.aclose()


@pytest.mark.parametrize(
    "pieces",
    [
        [b"HTTP/1.1 200 OK\r\nx: ", *[b"a" * 1000] * 4],
        [b"HTTP/1.1 200 OK\r\nx: " + b"a" * 4000 + b"\r\ncontent-length: 0\r\n\r\n"],
        [b"HTTP/1.1 100 Continue\r\n\r\n"] * 100,
        [CHUNKED, b"5\r\nhello\r\n0\r\nx: ", *[b"a" * 1000] * 4],
        [CHUNKED, b"5;", *[b"a" * 1000] * 4],
    ],
)
async def test_a_head_trailers_and_extensions_have_a_largest_size(pieces):
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(*pieces)
        await peer.left()

    async with talking(talk, head_bytes=2000) as (upstream, client):
        with pytest.raises(UpstreamBroken):
            await fetch(client)
        await upstream.quiet()


async def test_read_takes_in_no_more_than_its_limit():
    async with talking(always(ok(b"x" * 1000)), body_bytes=999) as (_, client):
        with pytest.raises(UpstreamBroken, match="999"):
            await fetch(client)
        async with await client.request("GET", "/") as response:
            assert len(await response.read(1000)) == 1000


async def test_a_reader_that_lags_stops_the_upstream():
    written = 0

    async def talk(peer: Peer) -> None:
        nonlocal written
        await peer.request()
        peer.writer.transport.set_write_buffer_limits(high=0)
        await peer.say(b"HTTP/1.1 200 OK\r\ncontent-length: 64000000\r\n\r\n")
        for _ in range(1000):
            await peer.say(b"x" * 64_000)
            written += 1

    async with talking(talk, backlog_bytes=100_000) as (_, client), await client.request("GET", "/") as response:
        await asyncio.sleep(0.1)
        stalled = written
        await asyncio.sleep(0.1)
        assert written == stalled < 1000  # the rest waits in the sockets' buffers
        assert len(await anext(response)) <= 100_000 + 262_144
        assert 64_000_000 > len(await response.read(64_000_000)) > 63_000_000
        assert written == 1000
