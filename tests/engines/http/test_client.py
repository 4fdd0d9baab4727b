"""The client against servers that say exactly these bytes: bodies, framing, kept connections, hang-ups."""

import asyncio
import socket
from contextlib import asynccontextmanager

import pytest
from raw_upstream import Peer, RawUpstream, always, ok, once

from cothink import __version__
from cothink.core.errors import (
    SettingError,
    UpstreamBroken,
    UpstreamBusy,
    UpstreamError,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from cothink.engines.http import HttpClient, HttpLimits

CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


@asynccontextmanager
async def talking(talk, *, path="", **limits):
    async with RawUpstream(talk) as upstream:
        client = HttpClient(upstream.url + path, limits=HttpLimits(**limits))
        try:
            yield upstream, client
        finally:
            await client.aclose()
            assert client.pool.places == 0
            assert client.pool.idle == client.pool.waiting == 0


async def fetch(client, method="GET", path="/", body=None):
    async with await client.request(method, path, body) as response:
        return response.status, await response.read()


# what goes out


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


# bodies


async def test_a_body_by_length_comes_whole():
    async with talking(always(ok(b"hello", "X-Y: z"))) as (_, client):
        async with await client.request("GET", "/") as response:
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


# framing


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


# kept connections


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


# limits


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


# waits


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
    async with talking(always(ok(body)), idle_s=0.05, backlog_bytes=1000) as (_, client):
        async with await client.request("GET", "/") as response:
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


# leaving


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


async def test_two_hundred_cancelled_requests_leave_no_socket_task_or_place():
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(*[CHUNKED, b"5\r\nhello\r\n"][: peer.number % 3])
        await peer.left()

    async with talking(talk, connections=50) as (upstream, client):
        before = len(asyncio.all_tasks())
        for delay_s in (None, 0, 0.005, 0.03):
            tasks = [asyncio.create_task(fetch(client)) for _ in range(50)]
            if delay_s is not None:
                await asyncio.sleep(delay_s)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            assert client.pool.places == client.pool.idle == client.pool.waiting == 0
        await upstream.quiet()
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == before


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


async def test_a_closed_answer_says_nothing_more():
    async with talking(once(CHUNKED, b"5\r\nhello\r\n")) as (_, client):
        response = await client.request("GET", "/")
        await response.aclose()
        await response.aclose()
        with pytest.raises(UpstreamBroken):
            await response.read()


# addresses


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
