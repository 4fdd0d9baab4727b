"""Finds near vectors among many without a library: signs first, then the few best in full.

Each vector keeps the signs of its first 256 dimensions as bits. Near vectors differ in few bits, and 100,000 codes are
3.2 MB to read: a look-up over all of them is exact but for this first sieve. Vectors rest as 8-bit numbers.
Source of the idea: Charikar, "Similarity estimation techniques from rounding algorithms", STOC 2002.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BITS = 256  # signs of the first dimensions; two texts with a cosine of 0.85 differ in about 45 of them, others in 128
_SIEVED = 48  # candidates that are looked at in full, and those that are as near as the last of them
_MOST_SIEVED = 400
_FIRST = 64


@dataclass(frozen=True, slots=True)
class Near:
    """A stored question near to a new one."""

    text: str
    key: bytes
    cosine: float
    vector: "NDArray[np.float32]"


class Partition:
    """Questions that may answer for one another: a ring of vectors that grows to its bound.

    Args:
        most: How many are kept; then each new one takes the place of the oldest.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._texts: list[tuple[str, bytes]] = []
        self._places: dict[bytes, int] = {}
        self._next = 0
        self._codes: NDArray[np.uint64] | None = None
        self._vectors: NDArray[np.int8] | None = None

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, text: str, key: bytes, vector: "NDArray[np.float32]") -> None:
        """Keep a question; one of the same key is replaced."""
        place = self._places.get(key)
        if place is None:
            place = self._make_room(key, len(vector))
        codes, vectors = self._arrays(len(vector))
        codes[:, place] = _code(vector)
        vectors[place] = (vector * 127 / max(1e-9, float(abs(vector).max()))).round()
        self._texts[place] = (text, key)

    def near(self, vector: "NDArray[np.float32]", count: int, least: float) -> list[Near]:
        """Return the nearest questions, nearest first, no more than ``count`` and none below the cosine ``least``."""
        import numpy as np

        held = len(self._texts)
        if not held:
            return []
        codes, vectors = self._arrays(len(vector))
        places = np.arange(held) if held <= _SIEVED else _sieve(codes[:, :held], _code(vector))
        full = vectors[places].astype(np.float32)
        full /= np.maximum(np.linalg.norm(full, axis=1, keepdims=True), 1e-9)
        cosines = full @ vector
        best = np.argsort(-cosines)[:count]
        found = [(self._texts[places[at]], at) for at in best if cosines[at] >= least]
        return [Near(text, key, float(cosines[at]), full[at]) for (text, key), at in found]

    def _make_room(self, key: bytes, size: int) -> int:
        if len(self._texts) < self._most:
            place = len(self._texts)
            self._texts.append(("", key))
            self._arrays(size)
        else:
            place, self._next = self._next, (self._next + 1) % self._most
            self._places.pop(self._texts[place][1], None)
        self._places[key] = place
        return place

    def _arrays(self, size: int) -> tuple["NDArray[np.uint64]", "NDArray[np.int8]"]:
        """The arrays, grown so that every text has its row."""
        import numpy as np

        if self._codes is None or self._vectors is None:
            self._codes = np.zeros((_BITS // 64, _FIRST), dtype=np.uint64)
            self._vectors = np.zeros((_FIRST, size), dtype=np.int8)
        while len(self._vectors) < len(self._texts):
            self._codes = np.concatenate([self._codes, np.zeros_like(self._codes)], axis=1)
            self._vectors = np.concatenate([self._vectors, np.zeros_like(self._vectors)])
        return self._codes, self._vectors


@dataclass(slots=True)
class Index:
    """All partitions, with one bound over them: where it is passed, the partition that was unused longest goes."""

    most: int
    partitions: OrderedDict[bytes, Partition] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return sum(len(partition) for partition in self.partitions.values())

    def get(self, name: bytes) -> Partition | None:
        """Return a partition, if there is one, and note that it was used."""
        partition = self.partitions.get(name)
        if partition is not None:
            self.partitions.move_to_end(name)
        return partition

    def add(self, name: bytes, text: str, key: bytes, vector: "NDArray[np.float32]") -> None:
        """Keep a question in its partition."""
        partition = self.partitions.setdefault(name, Partition(self.most))
        self.partitions.move_to_end(name)
        partition.add(text, key, vector)
        while len(self) > self.most and len(self.partitions) > 1:
            self.partitions.popitem(last=False)


def _sieve(codes: "NDArray[np.uint64]", code: "NDArray[np.uint64]") -> "NDArray[np.int64]":
    """Return the places whose codes differ in the fewest bits: word by word, so that nothing large is made anew."""
    import numpy as np

    apart = np.zeros(codes.shape[1], dtype=np.uint8)
    turned, counted = np.empty(codes.shape[1], dtype=np.uint64), np.empty(codes.shape[1], dtype=np.uint8)
    for row, word in zip(codes, code, strict=True):
        np.bitwise_xor(row, word, out=turned)
        apart += np.bitwise_count(turned, out=counted)
    least = np.searchsorted(np.bincount(apart, minlength=_BITS).cumsum(), _SIEVED)
    return np.flatnonzero(apart <= least)[:_MOST_SIEVED]


def _code(vector: "NDArray[np.float32]") -> "NDArray[np.uint64]":
    import numpy as np

    bits = np.zeros(_BITS, dtype=bool)
    bits[: min(_BITS, len(vector))] = vector[:_BITS] > 0
    return np.packbits(bits).view(np.uint64)
