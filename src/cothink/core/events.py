"""What happened, told to listeners on the side. A listener that fails never fails a request."""

import logging
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from cothink.core.caching import CacheState, CacheTier
from cothink.core.chunk import Usage

log = logging.getLogger(__name__)

Outcome = Literal["completed", "refused", "cut", "failed"]
"""How a run or a call ended: with a whole answer; turned away before work; left by the client; with an error."""


class RunStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A request was understood and work begins."""

    run_id: str
    model: str
    key: str


class CallEnded(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt at one model ended. ``error`` is an error's code."""

    run_id: str
    model: str
    zone: str
    outcome: Outcome
    usage: Usage | None
    cost_nanousd: int
    seconds: float
    first_chunk_s: float | None = None
    error: str | None = None


class RunEnded(msgspec.Struct, frozen=True, kw_only=True):
    """A request ended, once each. ``usage`` sums its calls; ``error`` is an error's code."""

    run_id: str
    model: str
    key: str
    strategy: str
    outcome: Outcome
    status: int
    usage: Usage
    cost_nanousd: int
    seconds: float
    calls: int
    verification: str | None = None
    error: str | None = None


class CacheUsed(msgspec.Struct, frozen=True, kw_only=True):
    """A cache was asked. ``usage`` is what the answer took when it was made, where it is a hit."""

    run_id: str
    model: str
    state: CacheState
    tier: CacheTier
    usage: Usage | None = None


class StateChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A part changed its state: a child process died, settings were loaded anew, a successor answers for a model."""

    part: str
    state: str
    words: str


Event = RunStarted | CallEnded | CacheUsed | RunEnded | StateChanged
KINDS: tuple[type, ...] = (RunStarted, CallEnded, CacheUsed, RunEnded, StateChanged)
Emit = Callable[[Event], None]


def ignore(event: Event) -> None:
    """Let an event go: for runs that nobody watches."""


def fan_out(listeners: tuple[Emit, ...]) -> Emit:
    """Return one function that tells every listener, whatever one of them does.

    A listener may have an attribute ``hears``, a mapping from kinds of events to functions: it is told these kinds
    only, each by its own function, so that what it does not hear costs nothing.
    """
    told: dict[type, tuple[Callable[[Any], None], ...]] = {kind: _who_hears(kind, listeners) for kind in KINDS}

    def emit(event: Event) -> None:
        for tell in told[type(event)]:
            try:
                tell(event)
            except Exception:  # one of the two places that catch broadly: a broken listener must not fail a request
                log.exception("A listener failed on %s", type(event).__name__)

    return emit


def _who_hears(kind: type, listeners: tuple[Emit, ...]) -> tuple[Callable[[Any], None], ...]:
    heard = [getattr(listener, "hears", None) for listener in listeners]
    pairs = zip(listeners, heard, strict=True)
    return tuple([one if hears is None else hears[kind] for one, hears in pairs if hears is None or kind in hears])
