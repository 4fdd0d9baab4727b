"""Which replica is asked next: the least busy one, each by its weight, or the one that holds the prefix.

A choice costs a microsecond or a few. Sources: smooth weighted round robin as in nginx; consistent hashing with bounded
loads (Mirrokni, Thorup, Zadimoghaddam 2016) for the bound of `PrefixAffinity`.
"""

from collections.abc import Sequence
from typing import Protocol

from cothink.core.request import Request
from cothink.traffic.affinity import PrefixIndex, prefix_keys
from cothink.traffic.balance_config import AffinityConfig, PoolConfig
from cothink.traffic.replica import Replica

EXPLORE_EVERY = 16  # among equally busy replicas, each so many-th choice is the one asked least


class Chooser(Protocol):
    """A policy."""

    def choose(self, request: Request, fit: Sequence[Replica], now: float) -> Replica:
        """Return one of the replicas that may be asked, of which there is at least one."""
        ...


class LeastBusy:
    """The fewest calls in flight for its weight; among equals the fastest, but now and then the one asked least."""

    __slots__ = ("_turn",)

    def __init__(self) -> None:
        self._turn = 0

    def choose(self, request: Request, fit: Sequence[Replica], now: float) -> Replica:  # a Chooser
        """Return the least busy one."""
        if len(fit) == 1:
            return fit[0]
        self._turn += 1
        explores = self._turn % EXPLORE_EVERY == 0
        best = fit[0]
        for other in fit[1:]:
            less = other.in_flight * best.weight - best.in_flight * other.weight
            if less > 0:
                continue
            if less < 0 or _breaks_tie(other, best, explores):
                best = other
        return best


def _breaks_tie(one: Replica, other: Replica, explores: bool) -> bool:
    if explores:
        return one.requests * other.weight < other.requests * one.weight
    return one.latency.mean_us < other.latency.mean_us


class Weighted:
    """Turns by weight, spread evenly: 5, 1, 1 gives a a b a c a a."""

    __slots__ = ()

    def choose(self, request: Request, fit: Sequence[Replica], now: float) -> Replica:  # a Chooser
        """Return the one whose turn it is."""
        if len(fit) == 1:
            return fit[0]
        total = 0
        best = fit[0]
        for replica in fit:
            replica.picks += replica.weight
            total += replica.weight
            if replica.picks > best.picks:
                best = replica
        best.picks -= total
        return best


class PrefixAffinity:
    """The replica whose cache holds the longest beginning of the conversation, unless it is too busy.

    Too busy is more than ``slack`` times the mean load, load being calls in flight and calls of late for its weight.
    Among equals the least loaded one is asked, so new conversations even the loads out.
    """

    __slots__ = ("_config", "_halve_at", "_index", "_replicas", "_weight")

    def __init__(self, replicas: Sequence[Replica], config: AffinityConfig | None = None) -> None:
        self._config = config or AffinityConfig()
        self._replicas = tuple(replicas)
        self._index = PrefixIndex({replica: replica.cache_blocks or self._config.cache_blocks for replica in replicas})
        self._weight = sum(one.weight for one in replicas)
        self._halve_at = 0.0

    def choose(self, request: Request, fit: Sequence[Replica], now: float) -> Replica:
        """Return the one that holds the conversation's beginning, or the least loaded one."""
        if len(self._replicas) == 1:
            return fit[0]
        return self.place(prefix_keys(request, self._config.block_chars), fit, now)

    def place(self, keys: Sequence[int], fit: Sequence[Replica], now: float) -> Replica:
        """Choose for a prefix, and remember that the chosen one will hold it.

        Args:
            keys: One a block, from the beginning; equal keys mean equal text up to and with that block.
            fit: The replicas that may be asked, at least one.
            now: Seconds that only grow.
        """
        if now >= self._halve_at:
            self._halve(now)
        is_whole = len(fit) == len(self._replicas)
        weight = self._weight if is_whole else sum([one.weight for one in fit])
        load = 1
        for one in fit:
            load += one.in_flight + one.recent
        mean = load / weight
        if not is_whole:
            self._keep_up(fit, mean)
        most = max(self._config.slack * mean, self._config.free_calls)
        index = self._index
        chosen = _freest(index.longest(keys), most) if is_whole else None  # nearly always it is among these
        if chosen is None:
            for holders in index.held(keys):
                chosen = _freest(holders if is_whole else [one for one in holders if one in fit], most)
                if chosen is not None:
                    break
            else:
                chosen = _least_loaded(fit)
        chosen.recent += 1
        index.remember(keys, chosen)
        return chosen

    def _keep_up(self, fit: Sequence[Replica], mean: float) -> None:
        """Let who is away count as loaded as the others, so that not every new call falls on it when it comes back."""
        for one in self._replicas:
            if one not in fit:
                one.recent = max(one.recent, int(mean * one.weight))

    def _halve(self, now: float) -> None:
        for replica in self._replicas:
            replica.recent >>= 1
        self._halve_at = now + self._config.recent_s


def _freest(some: Sequence[Replica], most: float) -> Replica | None:
    """Return the least loaded one of those that may take one more; None where none may."""
    if len(some) == 1:
        one = some[0]
        return one if one.in_flight + one.recent + 1 <= most * one.weight else None
    free = [one for one in some if one.in_flight + one.recent + 1 <= most * one.weight]
    return _least_loaded(free) if free else None


def _least_loaded(some: Sequence[Replica]) -> Replica:
    """Return the one of the smallest load for its weight; among equals the one asked less often."""
    best = some[0]
    if len(some) == 1:
        return best
    best_load = best.in_flight + best.recent
    for one in some[1:]:
        load = one.in_flight + one.recent
        less = load * best.weight - best_load * one.weight
        if less < 0 or (less == 0 and one.requests < best.requests):
            best, best_load = one, load
    return best


def chooser(replicas: Sequence[Replica], config: PoolConfig) -> Chooser:
    """Return the policy that the settings name."""
    if config.policy == "weighted":
        return Weighted()
    if config.policy == "affinity":
        return PrefixAffinity(replicas, config.affinity)
    return LeastBusy()
