"""This process's link to the store: its name there, whether the store answers, and the clock that all share."""

import logging
import secrets
from collections.abc import Callable
from typing import Final

from cothink.store.meter import SILENT_S
from cothink.store.store import Store

log = logging.getLogger(__name__)
LIFE_S: Final = 10.0  # after we last told the store of us; it frees what a silent one has later than that
Said = tuple[int, float]
"""A time of the shared clock as it was told to the store, in milliseconds, and when, by this process's own clock."""


class Link:
    """See above.

    Args:
        store: What all processes share.
        clock: Seconds that only grow.

    Attributes:
        worker: The name of this process in the store, unlike that of any other.
        is_away: The store could not be reached when last asked.
        lives_until: So long, by our clock, the store frees no money of ours.
    """

    __slots__ = ("_at", "_ms", "_said_at", "is_away", "lives_until", "now", "store", "worker")

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self.store = store
        self.worker = f"w-{secrets.token_hex(6)}"
        self.is_away = False
        self.now = clock
        self._ms = 0
        self._at = 0.0
        self._said_at = float("-inf")
        self.lives_until = 0.0

    def reckon(self) -> Said:
        """Return the time on the shared clock; 0 milliseconds where nothing was heard for too long."""
        now = self.now()
        return (self._ms + int((now - self._at) * 1000) if now - self._said_at <= SILENT_S else 0), now

    def hear(self, ms: int, said: Said) -> None:
        """Take the answer to what was said. No news leave the reckoning alone, so that slow answers do not slow it."""
        said_ms, said_at = said
        if ms > said_ms or not said_ms:
            self._ms, self._at = ms, self.now()
        self._said_at = max(self._said_at, said_at)

    async def beat(self) -> tuple[int, bool]:
        """Say that this process lives; return the version of the keys, and whether the store may have thought it dead.

        Raises:
            StoreAway: The store cannot be reached.
        """
        said = self.reckon()
        beat = await self.store.beat(self.worker, said[0])
        self.hear(beat.steady_ms, said)
        was_lost = said[1] >= self.lives_until
        self.lives_until = max(self.lives_until, said[1] + LIFE_S)
        return beat.version, was_lost

    def went_away(self) -> None:
        """Note that the store cannot be reached."""
        if not self.is_away:
            self.is_away = True
            log.error("The store of keys (%s) cannot be reached: hosted models are refused.", self.store.place)

    def came_back(self) -> bool:
        """Note that the store answers; say whether it was away."""
        was_away, self.is_away = self.is_away, False
        if was_away:
            log.warning("The store of keys (%s) is back.", self.store.place)
        return was_away
