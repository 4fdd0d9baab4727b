"""Server-sent events, in the forms that the specification allows."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.core.errors import UpstreamBroken
from cothink.engines.sse import SseParser


def parse(*pieces, most=4096):
    parser = SseParser(most)
    return [event for piece in pieces for event in parser.feed(piece)]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\n", [b"a"]),
        (b"data:a\n\n", [b"a"]),
        (b"data:  a\n\n", [b" a"]),
        (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", [b"a", b"b"]),
        (b"data: a\r\rdata: b\r\r", [b"a", b"b"]),
        (b"data: a\r\n\ndata: b\n\r\n", [b"a", b"b"]),
        (b"data: a\ndata: b\n\n", [b"a\nb"]),
        (b"data\ndata: b\n\n", [b"\nb"]),
        (b"data: a\n\n\n\ndata: b\n\n", [b"a", b"b"]),
        (b"\xef\xbb\xbfdata: a\n\n", [b"a"]),
        (b": ping\n\ndata: a\n\n: ping\n\n", [b"a"]),
        (b": ping\ndata: a\n\n", [b"a"]),
        (b"event: x\nid: 7\nretry: 10\ndata: a\n\n", [b"a"]),
        (b"data: a\nevent: x\n\n", [b"a"]),
        (b"event: x\n\n", []),
        (b"data\n\n", []),
        (b"data:\n\n", []),
        (b"dataset: a\nData: b\n data: c\n\n", []),
        (b"data: a", []),
        (b"data: a\n", []),
        (b"\n\n\n", []),
        (b"data: \xef\xbb\xbf\n\n", [b"\xef\xbb\xbf"]),
        ("data: 好\n\n".encode(), ["好".encode()]),
    ],
)
def test_events_are_read_as_the_specification_says_whole_or_byte_by_byte(stream, events):
    assert parse(stream) == events
    assert parse(*(bytes([byte]) for byte in stream)) == events


lines = st.sampled_from(
    [b"data: a", b"data:bc", b"data", b": note", b"event: x", b"", b"", b"id", b"\xef\xbb\xbf", b"data: {}"]
)
ends = st.sampled_from([b"\n", b"\r\n", b"\r"])


@given(st.lists(st.tuples(lines, ends), max_size=20), st.lists(st.integers(0, 300), max_size=10))
def test_a_stream_reads_the_same_however_it_is_cut(parts, places):
    stream = b"".join(line + end for line, end in parts)
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    pieces = [stream[a:b] for a, b in itertools.pairwise(edges)]
    assert parse(*pieces) == parse(stream)


def test_what_has_no_end_yet_is_the_rest():
    parser = SseParser()
    assert parser.feed(b"data: a\n\ndata: {half") == [b"a"]
    assert parser.rest == b"data: {half"
    assert parser.feed(b"}\n") == []
    assert parser.rest == b"{half}"
    assert parser.feed(b"\n") == [b"{half}"]
    assert parser.rest == b""


@pytest.mark.parametrize(
    "pieces",
    [
        [b"data: " + b"x" * 200 + b"\n\n"],
        [b"data: " + b"x" * 60, b"y" * 60],
        [b"x" * 60] * 2,
        [b"data: " + b"x" * 30 + b"\n"] * 4,
        [b"data: a\n\ndata: ", b"x" * 60, b"x" * 60 + b"\n\n"],
    ],
)
def test_an_event_has_a_largest_size(pieces):
    with pytest.raises(UpstreamBroken, match="100 bytes"):
        parse(*pieces, most=100)


def test_many_small_events_and_comments_are_no_large_one():
    assert len(parse(b"data: abcdef\n\n" * 50, most=20)) == 50
    assert parse(*[b": note\n"] * 100, b"data: a\n\n", most=20) == [b"a"]
    assert len(parse(*[b"data: abc\n\ndat", b"a: def\n\n"] * 100, most=20)) == 200
