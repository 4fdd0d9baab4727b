"""Settings of the traffic of each bound model: its books, its replicas, and what surrounds them."""

from dataclasses import dataclass, field

from cothink.core.errors import SettingError
from cothink.traffic.balance_config import PoolConfig
from cothink.traffic.cache.config import CacheConfig
from cothink.traffic.queue_config import HealthConfig, HedgeConfig, LimitConfig


@dataclass(frozen=True, slots=True)
class BookConfig:
    """How calls are booked.

    Args:
        floor_tokens: Where a run's budget affords a shorter answer than this, the call is not made; at least 1.

    Raises:
        SettingError: The value is out of range.
    """

    floor_tokens: int = 16

    def __post_init__(self) -> None:
        """Refuse a value out of range."""
        if self.floor_tokens < 1:
            raise SettingError(f"floor_tokens is {self.floor_tokens}; allowed is 1 or more", param="floor_tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class FallbackConfig:
    """Where requests go when a model's own servers cannot answer; the models that stand in are named at the binding.

    Args:
        allow_hosted: A request for a model of the site may go on to a hosted one.
    """

    allow_hosted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficConfig:
    """One table a part; the same for every model.

    Args:
        book: How calls are booked.
        pool: How replicas are chosen, rested and tried again.
        hedge: When a second replica is asked beside the first; off by default.
        limit: How many calls of one model run at once and how many wait; None is no limit.
        fallback: Whether a model that stands in may be outside the site.
        health: How replicas are checked beside the traffic; None checks none, and only calls tell who is well.
        cache: Which answers are kept and given again; none by default.
    """

    book: BookConfig = field(default_factory=BookConfig)
    pool: PoolConfig = field(default_factory=PoolConfig)
    hedge: HedgeConfig = field(default_factory=HedgeConfig)
    limit: LimitConfig | None = None
    fallback: FallbackConfig = field(default_factory=FallbackConfig)
    health: HealthConfig | None = None
    cache: CacheConfig = field(default_factory=CacheConfig)
