"""One call upstream for many equal questions at the same time.

The first one leads: its own client reads it word by word, and the others wait for the whole answer. Where the leader's
client hangs up, or its run has no money or time left, the next one leads with a call of its own. Where the model's
servers fail, all get that error: they would have met the same servers. Where the answer came but may not be shared (it
was cut, it is too long), everyone asks for himself.
"""

import asyncio
import copy
from dataclasses import dataclass

from cothink.core.errors import NotReady, UpstreamError
from cothink.traffic.cache.entry import Kept

_SHARED = (UpstreamError, NotReady)


@dataclass(frozen=True, slots=True)
class Landed:
    """How a flight ended: an answer, an error for all, or leave to ask alone; else the next one leads."""

    kept: Kept | None = None
    error: Exception | None = None
    is_alone: bool = False


class Flight:
    """A call under way."""

    __slots__ = ("_flights", "_key", "_landing", "followers")

    def __init__(self, flights: dict[bytes, "Flight"], key: bytes) -> None:
        self._flights = flights
        self._key = key
        self.followers = 0
        self._landing: asyncio.Future[Landed] | None = None  # made for the first who waits

    @property
    def landing(self) -> "asyncio.Future[Landed]":
        """Done when the flight has ended."""
        if self._landing is None:
            self._landing = asyncio.get_running_loop().create_future()
        return self._landing

    def land_with(self, kept: Kept | None, failure: BaseException | None) -> None:
        """End the flight and tell those who wait: an answer, or what its lack means for them."""
        if kept is not None:
            landed = Landed(kept=kept)
        elif isinstance(failure, _SHARED):
            landed = Landed(error=failure)
        else:  # without a failure the answer came and may not be shared
            landed = Landed(is_alone=failure is None)
        self._flights.pop(self._key, None)
        if self._landing is not None and not self._landing.done():
            self._landing.set_result(landed)


class Flights:
    """All calls under way, by key."""

    def __init__(self) -> None:
        self._open: dict[bytes, Flight] = {}

    def __len__(self) -> int:
        return len(self._open)

    def lead(self, key: bytes) -> Flight | None:
        """Lead a flight, where none is under way."""
        if key in self._open:
            return None
        flight = self._open[key] = Flight(self._open, key)
        return flight

    async def join(self, key: bytes) -> Flight | Kept | None:
        """Lead a flight, or wait for the one under way.

        Returns:
            A Flight: this call leads it and must land it. A Kept: the answer. None: ask alone.

        Raises:
            UpstreamError, NotReady: The call under way failed so.
        """
        while (flight := self._open.get(key)) is not None:
            flight.followers += 1
            try:
                landed = await asyncio.shield(flight.landing)
            finally:
                flight.followers -= 1
            if landed.kept is not None:
                return landed.kept
            if landed.error is not None:
                raise copy.copy(landed.error)
            if landed.is_alone:
                return None
        flight = self._open[key] = Flight(self._open, key)
        return flight
