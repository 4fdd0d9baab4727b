"""A client's connection: order, hang-ups, waits, back-pressure."""

import asyncio
import gc
import json
import logging
import weakref

import pytest
from http1_apps import GET, Echo, Flood, Gate, Sleeper, post, respond, soon, until

START = {"type": "http.response.start", "status": 200, "headers": []}
PIECE = {"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True}


def get(path, extra=b""):
    return b"GET %b HTTP/1.1\r\nHost: a\r\n%b\r\n" % (path, extra)


# -- order


async def test_pipelined_requests_are_answered_in_order(serve):
    app = Echo()
    peer = await (await serve(app)).connect()
    peer.send(get(b"/1") + post(b"two", path=b"/2") + get(b"/3") + post(b"four", path=b"/4")[:-2])
    assert [json.loads((await peer.answer()).body)["path"] for _ in range(3)] == ["/1", "/2", "/3"]
    peer.send(b"ur")
    assert json.loads((await peer.answer()).body)["body"] == "four"


async def test_one_request_of_a_connection_is_in_work_at_a_time(serve):
    gate = Gate()
    peer = await (await serve(gate)).connect()
    peer.send(get(b"/1") + get(b"/2"))
    await soon(gate.began)
    peer.send(get(b"/3"))
    await asyncio.sleep(0.02)
    assert gate.count == 1
    gate.open.set()
    assert [(await peer.answer()).body for _ in range(3)] == [b"/1", b"/2", b"/3"]


async def test_what_waits_behind_a_request_is_bounded(serve):
    gate = Gate()
    peer = await (await serve(gate, pipelined=3)).connect()
    peer.send(b"".join(get(b"/%d" % number) for number in range(1, 8)))
    await soon(gate.began)
    gate.open.set()
    assert [(await peer.answer()).body for _ in range(4)] == [b"/1", b"/2", b"/3", b"/4"]
    assert json.loads((await peer.answer()).body)["error"]["code"] == "too_many_pipelined"
    assert await peer.rest() == b""
    assert gate.count == 4


async def test_the_bodies_that_wait_behind_a_request_are_bounded_together(serve):
    gate = Gate()
    peer = await (await serve(gate, body_bytes=100)).connect()
    peer.send(get(b"/1") + post(b"x" * 60, path=b"/2") + post(b"x" * 60, path=b"/3"))
    await soon(gate.began)
    gate.open.set()
    assert [(await peer.answer()).status for _ in range(3)] == [200, 200, 400]


async def test_what_was_asked_before_a_malformed_request_is_still_answered(serve):
    gate = Gate()
    peer = await (await serve(gate)).connect()
    peer.send(get(b"/1") + get(b"/2") + b"nonsense\r\n\r\n")
    await soon(gate.began)
    gate.open.set()
    assert [(await peer.answer()).status for _ in range(3)] == [200, 200, 400]
    assert await peer.rest() == b""


async def test_a_kept_connection_serves_again_and_a_closed_one_does_not(serve):
    app = Echo()
    served = await serve(app)
    peer = await served.connect()
    for _ in range(5):
        peer.send(GET)
        assert "connection" not in (await peer.answer()).headers
    peer.send(get(b"/", b"Connection: foo, Close\r\n") + get(b"/after"))
    assert (await peer.answer()).headers["connection"] == "close"
    assert await peer.rest() == b""
    assert len(app.scopes) == 6


# -- expectations and offers


async def test_a_body_that_waits_for_100_continue_is_asked_for(serve):
    peer = await (await serve(Echo())).connect()
    request = post(b"body", extra=b"Expect: 100-continue\r\n")
    peer.send(request[:-4])
    assert (await peer.answer()).status == 100
    peer.send(b"body")
    assert json.loads((await peer.answer()).body)["body"] == "body"


async def test_100_continue_waits_for_the_answer_before_it(serve):
    gate = Gate()
    peer = await (await serve(gate)).connect()
    peer.send(get(b"/1"))
    await soon(gate.began)
    peer.send(post(b"body", path=b"/2", extra=b"Expect: 100-continue\r\n")[:-4])
    await asyncio.sleep(0.02)
    gate.open.set()
    assert (await peer.answer()).body == b"/1"
    assert (await peer.answer()).status == 100
    peer.send(b"body")
    assert (await peer.answer()).body == b"/2"


async def test_a_body_announced_too_large_is_refused_before_it_comes(serve):
    served = await serve(Echo(), body_bytes=10)
    answer = await served.ask(post(b"x" * 11, extra=b"Expect: 100-continue\r\n")[:-11])
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (413, "request_too_large")
    assert (await served.ask(post(b"x" * 10))).status == 200


async def test_a_refused_client_that_is_still_sending_can_read_why(serve):
    served = await serve(Echo(), body_bytes=1000)
    peer = await served.connect()
    peer.send(post(b"x" * 3_000_000))
    assert (await peer.answer()).status == 413


@pytest.mark.parametrize("offer", [b"h2c", b"websocket"])
async def test_an_offer_of_another_protocol_is_ignored(serve, offer):
    app = Echo()
    peer = await (await serve(app)).connect()
    extra = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: %b\r\nHTTP2-Settings: AAMA\r\n" % offer
    peer.send(get(b"/1", extra) + post(b"body", path=b"/2", extra=extra) + get(b"/3"))
    seen = [json.loads((await peer.answer()).body) for _ in range(3)]
    assert [one["path"] for one in seen] == ["/1", "/2", "/3"]
    assert seen[1]["body"] == "body"


# -- hang-ups


@pytest.mark.parametrize("part", [b"", b"GE", b"POST / HTTP/1.1\r\nHost", post(b"body")[:-2]])
@pytest.mark.parametrize("way", ["close", "reset"])
async def test_a_client_that_leaves_before_its_request_is_whole_costs_nothing(serve, part, way):
    app = Echo()
    served = await serve(app)
    peer = await served.connect()
    peer.send(part)
    await asyncio.sleep(0.01)
    getattr(peer, way)()
    await until(lambda: not served.server.connection_count)
    assert app.scopes == []


@pytest.mark.parametrize("messages", [(), (START,), (START, PIECE)], ids=["working", "started", "streaming"])
@pytest.mark.parametrize("way", ["close", "reset"])
async def test_a_hang_up_cancels_the_application_at_once(serve, messages, way):
    app = Sleeper(*messages)
    served = await serve(app)
    peer = await served.connect()
    peer.send(GET)
    await soon(app.began)
    getattr(peer, way)()
    await soon(app.cancelled)
    await until(lambda: not served.server.connection_count)


@pytest.mark.parametrize("way", ["close", "reset"])
async def test_a_hang_up_is_seen_while_other_requests_wait(serve, way):
    app = Sleeper()
    peer = await (await serve(app)).connect()
    peer.send(GET * 20)
    await soon(app.began)
    getattr(peer, way)()
    await soon(app.cancelled)


@pytest.mark.parametrize("way", ["close", "reset"])
async def test_a_hang_up_frees_an_application_that_waits_for_a_slow_client(serve, way):
    app = Flood()
    peer = await (await serve(app, backlog_bytes=1000)).connect()
    peer.send(GET)
    await until(lambda: app.sent > 0)
    getattr(peer, way)()
    await soon(app.cancelled)


async def test_an_application_that_asks_learns_of_the_hang_up(serve):
    seen = []

    async def app(scope, receive, send):
        await receive()
        try:
            await asyncio.Event().wait()
        finally:
            seen.append(await receive())
            await respond(send, b"nobody hears this")

    served = await serve(app)
    peer = await served.connect()
    peer.send(GET)
    await until(lambda: served.server.connection_count == 1)
    await asyncio.sleep(0.02)
    peer.close()
    await until(lambda: bool(seen))
    assert seen == [{"type": "http.disconnect"}]


async def test_a_half_closed_client_still_gets_an_answer_that_needs_no_waiting(serve):
    peer = await (await serve(Echo())).connect()
    peer.send(get(b"/1") + get(b"/2"))
    peer.writer.write_eof()
    assert [json.loads((await peer.answer()).body)["path"] for _ in range(2)] == ["/1", "/2"]
    assert await peer.rest() == b""


async def test_a_half_closed_client_is_taken_for_gone_where_an_answer_must_wait(serve):
    app = Sleeper()
    peer = await (await serve(app)).connect()
    peer.send(GET)
    await soon(app.began)
    peer.writer.write_eof()
    await soon(app.cancelled)
    assert await peer.rest() == b""


# -- waits: the sweep is told what time it is


async def test_a_slow_head_a_slow_body_and_an_idle_client_are_ended(serve):
    served = await serve(Echo(), head_s=10, body_s=60, idle_s=75)
    silent, slow_head, slow_body, idle = [await served.connect() for _ in range(4)]
    slow_head.send(b"GET / HT")
    slow_body.send(post(b"body")[:-1])
    idle.send(GET)
    await idle.answer()
    await asyncio.sleep(0.02)
    served.later(9)
    served.later(12.1)
    assert await silent.rest() == b""
    assert (await slow_head.answer()).status == 408
    slow_body.send(b"")
    served.later(62.1)
    assert json.loads((await slow_body.answer()).body)["error"]["code"] == "request_timeout"
    assert idle.reader.at_eof() is False
    served.later(77.1)
    assert await idle.rest() == b""


async def test_an_answer_in_work_has_no_time_limit_here(serve):
    gate = Gate()
    served = await serve(gate)
    peer = await served.connect()
    peer.send(GET)
    await soon(gate.began)
    served.later(100_000)
    gate.open.set()
    assert (await peer.answer()).status == 200


async def test_a_refused_client_that_neither_reads_nor_leaves_is_dropped(serve):
    served = await serve(Echo(), linger_s=2)
    peer = await served.connect()
    peer.send(b"nonsense\r\n\r\n")
    await peer.answer()
    assert served.server.connection_count == 1
    served.later(3.1)
    await until(lambda: served.server.connection_count == 0)


# -- back-pressure


async def test_a_client_that_does_not_read_stops_the_application_and_is_dropped_in_the_end(serve):
    app = Flood()
    served = await serve(app, backlog_bytes=100_000, stall_s=30)
    peer = await served.connect()
    peer.writer.transport.pause_reading()
    peer.send(GET)
    sent = -1
    while sent != app.sent:  # until the kernel's buffers are full
        sent = app.sent
        await asyncio.sleep(0.05)
    assert 0 < sent < 30_000_000
    served.later(29)
    assert not app.cancelled.is_set()
    served.later(32)
    await soon(app.cancelled)
    await until(lambda: served.server.connection_count == 0)


async def test_a_client_that_reads_slowly_is_kept(serve):
    app = Flood()
    served = await serve(app, backlog_bytes=4_000_000, stall_s=30)
    peer = await served.connect()
    peer.writer.transport.pause_reading()
    peer.send(GET)
    sent = -1
    while sent != app.sent:
        sent = app.sent
        await asyncio.sleep(0.05)
    (connection,) = served.server.connections
    while not connection.backlog.is_shrinking():
        peer.writer.transport.resume_reading()
        await asyncio.sleep(0.001)
        peer.writer.transport.pause_reading()
        await asyncio.sleep(0.02)
    served.later(32)
    await asyncio.sleep(0.01)
    assert not app.cancelled.is_set()


async def test_too_many_connections_are_answered_503(serve):
    gate = Gate()
    served = await serve(gate, connections=2)
    first, second = await served.connect(), await served.connect()
    first.send(get(b"/1"))
    await soon(gate.began)
    third = await served.connect()
    third.send(GET)
    answer = await third.answer()
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert await third.rest() == b""
    third.close()
    second.close()
    await until(lambda: served.server.connection_count == 1)
    gate.open.set()
    assert (await first.answer()).status == 200
    assert (await served.ask(GET)).status == 200


async def test_a_flood_of_connections_is_dropped_without_words(serve):
    served = await serve(Echo(), connections=1)
    peers = [await served.connect() for _ in range(4)]
    assert [len(await peer.rest()) > 0 for peer in peers[1:]] == [True, False, False]
    assert peers[0].reader.at_eof() is False


async def test_a_connection_that_ended_leaves_nothing_for_the_collector(serve):
    served = await serve(Echo())
    gc.collect()
    gc.disable()
    try:
        peer = await served.connect()
        peer.send(GET)
        await peer.answer()
        (gone,) = [weakref.ref(one._reader) for one in served.server.connections]
        peer.close()
        await until(lambda: served.server.connection_count == 0)
        await until(lambda: gone() is None)
    finally:
        gc.enable()


async def test_a_fault_of_the_server_itself_is_answered_500(serve, monkeypatch, caplog):
    def broken(*args):
        raise ZeroDivisionError

    monkeypatch.setattr("cothink.gateway.http1.reader.read_head", broken)
    served = await serve(Echo())
    with caplog.at_level(logging.CRITICAL):
        answer = await served.ask(GET)
    assert answer.status == 500
