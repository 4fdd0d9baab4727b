"""Listening, draining, TLS."""

import asyncio
import socket
import ssl
import subprocess
from pathlib import Path

import pytest
from http1_apps import GET, Echo, Flood, Gate, Sleeper, post, respond, soon, until

import needs
from cothink.gateway.http1.limits import ServerLimits
from cothink.gateway.http1.server import Server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> tuple[Path, Path]:
    openssl = needs.program("openssl", "openssl")
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*command, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    return cert, key


def tls_pair(certificate) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    cert, key = certificate
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.load_cert_chain(cert, key)
    theirs = ssl.create_default_context(cafile=str(cert))
    return ours, theirs


# -- drain


async def test_a_drain_lets_what_was_accepted_end_and_refuses_new_clients(serve):
    gate = Gate()
    served = await serve(gate)
    busy, kept = await served.connect(), await served.connect()
    gate.open.set()
    kept.send(GET)
    await kept.answer()
    gate.open.clear()
    gate.began.clear()
    busy.send(GET + GET)
    await soon(gate.began)
    drain = asyncio.create_task(served.server.drain(30))
    assert await kept.rest() == b""
    await until(lambda: _refuses(served.port))
    gate.open.set()
    answer = await busy.answer()
    assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert await busy.rest() == b""
    assert await drain == (1, 0)


def _refuses(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


async def test_a_drain_waits_for_a_request_that_is_half_here(serve):
    served = await serve(Echo())
    peer = await served.connect()
    request = post(b"body")
    peer.send(request[:-2])
    await until(lambda: served.server.connection_count == 1)
    await asyncio.sleep(0.02)
    drain = asyncio.create_task(served.server.drain(30))
    await asyncio.sleep(0.02)
    peer.send(request[-2:])
    answer = await peer.answer()
    assert (answer.status, answer.headers["connection"]) == (200, "close")
    await drain


async def test_a_drain_cancels_what_does_not_end_in_time(serve):
    app = Sleeper()
    served = await serve(app)
    peers = [await served.connect() for _ in range(3)]
    for peer in peers:
        peer.send(GET)
    await soon(app.began)
    await asyncio.sleep(0.02)
    assert await served.server.drain(0.01) == (0, 3)
    assert app.cancelled.is_set()
    assert served.server.connection_count == 0


async def test_a_drain_waits_for_the_clean_up_of_what_it_cancels(serve):
    cleaned = []
    began = asyncio.Event()

    async def app(scope, receive, send):
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.02)
            cleaned.append(True)

    served = await serve(app)
    peer = await served.connect()
    peer.send(GET)
    await soon(began)
    await served.server.drain(0)
    assert cleaned == [True]


async def test_a_drain_ends_a_stream_to_a_client_that_does_not_read(serve):
    app = Flood()
    served = await serve(app)
    peer = await served.connect()
    peer.writer.transport.pause_reading()
    peer.send(GET)
    await until(lambda: app.sent > 0)
    assert await served.server.drain(0.01) == (0, 1)


async def test_a_drain_of_nothing_returns(serve):
    served = await serve(Echo())
    assert await served.server.drain(30) == (0, 0)
    assert await served.server.drain(30) == (0, 0)


# -- sockets


async def test_a_socket_of_the_file_system_is_served_too(tmp_path):
    app = Echo()
    server = Server(app, ServerLimits(), new_id=lambda: "x")
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(str(tmp_path / "s"))
    await server.listen(sock)
    reader, writer = await asyncio.open_unix_connection(str(tmp_path / "s"))
    writer.write(GET)
    assert (await reader.readline()) == b"HTTP/1.1 200 OK\r\n"
    assert app.scopes[0]["client"] is None
    writer.close()
    await server.drain(0)


@pytest.mark.parametrize("name", ["head_bytes", "stall_s", "connections"])
def test_a_limit_that_is_not_above_zero_is_refused(name):
    with pytest.raises(ValueError, match=f"{name} is 0"):
        ServerLimits(**{name: 0})


# -- TLS


async def test_tls_serves_small_and_large_bodies_and_keeps_the_connection(serve, certificate):
    ours, theirs = tls_pair(certificate)

    async def app(scope, receive, send):
        assert scope["scheme"] == "https"
        await respond(send, (await receive())["body"])

    served = await serve(app, tls=ours)
    peer = await served.connect(theirs)
    for size in (1, 3_000_000, 5):
        peer.send(post(b"x" * size))
        assert len((await peer.answer()).body) == size


async def test_a_hang_up_over_tls_cancels_the_application(serve, certificate):
    ours, theirs = tls_pair(certificate)
    app = Sleeper()
    served = await serve(app, tls=ours)
    peer = await served.connect(theirs)
    peer.send(GET)
    await soon(app.began)
    peer.close()
    await soon(app.cancelled)
    await until(lambda: served.server.connection_count == 0)


async def test_a_refusal_over_tls_arrives(serve, certificate):
    ours, theirs = tls_pair(certificate)
    served = await serve(Echo(), tls=ours, body_bytes=10)
    peer = await served.connect(theirs)
    peer.send(post(b"x" * 100_000))
    assert (await peer.answer()).status == 413


async def test_a_tls_handshake_that_never_ends_is_ended(serve, certificate):
    ours, _ = tls_pair(certificate)
    served = await serve(Echo(), tls=ours, head_s=0.05)
    peer = await served.connect()
    assert await peer.rest() == b""
