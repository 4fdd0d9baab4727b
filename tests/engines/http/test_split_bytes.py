"""However the network cuts an answer, the client reads the same; whatever bytes come, it ends with an error of ours."""

import asyncio
import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from cothink.core.errors import UpstreamBroken
from cothink.engines.http import HttpLimits, HttpResponse
from cothink.engines.http.connection import Connection


class Wire(asyncio.Transport):
    """A transport that leads nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = False

    def write(self, data):
        pass

    def is_closing(self):
        return self.closed

    def abort(self):
        self.closed = True

    def get_write_buffer_size(self):
        return 0

    def pause_reading(self):
        pass

    def resume_reading(self):
        pass


class Owner:
    def __init__(self) -> None:
        self.given = self.dropped = 0

    def give(self, connection):
        self.given += 1

    def drop(self, connection):
        self.dropped += 1


def exchange(pieces, *, eof):
    """Feed pieces to a connection; return status, body or error, and whether the connection was kept."""

    async def run():
        loop, owner = asyncio.get_running_loop(), Owner()
        connection = Connection(owner, HttpLimits(head_bytes=4096), loop)
        connection.connection_made(Wire())
        response = HttpResponse(connection, loop, 1 << 20)
        connection.send(response, b"GET / HTTP/1.1\r\n\r\n", None)
        try:
            for piece in pieces:
                connection.data_received(piece)
            if eof:
                connection.eof_received()
            connection.connection_lost(None)
            while not response.status:
                await response.news()
            return response.status, await response.read(), owner.given
        except UpstreamBroken as error:
            return response.status, error.message, owner.given

    return asyncio.run(run())


def cut(data, places):
    edges = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges) if a < b]


places = st.lists(st.integers(0, 10_000), max_size=12)
bodies = st.binary(max_size=300)
headers = st.lists(
    st.sampled_from([b"x: y\r\n", b"Server: some\r\n", b"A-Long-Name: " + b"v" * 200 + b"\r\n"]), max_size=4
)
interim = st.lists(
    st.sampled_from([b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 E\r\nlink: a\r\n\r\n"]), max_size=2
)


@settings(max_examples=150, deadline=None)
@given(bodies, places, headers, interim)
def test_a_body_by_length_reads_the_same_however_it_is_cut(body, places, headers, interim):
    head = b"HTTP/1.1 200 OK\r\n" + b"".join(headers) + b"Content-Length: %d\r\n\r\n" % len(body)
    assert exchange(cut(b"".join(interim) + head + body, places), eof=False) == (200, body, 1)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=60), max_size=8), places, headers, st.booleans())
def test_a_chunked_body_reads_the_same_however_it_is_cut(chunks, places, headers, trailers):
    data = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n" + b"".join(headers) + b"\r\n"
    data += b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n"
    data += b"x-sum: 1\r\n\r\n" if trailers else b"\r\n"
    assert exchange(cut(data, places), eof=False) == (200, b"".join(chunks), 1)


@settings(max_examples=100, deadline=None)
@given(bodies, places)
def test_a_body_without_a_length_reads_the_same_however_it_is_cut(body, places):
    assert exchange(cut(b"HTTP/1.1 200 OK\r\n\r\n" + body, places), eof=True) == (200, body, 0)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=4), places, st.data())
def test_a_body_that_is_cut_short_is_never_taken_for_whole(chunks, places, data):
    head = b"HTTP/1.1 200 OK\r\n"
    if data.draw(st.booleans()):
        body = b"".join(chunks)
        whole = head + b"content-length: %d\r\n\r\n%b" % (len(body), body)
    else:
        parts = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
        whole = head + b"transfer-encoding: chunked\r\n\r\n" + parts + b"0\r\n\r\n"
    short = whole[: data.draw(st.integers(0, len(whole) - 1))]
    _, got, kept = exchange(cut(short, places), eof=True)
    assert isinstance(got, str)
    assert not kept


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), places)
def test_any_bytes_end_in_an_answer_or_an_error_of_ours(noise, places):
    for data in (
        noise,
        b"HTTP/1.1 200 OK\r\n" + noise,
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + noise,
    ):
        status, got, _ = exchange(cut(data, places), eof=True)
        assert isinstance(got, bytes | str)
        assert status == 0 or 200 <= status <= 999
