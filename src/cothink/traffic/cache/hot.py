"""The hot tier: answers in this process's memory, counted in bytes, the longest unused one leaves first."""

from collections import OrderedDict

from cothink.traffic.cache.entry import Kept


class HotTier:
    """A bounded map from keys to answers.

    Args:
        most_bytes: What all answers together may take; 0 keeps none.
        ttl_s: How long one is kept.
    """

    def __init__(self, most_bytes: int, ttl_s: float) -> None:
        self._most_bytes = most_bytes
        self._ttl_s = ttl_s
        self._kept: OrderedDict[bytes, tuple[Kept, float]] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: bytes, now: float) -> Kept | None:
        """Return an answer that is not too old. ``now`` only grows."""
        found = self._kept.get(key)
        if found is None:
            return None
        if now >= found[1]:
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: bytes, kept: Kept, age_s: float, now: float) -> list[tuple[bytes, Kept]]:
        """Keep an answer of some age; return those that had to leave for it."""
        if key in self._kept:
            self._drop(key)
        if kept.size > self._most_bytes or age_s >= self._ttl_s:
            return [(key, kept)]
        left: list[tuple[bytes, Kept]] = []
        while self.bytes + kept.size > self._most_bytes:
            oldest, (other, _) = self._kept.popitem(last=False)
            self.bytes -= other.size
            left.append((oldest, other))
        self._kept[key] = (kept, now + self._ttl_s - age_s)
        self.bytes += kept.size
        return left

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()
        self.bytes = 0

    def _drop(self, key: bytes) -> None:
        kept, _ = self._kept.pop(key)
        self.bytes -= kept.size
