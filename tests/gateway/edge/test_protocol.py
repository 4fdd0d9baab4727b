import socket
import threading

import msgspec

from cothink.core.chunk import Chunk
from cothink.gateway.config import GatewayConfig
from gateway.scripted import HELLO, Heard, Scripted, Shelf, chat, gateway, hang


def connect(port: int) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=5)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def post(body: bytes, *headers: str) -> bytes:
    lines = ["POST /v1/chat/completions HTTP/1.1", "host: x", f"content-length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def read_all(client: socket.socket) -> bytes:
    data = b""
    while piece := client.recv(65_536):
        data += piece
    return data


def read_until(client: socket.socket, text: bytes, times: int = 1) -> bytes:
    data = b""
    while data.count(text) < times:
        piece = client.recv(65_536)
        assert piece, data
        data += piece
    return data


BODY = msgspec.json.encode(chat())


def test_a_slow_head_is_answered_408_and_closed():
    with gateway(Shelf(r1=Scripted(*HELLO)), config=GatewayConfig(head_s=0.1)) as port, connect(port) as client:
        client.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nhost: ")
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"request_timeout"' in answer


def test_a_connection_that_says_nothing_is_closed():
    with gateway(Shelf(r1=Scripted(*HELLO)), config=GatewayConfig(head_s=0.1)) as port, connect(port) as client:
        assert read_all(client) == b""


def test_a_slow_body_is_answered_408_and_starts_nothing():
    heard = Heard()
    config = GatewayConfig(body_s=0.1)
    with gateway(Shelf(r1=Scripted(*HELLO)), heard, config) as port, connect(port) as client:
        client.sendall(post(BODY)[:-5])
        answer = read_until(client, b'"request_timeout"')
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert (heard.started, heard.outcomes) == (0, [])  # the application sees a request when all of it is here


def test_a_head_without_end_is_refused():
    with gateway(Shelf(r1=Scripted(*HELLO))) as port, connect(port) as client:
        client.sendall(b"GET / HTTP/1.1\r\nx: " + b"a" * 70_000)
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b'"code":"head_too_large"' in answer


def test_what_is_no_http_is_refused_in_openais_form():
    with gateway(Shelf(r1=Scripted(*HELLO))) as port, connect(port) as client:
        client.sendall(b"\x16\x03\x01\x02\x00\r\n\r\n")
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'"code":"invalid_http"' in answer


def test_a_path_that_is_no_ascii_is_refused():
    with gateway(Shelf(r1=Scripted(*HELLO))) as port, connect(port) as client:
        client.sendall("GET /ü HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        assert b" 400 " in read_all(client)


def test_a_length_and_chunks_at_once_are_refused():
    with gateway(Shelf(r1=Scripted(*HELLO))) as port, connect(port) as client:
        client.sendall(post(BODY, "transfer-encoding: chunked"))
        assert read_all(client).startswith(b"HTTP/1.1 400 ")


def test_a_body_in_chunks_is_read():
    with gateway(Shelf(r1=Scripted(*HELLO))) as port, connect(port) as client:
        head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
        client.sendall(head + b"%x\r\n%b\r\n" % (10, BODY[:10]))
        client.sendall(b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY) - 10, BODY[10:]))
        assert read_until(client, b"trace_id").startswith(b"HTTP/1.1 200 ")


def test_a_body_over_the_limit_is_refused_before_it_came():
    with gateway(Shelf(r1=Scripted(*HELLO)), config=GatewayConfig(max_body_bytes=2048)) as port:
        with connect(port) as client:
            client.sendall(post(b"")[:-4].replace(b"content-length: 0", b"content-length: 5000000000") + b"\r\n\r\n")
            assert read_until(client, b"request_too_large").startswith(b"HTTP/1.1 413 ")
        with connect(port) as client:
            head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
            client.sendall(head + b"1000\r\n" + b" " * 4096 + b"\r\n")
            assert read_until(client, b"request_too_large").startswith(b"HTTP/1.1 413 ")


