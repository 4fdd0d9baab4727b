"""One server of a model with what is known of it: how busy, how fast, how well. Plain integers; nothing per chunk."""

from typing import Final

from cothink.core.engine import Engine, Zone, whole_of
from cothink.core.errors import SettingError
from cothink.traffic.breaker import CLOSED, Breaker

BUCKETS: Final = 256  # four an octave of microseconds: every time that an integer of 63 bits can tell
FORGET_AT: Final = 1024  # then all counts halve, so that old times fade


class Latency:
    """Times to the first chunk: their moving mean and, where somebody needs a percentile, how often each came.

    Attributes:
        mean_us: Exponentially weighted, an eighth a sample; 0: never asked.
        counts_times: Keep what `percentile_s` needs; off, since it costs each call a third of a microsecond.
        count: How many times are counted.
    """

    __slots__ = ("_counts", "_known", "_news", "count", "counts_times", "mean_us")

    def __init__(self) -> None:
        self._counts = [0] * BUCKETS
        self._known = (0.0, 0.0)  # the share that was asked for last, and its time
        self._news = 0  # times that came since
        self.counts_times = False
        self.count = 0
        self.mean_us = 0

    def add(self, us: int) -> None:
        """Take one time in, in microseconds."""
        us |= 1  # no time is 0, and a microsecond does not matter
        mean = self.mean_us
        self.mean_us = mean + ((us - mean) >> 3) if mean else us
        if self.counts_times:
            self._count(us)

    def _count(self, us: int) -> None:
        octave = us.bit_length()
        self._counts[octave << 2 | us << 2 >> octave - 1 & 3] += 1
        self.count += 1
        self._news += 1
        if self.count >= FORGET_AT:
            self._counts = [count >> 1 for count in self._counts]
            self.count = sum(self._counts)

    def percentile_s(self, share: float) -> float:
        """Return the time that this share of the calls did not pass, at most a fifth too high; 0 without a call.

        It is found anew when more than one time in 32 is new.
        """
        if share == self._known[0] and self._news * 32 <= self.count:
            return self._known[1]
        self._known = (share, self._find(share))
        self._news = 0
        return self._known[1]

    def _find(self, share: float) -> float:
        left = self.count * share
        for bucket, count in enumerate(self._counts):
            left -= count
            if count and left <= 0:
                octave, quarter = bucket >> 2, bucket & 3
                return (5 + quarter) * 2.0 ** (octave - 1) / 4 / 1e6
        return 0.0


class Replica:
    """An engine of one server, with its name, weight and state.

    Args:
        name: Told in events and traces; never to a client.
        engine: What answers, booked and, where it is hosted, behind the egress policy.
        breaker: Its own.
        weight: How much it takes against the others, 1 to 1,000.
        zone: Where it stands.
        cache_blocks: How many blocks of a prefix its KV cache holds; None where that is not known.

    Raises:
        SettingError: A value is out of range.
    """

    __slots__ = (
        "breaker",
        "cache_blocks",
        "engine",
        "failures",
        "in_flight",
        "is_out",
        "latency",
        "name",
        "picks",
        "recent",
        "requests",
        "rest_until",
        "weight",
        "whole",
        "zone",
    )

    def __init__(  # keyword arguments, each one fact of a server
        self,
        name: str,
        engine: Engine,
        breaker: Breaker,
        *,
        weight: int = 1,
        zone: Zone = "site",
        cache_blocks: int | None = None,
    ) -> None:
        if not 1 <= weight <= 1000:
            raise SettingError(f"weight of {name} is {weight}; allowed is 1 to 1000.", param="weight")
        if cache_blocks is not None and cache_blocks < 1:
            raise SettingError(f"cache_blocks of {name} is {cache_blocks}; allowed is 1 or more.", param="cache_blocks")
        self.name = name
        self.engine = engine
        self.whole = whole_of(engine)  # how it answers in one piece, if it can
        self.breaker = breaker
        self.weight = weight
        self.zone: Zone = zone
        self.cache_blocks = cache_blocks
        self.latency = Latency()
        self.in_flight = 0
        self.requests = 0  # attempts so far
        self.failures = 0  # attempts that failed through its fault
        self.recent = 0  # calls of late, kept by the policy that needs it
        self.picks = 0  # the turn of `weighted`
        self.rest_until = 0.0  # what its Retry-After asked for
        self.is_out = False  # a health check took it out

    def is_fit(self, now: float) -> bool:
        """Say whether it may be asked now."""
        if self.is_out or now < self.rest_until:
            return False
        breaker = self.breaker
        return breaker.state == CLOSED or breaker.admits(now)

    def may_be_well(self, now: float) -> bool:
        """Say whether it may be asked, whatever the health checks found."""
        return now >= self.rest_until and self.breaker.admits(now)

    def fit_in_s(self, now: float) -> float:
        """Return in how many seconds it may be fit, at least 0.1; a guess of 1 where nobody can know."""
        if self.is_out:
            return 1.0
        waits = (self.rest_until - now, self.breaker.retry_at - now if self.breaker.state != CLOSED else 0.0)
        return max(0.1, *waits)

    def begin(self, now: float) -> int:
        """An attempt begins; return its ticket. Every ticket comes back once: `succeed`, `fail` or `drop`."""
        self.in_flight += 1
        self.requests += 1
        breaker = self.breaker
        return breaker.epoch if breaker.state == CLOSED else breaker.begin(now)

    def answer(self, ticket: int, waited_s: float) -> int:
        """The first chunk came; return the ticket to go on with."""
        self.latency.add(int(waited_s * 1e6))
        breaker = self.breaker
        return ticket if breaker.state == CLOSED else breaker.answer(ticket)

    def complete(self, ticket: int, waited_s: float) -> None:
        """A whole answer came at once: `answer` and `succeed` in one."""
        self.latency.add(int(waited_s * 1e6))
        self.in_flight -= 1
        breaker = self.breaker
        if breaker.state != CLOSED:
            ticket = breaker.answer(ticket)
        if breaker.has_failures:
            breaker.succeed(ticket)

    def succeed(self, ticket: int) -> None:
        """The attempt ended with a whole answer."""
        self.in_flight -= 1
        breaker = self.breaker
        if breaker.has_failures:
            breaker.succeed(ticket)

    def fail(self, ticket: int, now: float) -> None:
        """The attempt failed through the replica's fault."""
        self.in_flight -= 1
        self.failures += 1
        self.breaker.fail(ticket, now)

    def drop(self, ticket: int) -> None:
        """The attempt ended without a word about the replica."""
        self.in_flight -= 1
        self.breaker.drop(ticket)

    def rest(self, until: float) -> None:
        """Ask nothing of it before then: it said so itself."""
        self.rest_until = max(self.rest_until, until)
