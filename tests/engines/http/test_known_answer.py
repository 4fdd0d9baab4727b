"""A head that comes again is taken without parsing, and for nothing else."""

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.core.errors import UpstreamBroken
from cothink.engines.http.known_answer import KnownAnswer
from raw_upstream import Peer, always, fetch, ok, talking

FIRST = ok(b'{"a":1}', "content-type: application/json", "x-server: y")
HEADERS = {b"content-type": b"application/json", b"x-server": b"y", b"content-length": b"7"}


class Parsed:
    """What httptools makes of bytes."""

    def __init__(self, data: bytes) -> None:
        self.headers: dict[bytes, bytes] = {}
        self.body = b""
        self.ends = 0
        httptools.HttpResponseParser(self).feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.lower()] = value

    def on_body(self, piece: bytes) -> None:
        self.body += piece

    def on_message_complete(self) -> None:
        self.ends += 1


def learnt(data: bytes = FIRST) -> KnownAnswer:
    known = KnownAnswer.learn(data, 200, dict(HEADERS))
    assert known is not None
    return known


@pytest.mark.parametrize("body", [b'{"a":1}', b"", b"x" * 100_000, b"HTTP/1.1 200 OK\r\n\r\n"])
def test_the_same_head_with_another_body_is_what_the_parser_makes_of_it(body):
    data = ok(body, "content-type: application/json", "x-server: y")
    parsed = Parsed(data)
    assert learnt().match(data) == (parsed.headers, parsed.body)
    assert parsed.ends == 1


@given(at=st.integers(0, len(FIRST) - 1), byte=st.integers(0, 255))
def test_a_changed_byte_of_a_head_is_never_taken_for_the_known_one(at, byte):
    data = FIRST[:at] + bytes([byte]) + FIRST[at + 1 :]
    found = learnt().match(data)
    head_ends_at = FIRST.index(b"\r\n\r\n") + 4
    assert (found is not None) == (data[:head_ends_at] == FIRST[:head_ends_at])


@given(cut=st.integers(0, len(FIRST) - 1))
def test_half_an_answer_is_not_taken(cut):
    assert learnt().match(FIRST[:cut]) is None


@pytest.mark.parametrize("more", [b"x", b"\r\n", FIRST])
def test_more_than_an_answer_is_not_taken(more):
    assert learnt().match(FIRST + more) is None


@pytest.mark.parametrize("digits", [b"+7", b"7 ", b" 7", b"-7", b"0x7", b"7_0", b"", b"7, 7", b"9" * 30])
def test_a_length_that_is_no_plain_number_is_left_to_the_parser(digits):
    assert learnt().match(FIRST.replace(b"content-length: 7", b"content-length: " + digits)) is None


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\ncontent-length:1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 9000 + b"\r\ncontent-length: 1\r\n\r\nx",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx",
    ],
)
def test_what_is_not_plain_is_not_learnt(data):
    assert KnownAnswer.learn(data, 200, {}) is None


async def test_answers_that_repeat_keep_their_status_headers_and_bodies_apart():
    async def talk(peer: Peer) -> None:
        for number in range(12):
            await peer.request()
            status = "200 OK" if number % 3 else "429 Too Many Requests"
            await peer.say(ok(b"b" * number, f"x-number: {number // 4}", status=status))

    async with talking(talk) as (upstream, client):
        for number in range(12):
            async with await client.request("POST", "/", b"{}") as response:
                assert response.status == (200 if number % 3 else 429)
                assert response.headers.get("x-number") == str(number // 4)
                assert response.headers.get("content-length") == str(number)
                assert await response.read() == b"b" * number
        assert len(upstream.peers) == 1


async def test_a_second_answer_after_a_known_one_still_closes_the_connection():
    async def talk(peer: Peer) -> None:
        for _ in range(3):
            await peer.request()
            await peer.say(FIRST)
        await peer.request()
        await peer.say(FIRST + FIRST)
        await peer.left()

    async with talking(talk) as (upstream, client):
        for _ in range(4):
            assert await fetch(client) == (200, b'{"a":1}')
        await upstream.quiet()
        assert client.pool.idle == 0


async def test_a_known_head_whose_body_comes_later_is_read_to_its_end():
    async def talk(peer: Peer) -> None:
        for _ in range(2):
            await peer.request()
            await peer.say(FIRST)
        await peer.request()
        await peer.say(FIRST[:-3], FIRST[-3:])
        await peer.request()
        await peer.say(FIRST[:-3])
        peer.writer.close()

    async with talking(talk) as (_, client):
        for _ in range(3):
            assert await fetch(client) == (200, b'{"a":1}')
        with pytest.raises(UpstreamBroken):
            await fetch(client)


async def test_a_known_answer_longer_than_is_allowed_is_refused():
    async with talking(always(ok(b"x" * 50))) as (_, client):
        for _ in range(3):
            async with await client.request("POST", "/", b"{}") as response:
                with pytest.raises(UpstreamBroken, match="more than 20 bytes"):
                    await response.read(20)
