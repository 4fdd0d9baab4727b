"""The short way of a whole answer, and what the server keeps of a head that comes again."""

import pytest
from http1_apps import GET, post

from cothink.gateway.http1.exchange import EXCHANGE, Exchange
from cothink.gateway.http1.known_head import NOTES


class Replies:
    """Answers by `Exchange.reply`."""

    def __init__(self, *, status=200, fields=b"x-a: b\r\n", count=1, body=b"hello", times=1):
        self.said = (status, fields, count, body)
        self.times = times
        self.bodies = []
        self.notes = []

    async def __call__(self, scope, receive, send):
        exchange = scope[EXCHANGE]
        self.notes.append(scope.get(NOTES))
        self.bodies.append(exchange.take_body())
        for _ in range(self.times):
            await exchange.reply(*self.said)


async def test_a_reply_is_a_whole_answer_with_date_and_length(serve):
    app = Replies()
    answer = await (await serve(app)).ask(post(b"{}"))
    assert (answer.status, answer.body) == (200, b"hello")
    assert set(answer.headers) == {"x-a", "content-length", "date"}
    assert app.bodies == [b"{}"]


async def test_a_large_reply_comes_whole(serve):
    body = b"x" * 300_000
    answer = await (await serve(Replies(body=body))).ask(GET)
    assert answer.body == body


async def test_head_gets_no_body_by_reply(serve):
    peer = await (await serve(Replies())).connect()
    peer.send(GET.replace(b"GET", b"HEAD").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    got = await peer.rest()
    assert b"content-length: 5\r\n" in got
    assert got.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "app",
    [
        Replies(fields=b"x-a: b\r\nset-cookie: c\r\n"),
        Replies(fields=b"x-a: b\n", count=1),
        Replies(fields=b"x-a: \0b\r\n"),
        Replies(status=103),
    ],
    ids=["two lines for one", "a bare line feed", "a NUL", "no final status"],
)
async def test_a_reply_that_cannot_be_sent_is_a_500(serve, app, caplog):
    answer = await (await serve(app)).ask(GET)
    assert answer.status == 500
    assert "The application failed" in caplog.text


async def test_a_second_reply_is_a_fault_and_the_first_one_stands(serve, caplog):
    answer = await (await serve(Replies(times=2))).ask(GET)
    assert (answer.status, answer.body) == (200, b"hello")
    assert "The application failed" in caplog.text


async def test_notes_are_kept_with_a_head_and_never_pass_to_another_one(serve):
    app = Replies()
    peer = await (await serve(app)).connect()
    other = post(b"{}", extra=b"X-A: b\r\n")
    for request in (post(b"{}"), post(b"{}"), post(b"[1]"), other, other):
        peer.send(request)
        await peer.answer()
    first, second, third, fourth, fifth = app.notes
    assert first is None
    assert second is third
    assert second is not None
    assert fourth is None
    assert fifth is not second


class Lost:
    """A connection whose client left, which nobody was told yet."""

    is_paused = False
    is_lost = True

    def __init__(self):
        self.backlog = self

    def write(self, data):
        pass

    def call_soon(self, call):
        pass

    def tail(self, keep_alive):
        return b"\r\n"


def test_who_sends_without_end_gives_way_once_the_client_has_left():
    exchange = Exchange(Lost(), b"", "GET", "1.1", True)
    with pytest.raises(StopIteration):
        exchange.send({"type": "http.response.start", "status": 200, "headers": []}).send(None)
    piece = {"type": "http.response.body", "body": b"x" * 65_536, "more_body": True}
    assert exchange.send(piece).send(None) is None  # it waits: the loop has its turn
