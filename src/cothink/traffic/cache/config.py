"""Settings of the caches. Nothing is cached unless `around` names a model."""

from dataclasses import dataclass, field
from typing import Literal

from cothink.core.errors import SettingError

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SemanticConfig:
    """The semantic tier: an answer to a question of the same meaning. Needs the extra `semantic`.

    Args:
        keys: The names of the keys that take part; ``*`` is every one. Empty: nobody, so the tier is off.
        entries: The most questions that are kept for look-ups, over all partitions.
        threshold: How sure the second check must be, 0 to 1; None is the value that was calibrated for it.
        candidates: How many near questions are checked, nearest first, 1 to 16.
        waiting: How many look-ups may wait for the embedder; a call beyond that goes on without the tier.
        wait_s: The most seconds a call waits for its look-up.
    """

    keys: tuple[str, ...] = ()
    entries: int = 100_000
    threshold: float | None = None
    candidates: int = 3
    waiting: int = 16
    wait_s: float = 0.1

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        _within("entries", self.entries, 1, 10_000_000)
        _within("candidates", self.candidates, 1, 16)
        _within("waiting", self.waiting, 0, 10_000)
        _within("wait_s", self.wait_s, 0.001, 60)
        if self.threshold is not None:
            _within("threshold", self.threshold, 0, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheConfig:
    """Which answers are kept, where, and for how long.

    Args:
        around: The models around which a cache stands: roles, your own names, virtual models; ``*`` is every one.
        when: ``repeatable`` caches calls with temperature 0 or a seed; ``always`` also calls whose answers would vary.
        ttl_s: How old a stored answer may get.
        hot_bytes: The memory for answers in this process.
        entry_bytes: The largest answer that is stored.
        cold: Where answers rest that memory has no room for, and that outlive a restart: the path of a SQLite file, or
            ``redis://…``; empty is nowhere.
        cold_bytes: The size of the SQLite file's answers. Redis has a limit of its own, ``maxmemory``.
        only_keys: The names of the keys whose calls are cached; empty is every one.
        not_keys: The names of keys whose calls are not cached.
        semantic: See `SemanticConfig`.
    """

    around: tuple[str, ...] = ()
    when: Literal["repeatable", "always"] = "repeatable"
    ttl_s: float = 86_400.0
    hot_bytes: int = 64 * MEBIBYTE
    entry_bytes: int = MEBIBYTE
    cold: str = ""
    cold_bytes: int = 1024 * MEBIBYTE
    only_keys: tuple[str, ...] = ()
    not_keys: tuple[str, ...] = ()
    semantic: SemanticConfig = field(default_factory=SemanticConfig)

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        _within("ttl_s", self.ttl_s, 0.001, 10 * 365 * 86_400)
        _within("hot_bytes", self.hot_bytes, 0, 1 << 40)
        _within("entry_bytes", self.entry_bytes, 1, 1 << 30)
        _within("cold_bytes", self.cold_bytes, MEBIBYTE, 1 << 50)

    def surrounds(self, name: str) -> bool:
        """Whether a cache stands around the model of this name."""
        return name in self.around or "*" in self.around


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise SettingError(f"{name} is {value!r}; allowed is a number from {low:g} to {high:g}", param=name)
