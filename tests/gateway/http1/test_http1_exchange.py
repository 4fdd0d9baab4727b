"""What an application sends, and what a client gets of it."""

import asyncio
import json
import logging

import pytest
from http1_apps import GET, respond


def start(*headers, status=200):
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body(data=b"", more=False):
    return {"type": "http.response.body", "body": data, "more_body": more}


class Says:
    """Sends what it was given, exceptions too."""

    def __init__(self, *messages):
        self.messages = messages

    async def __call__(self, scope, receive, send):
        for message in self.messages:
            if isinstance(message, BaseException):
                raise message
            await send(message)


async def raw(serve, app, request=GET):
    peer = await (await serve(app)).connect()
    peer.send(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    return await peer.rest()


async def test_a_body_without_a_length_goes_in_chunks(serve):
    got = await raw(serve, Says(start(), body(b"ab", True), body(b"", True), body(b"c" * 17, True), body(b"d")))
    head, _, rest = got.partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head
    assert rest == b"2\r\nab\r\n11\r\n" + b"c" * 17 + b"\r\n1\r\nd\r\n0\r\n\r\n"


async def test_an_empty_piece_does_not_end_the_chunks(serve):
    got = await raw(serve, Says(start(), body(b"", True), body(b"x", True), body()))
    assert got.endswith(b"\r\n\r\n1\r\nx\r\n0\r\n\r\n")


async def test_head_gets_the_headers_and_no_body(serve):
    head = GET.replace(b"GET", b"HEAD")
    got = await raw(serve, Says(start((b"content-length", b"5")), body(b"hello")), head)
    assert got.endswith(b"\r\n\r\n")
    assert b"content-length: 5\r\n" in got
    got = await raw(serve, Says(start(), body(b"hello", True), body()), head)
    assert got.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("status", [204, 304])
async def test_an_answer_that_has_no_body_gets_none(serve, status):
    got = await raw(serve, Says(start((b"content-length", b"5"), status=status), body(b"hello")))
    assert got.startswith(b"HTTP/1.1 %d " % status)
    assert got.endswith(b"\r\n\r\n")
    assert (b"content-length" in got) == (status == 304)
    assert b"chunked" not in got


async def test_http_1_0_gets_no_chunks_and_a_close(serve):
    old = b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    peer = await (await serve(Says(start(), body(b"ab", True), body(b"c")))).connect()
    peer.send(old)
    head, _, rest = (await peer.rest()).partition(b"\r\n\r\n")
    assert rest == b"abc"
    assert b"connection: close" in head
    assert b"chunked" not in head


async def test_the_head_carries_one_date_and_the_servers_own_framing(serve):
    theirs = [(b"Date", b"never"), (b"Transfer-Encoding", b"chunked"), (b"Connection", b"keep-alive"), (b"X-A", b"b")]
    served = await serve(Says(start(*theirs, (b"Content-Length", b"2")), body(b"ok")))
    answer = await served.ask(GET)
    assert answer.body == b"ok"
    assert set(answer.headers) == {"date", "x-a", "content-length"}
    assert answer.headers["date"].endswith("GMT")


async def test_an_application_may_end_the_connection(serve):
    peer = await (await serve(Says(start((b"connection", b"close")), body(b"ok")))).connect()
    peer.send(GET)
    got = await peer.rest()
    assert got.count(b"connection: close") == 1


@pytest.mark.parametrize(
    "messages",
    [
        [RuntimeError("no")],
        [start(), RuntimeError("no")],
        [],
        [start()],
        [body(b"x")],
        [start(), start()],
        [{"type": "http.response.trailers"}],
        [start((b"x", b"a\r\nSet-Cookie: b")), body()],
        [start((b"x\n", b"a")), body()],
        [start((b"x", b"a\0")), body()],
        [start((b"content-length", b"-1")), body()],
        [start((b"content-length", b"1")), body(b"too long")],
        [start((b"content-length", b"100")), body(b"too short")],
        [start(status=103), body()],
        [asyncio.CancelledError()],
    ],
    ids=str,
)
async def test_an_application_that_fails_before_its_first_byte_is_answered_500(serve, messages):
    served = await serve(Says(*messages))
    peer = await served.connect()
    peer.send(GET)
    answer = await peer.answer()
    assert answer.status == 500
    assert json.loads(answer.body)["error"]["type"] == "server_error"
    assert await peer.rest() == b""


@pytest.mark.parametrize(
    "messages",
    [
        [start(), body(b"ab", True), RuntimeError("no")],
        [start(), body(b"ab", True)],
        [start((b"content-length", b"5")), body(b"ab", True)],
        [start((b"content-length", b"5")), body(b"ab", True), body(b"c")],
        [start((b"content-length", b"3")), body(b"ab", True), body(b"cd")],
        [start(), body(b"ab", True), start()],
        [start(), body(b"ab", True), asyncio.CancelledError()],
    ],
    ids=str,
)
async def test_an_answer_that_fails_later_is_cut_so_that_the_client_sees_it(serve, messages):
    class Pausing(Says):
        async def __call__(self, scope, receive, send):
            for message in self.messages:
                await Says(message)(scope, receive, send)
                await asyncio.sleep(0.02)  # so that the first piece leaves

    peer = await (await serve(Pausing(*messages))).connect()
    peer.send(GET)
    got = await peer.rest()
    assert b"ab" in got
    assert not got.endswith(b"0\r\n\r\n")
    assert b"500" not in got


async def test_an_answer_that_fails_before_its_pieces_have_left_is_a_500(serve):
    answer = await (await serve(Says(start(), body(b"ab", True), RuntimeError("no")))).ask(GET)
    assert answer.status == 500


async def test_pieces_of_one_turn_leave_together_and_each_turn_leaves_at_once(serve):
    turn = asyncio.Event()

    async def app(scope, receive, send):
        await send(start())
        for word in (b"a", b"b", b"c"):
            await send(body(word, True))
        await turn.wait()
        await send(body(b"d", True))
        await asyncio.Event().wait()

    peer = await (await serve(app)).connect()
    peer.send(GET)
    await peer.reader.readuntil(b"\r\n\r\n")
    assert await peer.reader.read(100) == b"1\r\na\r\n1\r\nb\r\n1\r\nc\r\n"
    turn.set()
    assert await peer.reader.read(100) == b"1\r\nd\r\n"


async def test_a_failure_after_the_end_changes_nothing_for_the_client(serve, caplog):
    served = await serve(Says(start(), body(b"ab"), body(b"more")))
    with caplog.at_level(logging.CRITICAL):
        got = await raw_of(served)
    assert got.endswith(b"2\r\nab\r\n0\r\n\r\n")


async def raw_of(served):
    peer = await served.connect()
    peer.send(GET)
    return await peer.rest()


async def test_a_status_without_a_name_is_sent(serve):
    assert (await raw(serve, Says(start(status=599), body(b"x")))).startswith(b"HTTP/1.1 599 \r\n")


async def test_a_body_may_be_any_kind_of_bytes(serve):
    got = await raw(serve, Says(start(), body(bytearray(b"ab"), True), body(memoryview(b"cd"), True), body()))
    assert got.endswith(b"2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n")
    got = await raw(serve, Says(start((b"content-length", b"2")), body(memoryview(b"cd"))))
    assert got.endswith(b"cd")


async def test_a_large_body_arrives_whole(serve):
    large = bytes(range(256)) * 20_000
    assert (await raw(serve, Says(start((b"content-length", b"%d" % len(large))), body(large)))).endswith(large)


async def test_receive_says_disconnect_when_the_answer_has_ended(serve):
    seen = []

    async def app(scope, receive, send):
        seen.append(await receive())
        await respond(send, b"ok")
        seen.append(await receive())

    assert (await (await serve(app)).ask(GET)).body == b"ok"
    assert seen == [{"type": "http.request", "body": b"", "more_body": False}, {"type": "http.disconnect"}]
