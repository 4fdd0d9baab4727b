"""A server that says exactly the bytes that a test wants said, and counts who came and who left."""

import asyncio
import re
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Self

from cothink.engines.http import HttpClient, HttpLimits

CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


class PeerLeft(Exception):
    """The client closed its connection."""


class Peer:
    """One connection, as its server sees it."""

    def __init__(self, upstream: "RawUpstream", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.number = len(upstream.peers)
        self.reader = reader
        self.writer = writer
        self._upstream = upstream

    async def request(self) -> bytes:
        """Read one request, head and body; a client that leaves ends the talk."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head)
            body = await self.reader.readexactly(int(length[1])) if length else b""
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise PeerLeft from error
        self._upstream.requests.append(head + body)
        self._upstream.asked.set()
        return head + body

    async def say(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            try:
                await self.writer.drain()
            except ConnectionError as error:
                raise PeerLeft from error
            await asyncio.sleep(0)

    async def left(self) -> None:
        """Wait until the client closes."""
        try:
            while await self.reader.read(65_536):
                pass
        except ConnectionError:
            pass
        raise PeerLeft

    def end(self) -> None:
        """Say that nothing more comes, and go on listening."""
        self.writer.write_eof()

    def reset(self) -> None:
        """Close with RST."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


class RawUpstream:
    """A server on loopback; ``talk`` runs once for each connection and may return, then the connection is closed."""

    def __init__(
        self, talk: Callable[[Peer], Awaitable[None]], *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
    ) -> None:
        self.requests: list[bytes] = []
        self.peers: list[Peer] = []
        self.hangups = 0
        self.asked = asyncio.Event()
        self.hung_up = asyncio.Event()
        self._talk = talk
        self._tls = tls
        self._host = host
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self._host, 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0.01 if self._tls else 0)

    @property
    def url(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}"

    @property
    def open(self) -> int:
        """How many connections stand."""
        return len(self._tasks)

    async def quiet(self) -> None:
        """Wait until no connection stands."""
        async with asyncio.timeout(5):
            while self._tasks:
                await asyncio.sleep(0.005)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        peer = Peer(self, reader, writer)
        self.peers.append(peer)
        try:
            await self._talk(peer)
        except PeerLeft:
            self.hangups += 1
            self.hung_up.set()
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            writer.close()
            self._tasks.discard(task)


def ok(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return a whole answer with a content-length."""
    more = "".join(f"{header}\r\n" for header in headers)
    return f"HTTP/1.1 {status}\r\n{more}content-length: {len(body)}\r\n\r\n".encode() + body


def always(*pieces: bytes) -> Callable[[Peer], Awaitable[None]]:
    """Answer every request with the same pieces, on a kept connection."""

    async def talk(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.say(*pieces)

    return talk


def once(*pieces: bytes) -> Callable[[Peer], Awaitable[None]]:
    """Answer one request with these pieces, then close."""

    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(*pieces)

    return talk


@asynccontextmanager
async def talking(talk, *, path="", **limits):
    """A server and a client of it; when the test is over, no place in the pool may be taken."""
    async with RawUpstream(talk) as upstream:
        client = HttpClient(upstream.url + path, limits=HttpLimits(**limits))
        try:
            yield upstream, client
        finally:
            await client.aclose()
            assert client.pool.places == 0
            assert client.pool.idle == client.pool.waiting == 0


async def fetch(client, method="GET", path="/", body=None):
    """Return status and body."""
    async with await client.request(method, path, body) as response:
        return response.status, await response.read()
