"""What a request says to caches, and what a cache says of an answer. Both travel on the run."""

from typing import Literal

import msgspec

CacheState = Literal["hit", "miss", "bypass"]
CacheTier = Literal["hot", "cold", "flight", "semantic", "none"]
"""Where an answer came from: memory, the cold store, a call under way for the same question, a question of the same
meaning; ``none`` where it came from no cache."""


class CacheRule(msgspec.Struct, frozen=True, kw_only=True):
    """What one request asks of every cache on its way.

    Args:
        read: A stored answer will do.
        store: The answer may be stored.
        use: Cache it although its sampling is random.
        semantic: An answer to a question of the same meaning will do; None leaves it to the key's setting.
        max_age_s: A stored answer may be so old; None is the cache's own limit.
    """

    read: bool = True
    store: bool = True
    use: bool = False
    semantic: bool | None = None
    max_age_s: float | None = None


class CacheMark(msgspec.Struct, frozen=True):
    """Where the answer of a run came from.

    ``similarity`` is that of the two questions, 0 to 1, where the tier is ``semantic``.
    """

    state: CacheState
    tier: CacheTier = "none"
    age_s: float = 0.0
    similarity: float | None = None
