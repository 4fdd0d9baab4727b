"""Settings of what surrounds a pool: the queue before it, the second try beside it, the checks of its replicas."""

from dataclasses import dataclass

from cothink.traffic.balance_config import bounded


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitConfig:
    """How many calls run at once and how many wait.

    Args:
        calls: The most calls at once.
        waiting: The most calls that wait, of all keys together; one more is told 503.
        waiting_a_key: The most calls of one key that wait; one more is told 429.
        wait_s: The longest wait; then 503.
        retry_after_most_s: The longest Retry-After that is told.
    """

    calls: int = 256
    waiting: int = 1024
    waiting_a_key: int = 256
    wait_s: float = 30.0
    retry_after_most_s: float = 60.0

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        bounded("calls", self.calls, 1, 1_000_000)
        bounded("waiting", self.waiting, 0, 1_000_000)
        bounded("waiting_a_key", self.waiting_a_key, 0, 1_000_000)
        bounded("wait_s", self.wait_s, 0.001, 86_400)
        bounded("retry_after_most_s", self.retry_after_most_s, 1, 86_400)


@dataclass(frozen=True, slots=True, kw_only=True)
class HedgeConfig:
    """When a second replica is asked beside the first.

    Args:
        enabled: Off by default: each hedged call costs twice.
        share: Over time, at most this share of the calls is asked twice.
        burst: So many may be asked twice at once after a quiet time.
        wait_least_s: The shortest wait before the second replica is asked, whatever P95 is.
        samples: Fewer first chunks than this tell no P95, and nothing is hedged.
        hosted: Hosted replicas are asked twice too, and paid twice.
        backlog: The most chunks that wait for a slow reader, for each of the two.
    """

    enabled: bool = False
    share: float = 0.05
    burst: int = 5
    wait_least_s: float = 0.05
    samples: int = 20
    hosted: bool = False
    backlog: int = 16

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        bounded("share", self.share, 0, 1)
        bounded("burst", self.burst, 0, 100_000)
        bounded("wait_least_s", self.wait_least_s, 0, 3600)
        bounded("samples", self.samples, 1, 1_000_000)
        bounded("backlog", self.backlog, 1, 100_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthConfig:
    """How replicas are checked beside the traffic.

    Args:
        every_s: The pause between two rounds.
        timeout_s: A check that takes longer has failed.
        failures: So many failed checks in a row take a replica out.
        successes: So many good ones in a row take it in again.
        at_once: The most checks that run at once.
        jitter: Each pause is up to this share longer.
    """

    every_s: float = 10.0
    timeout_s: float = 5.0
    failures: int = 3
    successes: int = 1
    at_once: int = 8
    jitter: float = 0.2

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        bounded("every_s", self.every_s, 0.01, 86_400)
        bounded("timeout_s", self.timeout_s, 0.001, 3600)
        bounded("failures", self.failures, 1, 1000)
        bounded("successes", self.successes, 1, 1000)
        bounded("at_once", self.at_once, 1, 1000)
        bounded("jitter", self.jitter, 0, 1)
