"""The client against real servers: TLS, uvicorn, nginx."""

import asyncio
import socket
import ssl
import subprocess

import pytest

from cothink.core.errors import SettingError, UpstreamBroken, UpstreamUnreachable
from cothink.engines.fake_config import FakeServerConfig
from cothink.engines.fake_server import FakeServer
from cothink.engines.http import HttpClient, HttpLimits, trust
from needs import program
from raw_upstream import RawUpstream, always, fetch, ok, once


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for localhost that nobody trusts."""
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = (
        f"{program('openssl', 'openssl')} req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    )
    names = "subjectAltName=DNS:localhost"
    command = [*command.split(), "-keyout", key, "-out", cert, "-subj", "/CN=localhost", "-addext", names]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


def server_side(certificate, seen=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    if seen is not None:
        context.sni_callback = lambda _sock, name, _context: seen.append(name)
    return context


async def test_tls_names_the_host_checks_it_and_keeps_the_connection(certificate):
    seen = []
    async with RawUpstream(always(ok(b"secret")), tls=server_side(certificate, seen)) as upstream:
        client = HttpClient(f"https://localhost:{upstream.port}/v1", tls=trust(str(certificate[0])))
        for _ in range(3):
            assert await fetch(client) == (200, b"secret")
        assert len(upstream.peers) == 1
        assert seen == ["localhost"]
        await client.aclose()


async def test_a_tls_server_that_closes_what_we_keep_is_met_again(certificate):
    async with RawUpstream(once(ok(b"x")), tls=server_side(certificate)) as upstream:
        client = HttpClient(f"https://localhost:{upstream.port}", tls=trust(str(certificate[0])))
        for pause_s in (0, 0, 0.02, 0):
            assert await fetch(client) == (200, b"x")
            await asyncio.sleep(pause_s)
        await client.aclose()


async def test_a_certificate_that_nobody_trusts_is_unreachable(certificate):
    async with RawUpstream(always(ok(b"secret")), tls=server_side(certificate)) as upstream:
        client = HttpClient(f"https://localhost:{upstream.port}")
        with pytest.raises(UpstreamUnreachable) as caught:
            await fetch(client)
        assert "localhost" not in caught.value.message
        assert client.pool.places == 0
        await client.aclose()


async def test_a_certificate_for_another_name_is_unreachable(certificate):
    async with RawUpstream(always(ok(b"secret")), tls=server_side(certificate)) as upstream:
        client = HttpClient(f"https://127.0.0.1:{upstream.port}", tls=trust(str(certificate[0])))
        with pytest.raises(UpstreamUnreachable):
            await fetch(client)
        assert not upstream.requests
        await client.aclose()


def test_a_certificate_file_that_cannot_be_used_is_refused(tmp_path):
    (tmp_path / "no.pem").write_text("no certificate")
    for path in (tmp_path / "missing.pem", tmp_path / "no.pem"):
        with pytest.raises(SettingError, match="ca_file"):
            trust(str(path))


async def test_plain_http_where_tls_is_spoken_is_an_error(certificate):
    async with RawUpstream(always(ok(b"x")), tls=server_side(certificate)) as upstream:
        client = HttpClient(f"http://127.0.0.1:{upstream.port}")
        with pytest.raises(UpstreamBroken):
            await fetch(client)
        await client.aclose()


async def test_tls_where_plain_http_is_spoken_is_unreachable():
    async with RawUpstream(lambda peer: peer.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as upstream:
        client = HttpClient(f"https://127.0.0.1:{upstream.port}")
        with pytest.raises(UpstreamUnreachable):
            await fetch(client)
        await client.aclose()


async def test_a_caller_that_leaves_closes_a_tls_connection_too(certificate):
    async with RawUpstream(lambda peer: peer.left(), tls=server_side(certificate)) as upstream:
        client = HttpClient(f"https://localhost:{upstream.port}", tls=trust(str(certificate[0])))
        task = asyncio.create_task(fetch(client))
        async with asyncio.timeout(5):
            while not upstream.peers:
                await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await upstream.quiet()
        assert client.pool.places == 0
        await client.aclose()


async def test_callers_that_leave_during_a_tls_handshake_leave_nothing(certificate):
    async with RawUpstream(always(ok(b"x")), tls=server_side(certificate)) as upstream:
        client = HttpClient(f"https://localhost:{upstream.port}", tls=trust(str(certificate[0])))
        for delay_s in (0, 0.001, 0.003, 0.006, 0.012):
            tasks = [asyncio.create_task(fetch(client)) for _ in range(10)]
            await asyncio.sleep(delay_s)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            assert client.pool.places == client.pool.idle
        await client.aclose()
        assert client.pool.places == 0
        await upstream.quiet()


async def test_uvicorn_answers_many_at_once_over_kept_connections():
    async with FakeServer() as server:
        client = HttpClient(server.url, limits=HttpLimits(connections=20))
        results = await asyncio.gather(
            *(
                fetch(client, "POST", "/v1/chat/completions", b'{"stream": %s}' % [b"true", b"false"][i % 2])
                for i in range(200)
            )
        )
        assert {status for status, _ in results} == {200}
        assert all(body.endswith(b"data: [DONE]\n\n") for _, body in results[::2])
        assert client.pool.places <= 20
        assert client.pool.idle == client.pool.places
        await client.aclose()
        assert server.stats.aborted == 0


async def test_uvicorn_sees_a_client_that_leaves_a_stream():
    async with FakeServer(FakeServerConfig(fault="stall")) as server:
        client = HttpClient(server.url)
        async with await client.request("POST", "/v1/chat/completions", b'{"stream": true}') as response:
            assert (await anext(response)).startswith(b"data: ")
        async with asyncio.timeout(2):
            while not server.stats.aborted:
                await asyncio.sleep(0.002)
        await client.aclose()


NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; keepalive_requests 7;
  server {{
    listen 127.0.0.1:{port};
    location /v1/ {{
      proxy_pass {upstream}; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off;
    }}
    location /moved {{ return 302 /elsewhere; }}
    location /nothing {{ return 204; }}
    location /long {{ return 200 "{text}"; }}
  }}
}}
"""


