"""Whether a call that failed before its first chunk is tried again, and after which pause.

The allowance is the one of Finagle and gRPC: each call pays a share in, each retry takes one out, so that retries
cannot melt a server that is down. Amounts are thousandths, as integers.
"""

import random
from collections.abc import Callable

from cothink.core.engine import Zone
from cothink.core.errors import (
    CoThinkError,
    NotReady,
    UpstreamBroken,
    UpstreamBusy,
    UpstreamError,
    UpstreamRefused,
    UpstreamTimeout,
)
from cothink.traffic.balance_config import RetryConfig

OUR_BINDING = frozenset({"upstream_auth", "upstream_quota", "upstream_not_found"})
"""Codes that say that the gateway's own key, account or model name is wrong: no second try mends them."""
MAYBE_BILLED = (UpstreamTimeout, UpstreamBroken)
ONE = 1000


class Allowance:
    """So many more per hundred calls, saved up to a burst.

    Args:
        share: What each call pays in, 0 to 1.
        burst: The most that is saved; it is full at the start.
    """

    __slots__ = ("_most", "_share", "left")

    def __init__(self, share: float, burst: int) -> None:
        self._share = round(share * ONE)
        self._most = burst * ONE
        self.left = self._most

    def pay_in(self) -> None:
        """A call came."""
        left = self.left + self._share
        self.left = min(self._most, left)

    def take(self) -> bool:
        """Take one out; False where none is left."""
        if self.left < ONE:
            return False
        self.left -= ONE
        return True


def is_replicas_fault(error: BaseException) -> bool:
    """Say whether an error speaks against the replica rather than against the request or for a limit of ours."""
    if isinstance(error, CoThinkError):
        return isinstance(error, NotReady | UpstreamError) and not isinstance(error, UpstreamRefused)
    return isinstance(error, Exception)


def is_retryable(error: CoThinkError) -> bool:
    """Say whether the same request may succeed another time."""
    return error.retryable and error.code not in OUR_BINDING


class Retry:
    """Decides on second tries.

    Args:
        config: See `RetryConfig`.
        chance: Returns 0 to 1, for the jitter.
    """

    __slots__ = ("_chance", "_config", "allowance", "granted")

    def __init__(self, config: RetryConfig, *, chance: Callable[[], float] = random.random) -> None:
        self._config = config
        self._chance = chance
        self.allowance = Allowance(config.share, config.burst)
        self.granted = 0  # second and later tries so far

    def pause_s(
        self, error: CoThinkError, *, zone: Zone, tries: int, has_other: bool, left_s: float | None
    ) -> float | None:
        """Return the pause before the next try, or None where there is none. A try is taken from the allowance.

        Args:
            error: What the last try raised, before its first chunk.
            zone: Where it was sent.
            tries: How many were made.
            has_other: Another replica may be asked at once.
            left_s: What the run has left; None is no limit.
        """
        config = self._config
        if tries >= config.tries or not is_retryable(error):
            return None
        if zone == "hosted" and not config.paid and isinstance(error, MAYBE_BILLED):
            return None
        if not has_other and (error.retry_after_s or 0.0) > config.wait_most_s:
            return None
        pause_s = 0.0 if has_other else self._pause_s(error, tries)
        if left_s is not None and pause_s >= left_s:
            return None
        if not self.allowance.take():
            return None
        self.granted += 1
        return pause_s

    def _pause_s(self, error: CoThinkError, tries: int) -> float:
        """What the server asks for, spread a little; else a pause that doubles, half of it by chance."""
        config = self._config
        if error.retry_after_s is not None:
            return error.retry_after_s + 0.001 + 0.1 * self._chance()
        pause_s = min(config.wait_most_s, config.wait_s * 2.0 ** (tries - 1))
        return pause_s * (0.5 + 0.5 * self._chance())


def rest_s(error: CoThinkError, most_s: float) -> float:
    """Return for how long a server asks to be left alone, at most ``most_s``; 0 where it does not."""
    if isinstance(error, UpstreamBusy | NotReady) and error.retry_after_s is not None:
        return min(error.retry_after_s, most_s)
    return 0.0
