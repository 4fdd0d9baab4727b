"""How long a run may take. One lazy watchdog reads it; nothing sets a timer for each chunk."""

import time
from collections.abc import Callable

import msgspec


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """The most seconds of a run; None is no limit.

    Args:
        whole_s: From the start to the end, over all tries and sub-calls.
        first_s: To the first content.
        idle_s: Between two pieces of content. Comments and empty frames are no content.
    """

    whole_s: float | None = None
    first_s: float | None = None
    idle_s: float | None = None


class Deadline:
    """The clock of one run."""

    __slots__ = ("_first", "clock", "last_content_at", "started_at", "times")

    def __init__(self, times: Times, clock: Callable[[], float] = time.monotonic) -> None:
        self.times = times
        self.clock = clock
        self.started_at = self.last_content_at = clock()
        self._first = True

    def touch(self) -> None:
        """Content came."""
        self._first = False
        self.last_content_at = self.clock()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the run began."""
        return self.clock() - self.started_at

    @property
    def left_s(self) -> float | None:
        """Seconds of the whole that are left, at least 0; None is no limit."""
        return None if self.times.whole_s is None else max(0.0, self.times.whole_s - self.elapsed_s)

    @property
    def due_in_s(self) -> float | None:
        """Seconds until some limit would be passed if nothing came, negative when one is; None is no limit."""
        now = self.clock()
        times = self.times
        dues = []
        if times.whole_s is not None:
            dues.append(self.started_at + times.whole_s - now)
        quiet_s = times.first_s if self._first else times.idle_s
        if quiet_s is not None:
            dues.append(self.last_content_at + quiet_s - now)
        return min(dues, default=None)

    @property
    def overdue(self) -> str | None:
        """In words which limit is passed; None when none is."""
        now = self.clock()
        times = self.times
        if times.whole_s is not None and now - self.started_at >= times.whole_s:
            return f"The run may take {times.whole_s:g} s in all, and has."
        if self._first:
            if times.first_s is not None and now - self.started_at >= times.first_s:
                return f"Nothing came for {times.first_s:g} s."
        elif times.idle_s is not None and now - self.last_content_at >= times.idle_s:
            return f"Nothing more came for {times.idle_s:g} s."
        return None
