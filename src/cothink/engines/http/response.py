"""One answer as it arrives: status, headers, and a body in pieces that its reader can fall behind on only so far."""

import asyncio
from collections.abc import Iterator
from types import TracebackType
from typing import Protocol, Self

from cothink.core.errors import UpstreamBroken, UpstreamError

DRAIN_BYTES = 65_536


class Carrier(Protocol):
    """The connection below an answer."""

    def resume(self) -> None:
        """Read on: the reader has caught up."""
        ...

    def abandon(self) -> None:
        """Close at once and free the place in the pool: nobody wants the rest."""
        ...


class Headers:
    """The headers of an answer; names in any case. A header that came twice is one value, joined by commas."""

    __slots__ = ("_values",)

    def __init__(self, values: dict[bytes, bytes]) -> None:
        self._values = values  # names in lower case

    def get(self, name: str) -> str | None:
        """Return a header's value, or None where it did not come."""
        value = self._values.get(name.lower().encode("latin-1"))
        return None if value is None else value.decode("latin-1")

    def raw(self, name: bytes) -> bytes | None:
        """Return a header's value as it came; the name is in lower case."""
        return self._values.get(name)

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for name, value in self._values.items():
            yield name.decode("latin-1"), value.decode("latin-1")


_NO_VALUES: dict[bytes, bytes] = {}


class HttpResponse:
    """An answer whose head has come. Read its body by ``async for``, or at once by ``read``; then close it.

    Closing one whose body has not ended closes the connection, so the upstream learns at once that nobody listens.
    One task reads at a time.
    """

    __slots__ = (
        "_body_bytes",
        "_carrier",
        "_ended",
        "_error",
        "_loop",
        "_pieces",
        "_values",
        "_waiter",
        "backlog",
        "status",
    )

    def __init__(self, carrier: Carrier, loop: asyncio.AbstractEventLoop, body_bytes: int) -> None:
        self.status = 0
        self._values = _NO_VALUES
        self._carrier: Carrier | None = carrier
        self._loop = loop
        self._body_bytes = body_bytes
        self._pieces: list[bytes] = []
        self.backlog = 0
        self._ended = False
        self._error: UpstreamError | None = None
        self._waiter: asyncio.Future[None] | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """Return what has come since the last call, at least one byte.

        Raises:
            UpstreamBroken: The body broke off or was malformed; what came before it was returned first.
            UpstreamTimeout: Nothing came for too long.
        """
        while not self._pieces:
            if self._error is not None:
                raise self._error
            if self._ended:
                raise StopAsyncIteration
            await self._wait()
        pieces = self._pieces
        piece = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        self.backlog = 0
        if self._carrier is not None:
            self._carrier.resume()
        return piece

    async def read(self, limit: int | None = None) -> bytes:
        """Return the whole rest of the body.

        Raises:
            UpstreamBroken: It is longer than ``limit`` bytes (the connection is closed then), or it broke off.
        """
        most = self._body_bytes if limit is None else limit
        if self._ended and len(self._pieces) == 1 and self.backlog <= most:  # it came in one piece: the usual answer
            self.backlog = 0
            return self._pieces.pop()
        parts: list[bytes] = []
        size = 0
        async for piece in self:
            size += len(piece)
            if size > most:
                await self.aclose()
                raise UpstreamBroken(f"The model's server sent more than {most} bytes.")
            parts.append(piece)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def plain(self, kind: bytes) -> bytes | None:
        """Return the body of an answer of status 200 and this content type, where all of it is here and unread."""
        pieces = self._pieces
        if self.status != 200 or not self._ended or len(pieces) != 1 or self.backlog > self._body_bytes:
            return None
        return pieces[0] if self._values.get(b"content-type") == kind else None

    @property
    def headers(self) -> Headers:
        """The headers; none before they came."""
        return Headers(self._values)

    async def drain(self, seconds: float) -> None:
        """Wait a little for the body's end, so that the connection can be kept; what comes is thrown away.

        It raises nothing: whoever calls has all that it wants.
        """
        if self._ended:
            return
        try:
            async with asyncio.timeout(seconds):
                await self.read(DRAIN_BYTES)
        except (TimeoutError, UpstreamError):
            self.abandon()

    async def aclose(self) -> None:
        """Close. A body that has not ended closes its connection at once; a second call does nothing."""
        self.abandon()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abandon()

    # From here on: for the connection and the client.

    def abandon(self) -> None:
        """Close without waiting."""
        carrier, self._carrier = self._carrier, None
        if carrier is not None:
            carrier.abandon()
        if self._error is None and (self._pieces or not self._ended):  # a later read must not look like an empty body
            self._error = UpstreamBroken("The answer was closed before it was read to its end.")
            self._wake()
        self._pieces.clear()
        self.backlog = 0

    def news(self) -> "asyncio.Future[None]":
        """Return a future that is done when something came, to be asked while there is no status.

        A future to wait for costs a coroutine less.

        Raises:
            UpstreamError: The head will not come.
        """
        if self._error is not None:
            raise self._error
        self._waiter = waiter = self._loop.create_future()
        return waiter

    def take_head(self, status: int, values: dict[bytes, bytes]) -> None:
        """The head has come."""
        self.status = status
        self._values = values

    def take_pieces(self, pieces: list[bytes]) -> None:
        """Pieces of the body have come."""
        self._pieces += pieces
        self.backlog += sum(map(len, pieces))

    def take_whole(self, status: int, values: dict[bytes, bytes], body: bytes) -> None:
        """Head and body have come, in one read."""
        self.status = status
        self._values = values
        self._pieces.append(body)
        self.backlog = len(body)

    def take_end(self) -> None:
        """The body has ended as it should; the connection is no longer ours."""
        self._carrier = None
        self._ended = True
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def take_error(self, error: UpstreamError) -> None:
        """The exchange failed. After the head the connection has freed its place by itself."""
        if self.status:
            self._carrier = None
        self._error = error
        self._wake()

    def wake(self) -> None:
        """Let the reader go on, if there is one and there is something for it."""
        if self._pieces or self.status:
            self._wake()

    async def _wait(self) -> None:
        self._waiter = waiter = self._loop.create_future()
        try:
            await waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
