"""A relay between the engine and its model's server, which keeps what went by and passes a hang-up on as it came."""

import asyncio
import socket
import struct
from typing import Self

from cothink.engines.endpoint import Endpoint

RESET_AT_CLOSE = struct.pack("ii", 1, 0)


class Tap:
    """Names itself as the place of a server and relays to it, one connection at a time."""

    def __init__(self, server: Endpoint) -> None:
        self.seen = b""
        self._server = server
        self._port = int(server.url.rsplit(":", 1)[1])

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listener.close()
        await self._listener.wait_closed()

    def endpoint(self) -> Endpoint:
        port = self._listener.sockets[0].getsockname()[1]
        return Endpoint(f"http://127.0.0.1:{port}", self._server.key, self._server.model)

    @property
    def batches(self) -> int:
        """Prompt batches whose end the server has told; its first sign of progress comes before the first batch."""
        return max(0, self.seen.count(b'"prompt_progress"') - 1)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._port)

        async def back() -> None:
            while piece := await up_reader.read(65536):
                self.seen += piece
                writer.write(piece)

        answering = asyncio.create_task(back())
        try:
            while piece := await reader.read(65536):
                up_writer.write(piece)
        except ConnectionError:
            pass  # the engine hung up with a reset: so does the relay
        answering.cancel()
        await asyncio.wait([answering])
        up_writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
        up_writer.transport.abort()
        writer.transport.abort()
