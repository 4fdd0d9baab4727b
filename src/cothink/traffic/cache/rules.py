"""Which calls are cached: by setting, by key, and by what the request itself says."""

from dataclasses import dataclass

from cothink.core.caching import CacheRule
from cothink.core.request import Request
from cothink.traffic.cache.config import CacheConfig

_PLAIN = CacheRule()


@dataclass(frozen=True, slots=True)
class Use:
    """What may be done for one call."""

    read: bool = True
    store: bool = True
    semantic: bool = False
    max_age_s: float | None = None


class Rules:
    """Decides for each call.

    Args:
        config: See `CacheConfig`.
    """

    def __init__(self, config: CacheConfig) -> None:
        self._always = config.when == "always"
        self._only = frozenset(config.only_keys)
        self._never = frozenset(config.not_keys)
        self._semantic = frozenset(config.semantic.keys)
        self._plain_use = Use()

    def use(self, request: Request) -> Use | None:
        """Return what may be done; None passes the cache by."""
        run = request.run
        key = run.caller.key
        if key in self._never or (self._only and key not in self._only):
            return None
        rule = run.cache_rule or _PLAIN
        if not rule.store or not (self._always or rule.use or is_repeatable(request)):
            return None
        takes_part = bool(self._semantic) and (key in self._semantic or "*" in self._semantic)
        if rule is _PLAIN and not takes_part:
            return self._plain_use
        return Use(rule.read, True, takes_part and rule.semantic is not False, rule.max_age_s)


def is_repeatable(request: Request) -> bool:
    """The client asked for the same words each time: temperature 0, or a seed."""
    sampling = request.sampling
    return sampling.temperature == 0 or sampling.seed is not None
