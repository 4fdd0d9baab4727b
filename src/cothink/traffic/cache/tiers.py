"""Hot and cold together: what is asked for again comes up, what memory has no room for goes down.

An answer is written to the cold tier when it is stored, so that it outlives this process and serves the other workers;
one that leaves memory is written again only where that write was lost.
"""

import logging
import time
from collections.abc import Callable

import msgspec

from cothink.core.caching import CacheTier
from cothink.store.blobs import Blobs
from cothink.traffic.cache.config import CacheConfig
from cothink.traffic.cache.entry import Entry, Kept, pack, unpack
from cothink.traffic.cache.hot import HotTier

log = logging.getLogger(__name__)
_AHEAD_S = 60.0  # an answer from further in the future comes from a clock that jumped


class Tiers:
    """The store of answers of one process, shared by all its caches.

    Args:
        config: See `CacheConfig`.
        cold: The cold tier, where there is one. It never raises: what fails there is a miss.
        clock: Seconds that only grow.
        wall: Seconds since 1970.
    """

    def __init__(
        self,
        config: CacheConfig,
        cold: Blobs | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.hot = HotTier(config.hot_bytes, config.ttl_s)
        self._ttl_s = config.ttl_s
        self._cold = cold
        self.has_cold = cold is not None
        self._clock = clock
        self.wall = wall

    def age_s(self, kept: Kept) -> float:
        """How old an answer is."""
        return max(0.0, self.wall() - kept.entry.created_at)

    def find_hot(self, key: bytes) -> Kept | None:
        """Look in memory only."""
        return self.hot.get(key, self._clock())

    async def find_cold(self, key: bytes) -> Kept | None:
        """Look below, and bring up what is found."""
        if self._cold is None:
            return None
        data = await self._cold.get(key)
        if data is None:
            return None
        try:
            kept = Kept(unpack(data), len(data), is_cold=True)
        except msgspec.MsgspecError:
            log.warning("A cold cache entry cannot be read, so it counts as a miss.")
            return None
        age_s = self.wall() - kept.entry.created_at
        if not -_AHEAD_S <= age_s < self._ttl_s:
            return None
        self._keep(key, kept)
        return kept

    async def find(self, key: bytes) -> tuple[Kept, CacheTier] | None:
        """Look in memory, then below."""
        kept = self.find_hot(key)
        if kept is not None:
            return kept, "hot"
        kept = await self.find_cold(key)
        return None if kept is None else (kept, "cold")

    def store(self, key: bytes, entry: Entry) -> Kept:
        """Keep a new answer, in both tiers."""
        data = pack(entry)
        is_cold = self._cold is not None and self._cold.put(key, data, entry.created_at)
        kept = Kept(entry, len(data), is_cold=is_cold)
        self._keep(key, kept)
        return kept

    def _keep(self, key: bytes, kept: Kept) -> None:
        for other, leaver in self.hot.put(key, kept, self.age_s(kept), self._clock()):
            if self._cold is not None and not leaver.is_cold:
                self._cold.put(other, pack(leaver.entry), leaver.entry.created_at)