def test_a_client_that_waits_for_100_continue_gets_it():
    with gateway(Shelf(r1=Scripted(*HELLO))) as port, connect(port) as client:
        request = post(BODY, "expect: 100-continue")
        client.sendall(request[: -len(BODY)])
        assert client.recv(1000).startswith(b"HTTP/1.1 100 ")
        client.sendall(BODY)
        assert b"HTTP/1.1 200 " in read_until(client, b"trace_id")


def test_pipelined_requests_are_answered_in_order():
    engine = Scripted(*HELLO)
    with gateway(Shelf(r1=engine)) as port, connect(port) as client:
        client.sendall(b"".join(post(BODY, f"x-request-id: id-{i}") for i in range(5)))
        answers = read_until(client, b'"cothink":', 5)
    places = [answers.index(b"x-request-id: id-%d" % i) for i in range(5)]
    assert places == sorted(places)
    assert engine.opened == 5


def test_a_hang_up_reaches_the_running_request_though_others_wait_behind_it():
    heard, engine = Heard(), Scripted(Chunk(text="a"), hang)
    body = msgspec.json.encode(chat(stream=True))
    with gateway(Shelf(r1=engine), heard) as port:
        with connect(port) as client:
            client.sendall(post(body) + post(body))
            read_until(client, b"data: ")
        heard.wait_for_end()
    assert (engine.opened, engine.cut, heard.outcomes) == (1, 1, ["cut"])


def test_a_client_that_only_closes_its_sending_side_counts_as_gone():
    heard, engine = Heard(), Scripted(hang)
    with gateway(Shelf(r1=engine), heard) as port, connect(port) as client:
        client.sendall(post(BODY))
        while not engine.opened:
            threading.Event().wait(0.002)
        client.shutdown(socket.SHUT_WR)
        heard.wait_for_end()
        assert read_all(client) == b""
    assert (engine.cut, heard.outcomes) == (1, ["cut"])


def test_a_reset_in_the_middle_of_a_body_starts_nothing():
    heard, engine = Heard(), Scripted(*HELLO)
    with gateway(Shelf(r1=engine), heard) as port:
        with connect(port) as client:
            client.sendall(post(BODY)[:-5])
        with connect(port) as again:  # answered after the first was seen to end
            again.sendall(post(BODY))
            read_until(again, b"trace_id")
    assert (engine.opened, heard.started) == (1, 1)


def test_a_client_that_never_reads_is_given_up_and_the_model_is_closed():
    heard = Heard()
    engine = Scripted(*[Chunk(text="x" * 60_000)] * 400, Chunk(finish="stop"))
    config = GatewayConfig(idle_s=0.2, first_s=0.2, head_s=0.1)
    with gateway(Shelf(r1=engine), heard, config, last_words_s=0.05) as port, connect(port) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(post(msgspec.json.encode(chat(stream=True))))
        heard.wait_for_end()
    assert (engine.closed, heard.outcomes) == (1, ["failed"])


def test_a_kept_connection_serves_again_after_an_error():
    with gateway(Shelf(r1=Scripted(*HELLO))) as port, connect(port) as client:
        client.sendall(post(b"{"))
        assert b" 400 " in read_until(client, b"invalid_json")
        client.sendall(post(BODY))
        assert b" 200 " in read_until(client, b"trace_id")


def test_what_a_client_piles_up_behind_a_request_is_thrown_away_and_disturbs_nothing():
    heard, engine = Heard(), Scripted(Chunk(text="a"), hang)
    body = msgspec.json.encode(chat(stream=True))
    with gateway(Shelf(r1=engine), heard) as port:
        with connect(port) as client:
            client.sendall(post(body))
            read_until(client, b"data: ")
            for _ in range(50):
                client.sendall(post(body) * 20)
        heard.wait_for_end()
    assert (engine.opened, heard.outcomes) == (1, ["cut"])
