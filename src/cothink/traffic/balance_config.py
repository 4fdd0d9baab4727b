"""Settings of the traffic over many replicas: which one is asked, when one rests, how often a call is tried again."""

from dataclasses import dataclass, field
from typing import Literal, get_args

from cothink.core.errors import SettingError

Policy = Literal["least_busy", "weighted", "affinity"]


def bounded(name: str, value: float, low: float, high: float) -> None:
    """Refuse a value out of its range.

    Raises:
        SettingError: It is; the message names field, value and range.
    """
    if not low <= value <= high:
        raise SettingError(f"{name} is {value}; allowed is {low:g} to {high:g}.", param=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerConfig:
    """When a replica rests after failures.

    Args:
        failures: So many in a row open it.
        failure_share: So large a share of the calls of a window opens it, 0 to 1.
        window_s: The window's length; it begins with a failure.
        window_calls: Fewer calls in a window prove nothing.
        open_s: The first rest. Each rest without a good call after it doubles.
        open_most_s: The longest rest.
        jitter: Each rest is up to this share longer, so that gateways do not come back together.
    """

    failures: int = 5
    failure_share: float = 0.5
    window_s: float = 30.0
    window_calls: int = 20
    open_s: float = 2.0
    open_most_s: float = 60.0
    jitter: float = 0.2

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        bounded("failures", self.failures, 1, 1_000_000)
        bounded("failure_share", self.failure_share, 0.01, 1)
        bounded("window_s", self.window_s, 0.1, 3600)
        bounded("window_calls", self.window_calls, 1, 1_000_000)
        bounded("open_s", self.open_s, 0.01, 3600)
        bounded("open_most_s", self.open_most_s, self.open_s, 86_400)
        bounded("jitter", self.jitter, 0, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryConfig:
    """How often a call is tried again before its first chunk.

    Args:
        tries: The most attempts of one call, the first one included.
        share: Over time, at most this share of the calls is tried again: retries cannot melt a server.
        burst: So many may be tried again at once after a quiet time.
        wait_s: The first pause where no other replica is left; each further one doubles.
        wait_most_s: The longest pause; where a server's Retry-After asks for more, the error goes to the client.
        paid: A hosted call that timed out or broke may be tried again, though it may be billed twice.
    """

    tries: int = 3
    share: float = 0.1
    burst: int = 10
    wait_s: float = 0.1
    wait_most_s: float = 5.0
    paid: bool = False

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        bounded("tries", self.tries, 1, 20)
        bounded("share", self.share, 0, 1)
        bounded("burst", self.burst, 0, 100_000)
        bounded("wait_s", self.wait_s, 0, 60)
        bounded("wait_most_s", self.wait_most_s, self.wait_s, 3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class AffinityConfig:
    """How a conversation finds the replica whose KV cache holds its beginning.

    Args:
        slack: The busiest replica may have this times the mean load, load being calls in flight and recent ones.
        recent_s: The count of recent calls halves in this time.
        free_calls: Below this load (for weight 1) a replica is never too busy: a lone conversation stays where it is.
        cache_blocks: How many blocks are remembered a replica where the replica does not say how many it caches.
        block_chars: A block's length. 2,048 characters are about 512 tokens.
    """

    slack: float = 1.15
    recent_s: float = 300.0
    free_calls: int = 16
    cache_blocks: int = 4096
    block_chars: int = 2048

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        bounded("slack", self.slack, 1, 100)
        bounded("recent_s", self.recent_s, 0.1, 86_400)
        bounded("free_calls", self.free_calls, 0, 1_000_000)
        bounded("cache_blocks", self.cache_blocks, 1, 10_000_000)
        bounded("block_chars", self.block_chars, 64, 1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolConfig:
    """How many replicas of one model become one engine.

    Args:
        policy: ``least_busy``: the fewest calls in flight for its weight. ``weighted``: turns by weight.
            ``affinity``: where the conversation's beginning is cached, within a bound on imbalance.
        first_s: The longest wait of one try for its first chunk; then it has failed, and another replica may be asked.
            None leaves it to the engine's own limits. Holds for streamed calls only: others come in one piece.
        affinity: How a conversation finds its replica.
        breaker: When a replica rests.
        retry: How often a call is tried again.
    """

    policy: Policy = "affinity"
    first_s: float | None = None
    affinity: AffinityConfig = field(default_factory=AffinityConfig)
    breaker: BreakerConfig = field(default_factory=BreakerConfig)
    retry: RetryConfig = field(default_factory=RetryConfig)

    def __post_init__(self) -> None:
        """Refuse a policy that is not known, and a time out of range."""
        if self.first_s is not None:
            bounded("first_s", self.first_s, 0.001, 86_400)
        if self.policy not in get_args(Policy):
            raise SettingError(f"policy is {self.policy!r}; allowed are {', '.join(get_args(Policy))}.", param="policy")
