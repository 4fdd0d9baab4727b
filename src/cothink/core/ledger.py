"""What one run may spend and what it spent: every attempt of every sub-call is an entry, held to limits in memory."""

import msgspec

from cothink.core.chunk import Usage
from cothink.core.errors import LimitReached
from cothink.core.events import Outcome
from cothink.core.price import usd


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The most that one run may use over all its sub-calls; None is no limit."""

    calls: int | None = None
    tokens: int | None = None
    cost_nanousd: int | None = None


class Entry(msgspec.Struct, kw_only=True):
    """One attempt at one model.

    ``usage`` is None until the call ends, and stays None where the server did not count: then the reservation stands
    in for it. ``cached`` is an answer that a cache gave: it costs nothing and counts to no limit.
    """

    model: str
    zone: str
    reserved_tokens: int = 0
    reserved_nanousd: int = 0
    usage: Usage | None = None
    cost_nanousd: int = 0
    seconds: float = 0.0
    outcome: Outcome | None = None
    cached: bool = False


class Ledger:
    """The entries of one run, held to its limits.

    What is open counts with its reservation, so that parallel sub-calls cannot overspend together.
    """

    __slots__ = ("_cached", "_tokens", "cost_nanousd", "entries", "limits")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.entries: list[Entry] = []
        self._tokens = 0
        self.cost_nanousd = 0  # what was spent, open reservations included
        self._cached = 0

    @property
    def usage(self) -> Usage:
        """The tokens of all calls that were counted."""
        entries = self.entries
        if len(entries) == 1:  # a plain call
            return entries[0].usage or Usage()
        return sum((entry.usage for entry in entries if entry.usage), Usage())

    @property
    def calls_left(self) -> int | None:
        """How many calls may still be made; None is no limit."""
        made = len(self.entries) - self._cached
        return None if self.limits.calls is None else max(0, self.limits.calls - made)

    @property
    def tokens_left(self) -> int | None:
        """How many tokens may still be reserved; None is no limit."""
        return None if self.limits.tokens is None else max(0, self.limits.tokens - self._tokens)

    @property
    def nanousd_left(self) -> int | None:
        """How much may still be reserved; None is no limit."""
        return None if self.limits.cost_nanousd is None else max(0, self.limits.cost_nanousd - self.cost_nanousd)

    def open(self, model: str, zone: str, *, reserve_tokens: int = 0, reserve_nanousd: int = 0) -> Entry:
        """Enter an attempt before it is made.

        Raises:
            LimitReached: The run has no more calls, tokens or dollars for it; ``code`` says which.
        """
        limits = self.limits
        if limits.calls is not None and len(self.entries) - self._cached >= limits.calls:
            raise LimitReached(f"This run may make {limits.calls} calls, and has made them.", code="run_calls_limit")
        if limits.tokens is not None and self._tokens + reserve_tokens > limits.tokens:
            raise LimitReached(
                f"This run may use {limits.tokens} tokens; {self._tokens} are used or reserved, and a call to {model} "
                f"may need {reserve_tokens}.",
                code="run_tokens_limit",
            )
        if limits.cost_nanousd is not None and self.cost_nanousd + reserve_nanousd > limits.cost_nanousd:
            raise LimitReached(
                f"This run may cost ${usd(limits.cost_nanousd):.6f}; ${usd(self.cost_nanousd):.6f} are spent or "
                f"reserved, and a call to {model} may cost ${usd(reserve_nanousd):.6f}.",
                code="run_cost_limit",
            )
        entry = Entry(
            model=model,
            zone=zone,
            reserved_tokens=reserve_tokens,
            reserved_nanousd=reserve_nanousd,
            cost_nanousd=reserve_nanousd,
        )
        self._tokens += reserve_tokens
        self.cost_nanousd += reserve_nanousd
        self.entries.append(entry)
        return entry

    def enter_cached(self, model: str, zone: str, seconds: float) -> None:
        """Enter an answer that a cache gave in the place of a call."""
        self._cached += 1
        self.entries.append(Entry(model=model, zone=zone, seconds=seconds, outcome="completed", cached=True))

    def close(self, entry: Entry, *, usage: Usage | None, cost_nanousd: int, seconds: float, outcome: Outcome) -> None:
        """Settle an attempt. Without a usage the reservation stays booked, since the vendor may bill it."""
        entry.seconds = seconds
        entry.outcome = outcome
        if usage is None:
            return
        entry.usage = usage
        entry.cost_nanousd = cost_nanousd
        self._tokens += usage.prompt_tokens + usage.completion_tokens - entry.reserved_tokens
        self.cost_nanousd += cost_nanousd - entry.reserved_nanousd
