"""Both event loops, a server on a free port, and a client that speaks raw bytes."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import pytest
import uvloop

from cothink.gateway.http1.exchange import App
from cothink.gateway.http1.limits import ServerLimits
from cothink.gateway.http1.server import Server

PATIENCE_S = 5.0  # a test that waits longer has failed


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Peer:
    """A client on one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self, *, is_head: bool = False) -> Answer:
        async with asyncio.timeout(PATIENCE_S):
            lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            status = int(lines[0].split()[1])
            headers = dict(line.split(": ", 1) for line in lines[1:-2])
            if is_head or status in (100, 204, 304):
                return Answer(status, headers, b"")
            return Answer(status, headers, await self._body(headers))

    async def _body(self, headers: dict[str, str]) -> bytes:
        if "content-length" in headers:
            return await self.reader.readexactly(int(headers["content-length"]))
        if "transfer-encoding" not in headers:
            return await self.reader.read()
        body = b""
        while size := int(await self.reader.readline(), 16):
            body += (await self.reader.readexactly(size + 2))[:-2]
        assert await self.reader.readexactly(2) == b"\r\n"
        return body

    async def rest(self) -> bytes:
        """Everything up to the end of the connection; a reset is an end too."""
        got = b""
        async with asyncio.timeout(PATIENCE_S):
            try:
                while data := await self.reader.read(65536):
                    got += data
            except (ConnectionResetError, BrokenPipeError):
                pass
        return got

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.writer.transport.abort()


class Served:
    """A running server and its clients."""

    def __init__(self, server: Server, port: int) -> None:
        self.server = server
        self.port = port
        self._peers: list[Peer] = []

    async def connect(self, tls: ssl.SSLContext | None = None) -> Peer:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=tls)
        peer = Peer(reader, writer)
        self._peers.append(peer)
        return peer

    async def ask(self, data: bytes) -> Answer:
        peer = await self.connect()
        peer.send(data)
        return await peer.answer()

    def later(self, seconds: float) -> None:
        """The sweep, as it will be in so many seconds."""
        self.server.sweep(self.server.loop.time() + seconds)

    async def end(self) -> None:
        for peer in self._peers:
            peer.close()
        await self.server.drain(0.0)


Start = Callable[..., Awaitable[Served]]


@pytest.fixture
async def serve() -> AsyncIterator[Start]:
    running: list[Served] = []

    async def start(app: App, *, tls: ssl.SSLContext | None = None, **limits: Any) -> Served:
        server = Server(app, ServerLimits(**limits), tls=tls, new_id=lambda: "req-test")
        sock = socket.socket()
        sock.bind(("127.0.0.1", 0))
        await server.listen(sock)
        running.append(Served(server, sock.getsockname()[1]))
        return running[-1]

    yield start
    for served in running:
        await served.end()
