"""Rates and places at once, as processes lease them from the store.

Every minute is counted in buckets of a second on a clock that all workers share and that only grows: each worker
tells the time that it reckons, and the store keeps the latest. A wall clock that jumps does not move it. Who was silent
for longer than `SILENT_S` reckons no more and takes the store's time as it is, so that nobody moves the clock further
than that past a slice that somebody else has just taken; time in which nobody asked at all is not counted.

A slice counts in the bucket in which it was taken and may be used for `LEASE_S` after that. The store counts over
`WINDOW` buckets: a minute, that life, and what the clock may be wrong by. So no minute holds more than the limit,
wherever it begins.
"""

import msgspec

LEASE_S = 2
SILENT_S = 2
WINDOW = 60 + LEASE_S + SILENT_S + 1  # and one, since a bucket is a whole second
WORKER_LOST_MS = 15_000  # a worker that said nothing for so long is dead, and its places are free


class Take(msgspec.Struct, frozen=True):
    """A slice that a worker asks for.

    Args:
        meter: Whose limit of what, such as ``key:k1:requests``.
        cap: The limit.
        least: With less it cannot go on.
        want: What it would like, at least ``least``.
        is_place: Places at once, held until they are given back; else a rate a minute.
    """

    meter: str
    cap: int
    least: int
    want: int
    is_place: bool = False


class Give(msgspec.Struct, frozen=True):
    """A part of a slice that was not used, or, where it is negative, what was used beyond it.

    ``bucket`` is the one that it was taken in. For places, ``amount`` is how many the worker still has, so that saying
    it twice does no harm.
    """

    meter: str
    amount: int
    bucket: int
    is_place: bool = False


class Grant(msgspec.Struct, frozen=True):
    """The store's answer.

    Args:
        amount: Between ``least`` and ``want``, or 0.
        bucket: When it was taken.
        left: What is left for others.
        wait_ms: After which time ``least`` may be there; 0 where it was granted or nobody knows.
        steady_ms: The shared clock.
    """

    amount: int
    bucket: int
    left: int
    wait_ms: int
    steady_ms: int


class Beat(msgspec.Struct, frozen=True):
    """What a worker learns each second: the shared clock, and the version of the keys."""

    steady_ms: int
    version: int
