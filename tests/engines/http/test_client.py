"""Waits that end, and callers that leave."""

import asyncio
import socket
import sys
from pathlib import Path

import pytest

from cothink.core.errors import (
    UpstreamBroken,
    UpstreamError,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from cothink.engines.http import HttpClient, HttpLimits
from raw_upstream import CHUNKED, Peer, always, fetch, ok, once, talking


async def test_no_head_in_time_is_a_timeout_that_closes_the_connection():
    async with talking(lambda peer: peer.left(), head_s=0.05) as (upstream, client):
        with pytest.raises(UpstreamTimeout):
            await fetch(client)
        await upstream.quiet()
        assert upstream.hangups == 1


async def test_a_head_that_drips_is_a_timeout_too():
    async def talk(peer: Peer) -> None:
        await peer.request()
        for byte in b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 1000:
            await peer.say(bytes([byte]))
            await asyncio.sleep(0.01)

    async with talking(talk, head_s=0.1) as (_, client):
        with pytest.raises(UpstreamTimeout):
            await fetch(client)


async def test_a_body_that_falls_silent_is_a_timeout():
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(CHUNKED + b"5\r\nhello\r\n")
        await peer.left()

    async with talking(talk, idle_s=0.05) as (upstream, client), await client.request("GET", "/") as response:
        assert await anext(response) == b"hello"
        with pytest.raises(UpstreamTimeout):
            await anext(response)
        await upstream.quiet()


async def test_a_reader_that_lags_is_no_silence_of_the_server():
    body = b"x" * 4_000_000
    talk = talking(always(ok(body)), idle_s=0.05, backlog_bytes=1000)
    async with talk as (_, client), await client.request("GET", "/") as response:
        await asyncio.sleep(0.2)
        assert await response.read() == body


async def test_no_connection_in_time_is_a_timeout():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(0)
        fill = [socket.socket() for _ in range(4)]  # the queue of a socket that nobody accepts from
        for one in fill:
            one.setblocking(False)
            one.connect_ex(sock.getsockname())
        client = HttpClient(f"http://127.0.0.1:{sock.getsockname()[1]}", limits=HttpLimits(connect_s=0.1))
        with pytest.raises(UpstreamTimeout):
            await fetch(client)
        assert client.pool.places == 0
        await client.aclose()
        for one in fill:
            one.close()


async def test_a_name_that_does_not_exist_is_unreachable_and_not_named():
    client = HttpClient("http://no-such-host.invalid/")
    with pytest.raises(UpstreamUnreachable) as caught:
        await fetch(client)
    assert "invalid" not in caught.value.message
    await client.aclose()


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nx: ", CHUNKED, CHUNKED + b"5\r\nhello\r\n"])
async def test_a_caller_that_leaves_closes_the_upstream_at_every_stage(said):
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(said)
        await peer.left()

    async with talking(talk) as (upstream, client):
        task = asyncio.create_task(fetch(client))
        await upstream.asked.wait()
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(1):
            await upstream.hung_up.wait()
        assert client.pool.places == 0


@pytest.mark.skipif(sys.platform != "linux", reason="counts what is open in /proc")
async def test_two_hundred_cancelled_requests_leave_no_socket_task_or_place():
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(*[CHUNKED, b"5\r\nhello\r\n"][: peer.number % 3])
        await peer.left()

    def open_things():
        return len(asyncio.all_tasks()), len(list(Path("/proc/self/fd").iterdir()))

    async with talking(talk, connections=50) as (_, client):
        await asyncio.sleep(0)
        before = open_things()
        for delay_s in (None, 0, 0.005, 0.03):
            tasks = [asyncio.create_task(fetch(client)) for _ in range(50)]
            if delay_s is not None:
                await asyncio.sleep(delay_s)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            assert client.pool.places == client.pool.idle == client.pool.waiting == 0
        async with asyncio.timeout(5):
            while open_things() > before:
                await asyncio.sleep(0.005)


async def test_a_place_that_comes_in_the_moment_of_leaving_is_handed_on():
    async with talking(always(ok(b"x")), connections=1) as (_, client):
        holder = await client.request("GET", "/")
        waiters = [asyncio.create_task(fetch(client)) for _ in range(3)]
        await asyncio.sleep(0.01)
        await holder.read()
        await holder.aclose()
        waiters[0].cancel()  # it may have been given the connection already
        results = await asyncio.gather(*waiters, return_exceptions=True)
        assert results[1:] == [(200, b"x")] * 2
        assert client.pool.places == client.pool.idle == 1


async def test_a_connection_that_closes_on_its_way_to_the_next_is_replaced():
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(ok(b"x"))

    async with talking(talk, connections=1) as (upstream, client):
        assert await asyncio.gather(*(fetch(client) for _ in range(10))) == [(200, b"x")] * 10
        assert client.pool.places <= 1
        assert len(upstream.requests) >= 10


async def test_closing_the_client_fails_what_runs_and_what_waits():
    async with talking(lambda peer: peer.left(), connections=1) as (upstream, client):
        tasks = [asyncio.create_task(fetch(client)) for _ in range(3)]
        await asyncio.sleep(0.02)
        await client.aclose()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(result) for result in results] == [UpstreamUnreachable] * 3
        await upstream.quiet()
        with pytest.raises(UpstreamError):
            await fetch(client)


async def test_closing_the_client_closes_a_connection_that_is_being_made():
    async with talking(lambda peer: peer.left()) as (upstream, client):
        tasks = [asyncio.create_task(fetch(client)) for _ in range(3)]
        await asyncio.sleep(0)
        await client.aclose()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(result) for result in results] == [UpstreamUnreachable] * 3
        await upstream.quiet()


async def test_a_closed_answer_says_nothing_more():
    async with talking(once(CHUNKED, b"5\r\nhello\r\n")) as (_, client):
        response = await client.request("GET", "/")
        await response.aclose()
        await response.aclose()
        with pytest.raises(UpstreamBroken):
            await response.read()


async def test_a_closed_answer_that_had_come_whole_is_not_read_as_an_empty_one():
    async with talking(always(ok(b"hello"))) as (_, client):
        async with await client.request("GET", "/") as response:
            pass
        with pytest.raises(UpstreamBroken):
            await response.read()
        async with await client.request("GET", "/") as response:
            assert await response.read() == b"hello"
        assert await response.read() == b""