@pytest.fixture
async def nginx(tmp_path):
    """nginx before a fake server."""
    path = program("nginx", "nginx-light")
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    async with FakeServer() as server:
        config = tmp_path / "nginx.conf"
        config.write_text(NGINX.format(folder=tmp_path, port=port, upstream=server.url, text="x" * 3000))
        process = await asyncio.create_subprocess_exec(path, "-c", config, "-p", tmp_path, stderr=subprocess.DEVNULL)
        try:
            async with asyncio.timeout(5):
                while True:
                    try:
                        _, writer = await asyncio.open_connection("127.0.0.1", port)
                    except OSError:
                        await asyncio.sleep(0.02)
                    else:
                        writer.close()
                        break
            yield f"http://127.0.0.1:{port}", server
        finally:
            process.terminate()
            await process.wait()


async def test_nginx_answers_over_connections_that_it_closes_now_and_then(nginx):
    url, server = nginx
    client = HttpClient(url, limits=HttpLimits(connections=5))
    for _ in range(40):  # it closes each connection after seven requests
        assert await fetch(client, "GET", "/nothing") == (204, b"")
        assert await fetch(client, "GET", "/long") == (200, b"x" * 3000)
        assert (await fetch(client, "GET", "/moved"))[0] == 302
    results = await asyncio.gather(
        *(fetch(client, "POST", "/v1/chat/completions", b'{"stream": true}') for _ in range(60))
    )
    assert all(status == 200 and body.endswith(b"data: [DONE]\n\n") for status, body in results)
    assert server.stats.requests == 60
    await client.aclose()


NODE = """
const server = require("http").createServer((request, response) => {
  let body = ""
  request.on("data", (piece) => { body += piece })
  request.on("end", () => {
    if (request.url === "/early") response.writeEarlyHints({ link: "</x>; rel=preload" })
    response.setHeader("Trailer", "X-Sum")
    response.write(body.slice(0, 5))
    setTimeout(() => {
      response.write(body.slice(5))
      response.addTrailers({ "X-Sum": "1" })
      response.end()
    }, 1)
  })
})
server.keepAliveTimeout = 20
server.listen(0, "127.0.0.1", () => console.log(server.address().port))
"""


async def test_node_answers_with_hints_and_trailers_over_connections_that_it_closes_early():
    node = program("node", "nodejs")
    process = await asyncio.create_subprocess_exec(node, "-e", NODE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        client = HttpClient(
            f"http://127.0.0.1:{int(await process.stdout.readline())}", limits=HttpLimits(connections=3)
        )
        for path in ("/", "/early") * 10:
            assert await fetch(client, "POST", path, b"hello world") == (200, b"hello world")
        for _ in range(5):
            await asyncio.sleep(0.03)  # by now it has closed what we keep
            assert await fetch(client, "POST", "/", b"again") == (200, b"again")
        await client.aclose()
    finally:
        process.terminate()
        await process.wait()
