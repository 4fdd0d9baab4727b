"""What a client has not yet taken of what was sent to it, and how long that may last."""

import asyncio


class Backlog:
    """Holds an application back while its client does not keep up."""

    __slots__ = ("_can_write", "_is_last", "_seen", "_transport", "ends_at", "is_paused")

    def __init__(self, transport: asyncio.WriteTransport) -> None:
        self._transport = transport
        self._can_write: asyncio.Event | None = None
        self._is_last = False
        self._seen = 0
        self.is_paused = False
        self.ends_at: float | None = None  # when a client that took nothing is given up

    @property
    def size(self) -> int:
        """Bytes that the client has not taken."""
        return self._transport.get_write_buffer_size()

    @property
    def is_lost(self) -> bool:
        """The connection is closing: nothing reaches the client any more."""
        return self._transport.is_closing()

    async def drained(self) -> None:
        """Return when the client took enough of what was sent."""
        if self._can_write is not None:
            await self._can_write.wait()

    def pause(self, ends_at: float) -> None:
        """The client does not keep up."""
        self.is_paused = True
        self._can_write = asyncio.Event()
        self.watch(ends_at)

    def resume(self) -> None:
        """The client took enough, or left."""
        self.is_paused = False
        if not self._is_last:
            self.ends_at = None
        if self._can_write is not None:
            self._can_write.set()
            self._can_write = None

    def watch(self, ends_at: float, *, is_last: bool = False) -> None:
        """Give the client until then to take something; ``is_last``: nothing more will be sent."""
        self._is_last = self._is_last or is_last
        self._seen = self.size
        self.ends_at = ends_at

    def is_shrinking(self) -> bool:
        """The client took something since the watch began, and there is more for it."""
        return 0 < self.size < self._seen
