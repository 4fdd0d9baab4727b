"""However bytes are split, they mean the same; whatever bytes come, the server answers or closes."""

import asyncio
import json
import logging
from itertools import pairwise
from typing import Any

from http1_apps import Echo
from hypothesis import given, settings
from hypothesis import strategies as st

from cothink.gateway.http1.connection import Connection
from cothink.gateway.http1.limits import ServerLimits
from cothink.gateway.http1.server import Server


class Wire(asyncio.Transport):
    """A transport in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.got = b""
        self.closed = False

    def write(self, data: Any) -> None:
        assert not self.closed
        self.got += bytes(data)

    def close(self) -> None:
        self.closed = True

    abort = close
    write_eof = close

    def can_write_eof(self) -> bool:
        return True

    def is_closing(self) -> bool:
        return self.closed

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0


async def run(pieces: list[bytes]) -> tuple[bytes, bool, Echo]:
    app = Echo()
    server = Server(app, ServerLimits(head_bytes=2000, body_bytes=2000, headers=20), new_id=lambda: "x")
    server.tail_open, server.tail_last = b"\r\n", b"connection: close\r\n\r\n"
    connection = Connection(server)
    wire = Wire()
    connection.connection_made(wire)
    for piece in pieces:
        if not wire.closed:
            connection.data_received(piece)
        await asyncio.sleep(0)
    for _ in range(300):
        if not connection.is_busy:
            break
        await asyncio.sleep(0)
    busy = connection.is_busy
    connection.connection_lost(None)
    await server.drain(0)
    assert not busy
    return wire.got, wire.closed, app


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    at = [0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]
    return [data[start:end] for start, end in pairwise(at) if start != end]


NAME = st.from_regex(r"\A[a-z][a-z-]{0,8}\Z").filter(
    lambda name: name not in ("host", "connection", "content-length", "expect", "upgrade", "transfer-encoding", "te")
)
VALUE = st.from_regex(r"\A[!-~]([ -~]{0,20}[!-~])?\Z")


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    body = draw(st.binary(max_size=60))
    fields = draw(st.lists(st.tuples(NAME, VALUE), max_size=4))
    head = f"{draw(st.sampled_from(['POST', 'PUT', 'GET']))} /{draw(st.from_regex(r'[a-z0-9/]{0,9}', fullmatch=True))}"
    lines = [f"{head} HTTP/1.1", "Host: a", *(f"{name}: {value}" for name, value in fields)]
    if draw(st.booleans()):
        text = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""])
        return text.encode() + body
    sizes = draw(st.lists(st.integers(1, 20), max_size=5))
    chunks = []
    for size in sizes:
        piece, body = body[:size], body[size:]
        if piece:
            chunks.append(b"%x\r\n%b\r\n" % (len(piece), piece))
    return "\r\n".join([*lines, "Transfer-Encoding: chunked", "", ""]).encode() + b"".join(chunks) + b"0\r\n\r\n"


@given(st.lists(requests(), min_size=1, max_size=4), st.lists(st.integers(0, 5000), max_size=12))
@settings(max_examples=150, deadline=None)
def test_requests_mean_the_same_wherever_they_are_split(asked, cuts):
    data = b"".join(asked)
    whole = asyncio.run(run([data]))
    apart = asyncio.run(run(split(data, cuts)))
    one_by_one = asyncio.run(run(asked))
    by_byte = asyncio.run(run([data[at : at + 1] for at in range(len(data))]))
    assert whole[0] == apart[0] == one_by_one[0] == by_byte[0]
    assert whole[0].count(b"HTTP/1.1 200 OK") == len(asked)
    assert whole[2].bodies == one_by_one[2].bodies


@given(requests(), st.integers(1, 6), st.lists(st.integers(0, 3000), max_size=6))
@settings(max_examples=100, deadline=None)
def test_a_repeated_request_is_answered_as_the_first(asked, times, cuts):
    got, _, app = asyncio.run(run([piece for _ in range(times) for piece in split(asked, cuts)]))
    assert len(app.scopes) == times
    assert got == got[: len(got) // times] * times


TOKENS = [
    *(b"GET ", b"POST ", b"HEAD ", b"/ ", b"* ", b"HTTP/1.1", b"HTTP/1.0", b"\r\n", b"\r\n\r\n", b"\n", b"\r", b"\0"),
    *(
        b"Host: a\r\n",
        b"Content-Length: 5\r\n",
        b"Content-Length: -5\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"0\r\n\r\n",
    ),
    *(
        b"Connection: close\r\n",
        b"Connection: Upgrade\r\n",
        b"Upgrade: h2c\r\n",
        b"Expect: 100-continue\r\n",
        b"5\r\nabcde\r\n",
    ),
    *(
        b"GET / HTTP/1.1\r\nHost: a\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\n",
        b"x: y\r\n",
        b" ",
        b"ffffffffffffffff\r\n",
        b"x" * 900,
    ),
]


@given(
    st.lists(st.one_of(st.sampled_from(TOKENS), st.binary(max_size=20)), max_size=25), st.lists(st.integers(0, 9999))
)
@settings(max_examples=400, deadline=None)
def test_garbage_gets_an_answer_or_a_close_and_means_the_same_wherever_it_is_split(tokens, cuts):
    logging.disable(logging.CRITICAL)
    data = b"".join(tokens)
    got, closed, app = asyncio.run(run([data]))
    apart, closed_too, app_too = asyncio.run(run(split(data, cuts)))
    logging.disable(logging.NOTSET)
    assert app.bodies == app_too.bodies
    assert closed == closed_too
    assert _statuses(got) == _statuses(apart)
    if got and not got.startswith(b"HTTP/1.1 "):
        raise AssertionError(got)


def _statuses(got: bytes) -> list[bytes]:
    return [word[:3] for word in got.split(b"HTTP/1.1 ")[1:] if not word.startswith(b"100")]


def test_json_of_the_echo_is_whole():
    got, _, _ = asyncio.run(run([b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"]))
    assert json.loads(got.partition(b"\r\n\r\n")[2])["path"] == "/a"
