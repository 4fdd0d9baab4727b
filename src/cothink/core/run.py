"""What belongs to one run and travels in the open, as ``request.run``: no globals, no context variables."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

from cothink.core.account import Account
from cothink.core.caching import CacheMark, CacheRule
from cothink.core.deadline import Deadline, Times
from cothink.core.events import Emit, ignore
from cothink.core.ledger import Ledger, Limits

Verification = Literal["verified", "unverified", "refuted"]
MAX_STEPS = 1_000  # a trace is for reading; what comes after is counted, not kept


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks: the name of the key, and the tenant whose cache and records are this caller's.

    Args:
        priority: How many turns this key gets for one of another key's, where calls wait.
        cache: Answers may come from the exact cache.
        semantic_cache: Answers may come from the semantic cache: an opt-in for each key.
        admin: May manage keys, teams and spend.
        account: What the key may still use; None is no limit.
    """

    key: str = "anonymous"
    tenant: str = ""
    priority: int = 1
    cache: bool = True
    semantic_cache: bool = False
    admin: bool = False
    account: Account | None = None


class Step(msgspec.Struct, frozen=True):
    """Something that happened, ``at_s`` seconds after the run began."""

    name: str
    at_s: float
    detail: Any = None


class Trace:
    """The steps of one run, in order."""

    __slots__ = ("_clock", "_started_at", "dropped", "steps")

    def __init__(self, clock: Callable[[], float] = time.monotonic, started_at: float | None = None) -> None:
        self._clock = clock
        self._started_at = clock() if started_at is None else started_at
        self.steps: list[Step] = []
        self.dropped = 0

    def note(self, name: str, detail: Any = None) -> None:
        """Add a step. ``detail`` is a frozen value that can be encoded as JSON; no raw thoughts, no secrets."""
        if len(self.steps) >= MAX_STEPS:
            self.dropped += 1
            return
        self.steps.append(Step(name, round(self._clock() - self._started_at, 6), detail))


class Progress:
    """Words for whoever waits while a team works. Without a listener they are lost, and that is fine."""

    __slots__ = ("listener",)

    def __init__(self) -> None:
        self.listener: Callable[[str], None] | None = None

    def note(self, words: str) -> None:
        """Say what goes on, in one line."""
        if self.listener is not None:
            self.listener(words)


class Run:
    """One request of a client with everything that is done for it.

    Args:
        id: The request id, also the trace id.
        limits: The most that all sub-calls together may use.
        times: The most seconds.
        emit: Where events go.
        strategy: What answers, where that is known from the start.

    The attributes after the parts are the run's report: whoever answers sets them, the gateway shows them.
    """

    __slots__ = (
        "_clock",
        "_progress",
        "_trace",
        "cache_mark",
        "cache_rule",
        "caller",
        "deadline",
        "decision",
        "emit",
        "id",
        "ledger",
        "stopped_by",
        "strategy",
        "verification",
        "warnings",
    )

    def __init__(
        self,
        id: str,
        *,
        caller: Caller = Caller(),
        limits: Limits = Limits(),
        times: Times = Times(),
        emit: Emit = ignore,
        clock: Callable[[], float] = time.monotonic,
        strategy: str = "",
    ) -> None:
        self.id = id
        self.caller = caller
        self.emit = emit
        self.ledger = Ledger(limits)
        self.deadline = Deadline(times, clock)
        self._clock = clock
        self._trace: Trace | None = None  # plain calls need neither
        self._progress: Progress | None = None
        self.strategy = strategy  # the strategy that answered
        self.decision: str | None = None  # why it was chosen, in words
        self.verification: Verification | None = None  # None: nothing was to be checked
        self.stopped_by: str | None = None  # the limit that ended the work early
        self.warnings: list[str] = []
        self.cache_rule: CacheRule | None = None  # what the client said to caches
        self.cache_mark: CacheMark | None = None  # what a cache around the answer did; None: there is none

    @property
    def trace(self) -> Trace:
        """What was done, step by step."""
        if self._trace is None:
            self._trace = Trace(self._clock, self.deadline.started_at)
        return self._trace

    @property
    def steps(self) -> Sequence[Step]:
        """The steps of the trace so far."""
        return () if self._trace is None else self._trace.steps

    @property
    def progress(self) -> Progress:
        """Words for whoever waits."""
        if self._progress is None:
            self._progress = Progress()
        return self._progress

    def warn(self, words: str) -> None:
        """Tell the client something that it should know, once."""
        if words not in self.warnings:
            self.warnings.append(words)
