"""Lets a replica rest that fails, and lets one call at a time find out whether it is well again.

closed --failures in a row, or a share of a window--> open --after open_s--> half open --a good call--> closed
                                                        ^---------------- a bad call -----'
"""

import random
from collections.abc import Callable
from typing import Final

from cothink.core.events import Emit, StateChanged, ignore
from cothink.traffic.balance_config import BreakerConfig

CLOSED: Final = 0
OPEN: Final = 1
HALF_OPEN: Final = 2
NAMES: Final = ("closed", "open", "half_open")


class Breaker:
    """The state of one replica, told by its calls.

    Every call takes a ticket with `begin` and hands it back once with `succeed`, `fail` or `drop`. A ticket from before
    the last change of state says nothing about now and is not counted.

    Args:
        name: The replica's name, for the event.
        config: See `BreakerConfig`.
        chance: Returns 0 to 1, for the jitter.
        emit: Told each change of state.
    """

    __slots__ = (
        "_chance",
        "_config",
        "_emit",
        "_fails",
        "_in_row",
        "_is_probed",
        "_opened",
        "_since",
        "_total",
        "epoch",
        "has_failures",
        "name",
        "retry_at",
        "state",
    )

    def __init__(
        self,
        name: str,
        config: BreakerConfig,
        *,
        chance: Callable[[], float] = random.random,
        emit: Emit = ignore,
    ) -> None:
        self.name = name
        self._config = config
        self._chance = chance
        self._emit = emit
        self.state = CLOSED
        self.epoch = 0  # counts the changes of state
        self.retry_at = 0.0  # when an open breaker lets a probe through
        self.has_failures = False  # there never was one: then good calls need not be told
        self._in_row = 0
        self._opened = 0  # rests since the last good call
        self._fails = self._total = 0
        self._since = -1.0  # when the window began; before 0 there is none
        self._is_probed = False

    def admits(self, now: float) -> bool:
        """Say whether a call may begin: closed, or the rest is over and nobody probes yet."""
        if self.state == CLOSED:
            return True
        if self.state == OPEN:
            return now >= self.retry_at
        return not self._is_probed

    def begin(self, now: float) -> int:
        """Begin a call that `admits` allowed; return its ticket."""
        if self.state == OPEN and now >= self.retry_at:
            self._turn(HALF_OPEN, "a call finds out whether it answers again")
        if self.state == HALF_OPEN:
            self._is_probed = True
        return self.epoch

    def answer(self, ticket: int) -> int:
        """The first chunk came: a probe closes the breaker. Return the ticket to go on with."""
        if self.state != HALF_OPEN or ticket != self.epoch:
            return ticket
        self._turn(CLOSED, "it answers again")
        return self.epoch

    def succeed(self, ticket: int) -> None:
        """The call ended well."""
        if ticket != self.epoch or self.state != CLOSED:
            return
        self._in_row = self._opened = 0
        if self._since >= 0:
            self._total += 1

    def fail(self, ticket: int, now: float) -> None:
        """The call failed through the replica's fault."""
        if ticket != self.epoch:
            return
        self.has_failures = True
        if self.state == HALF_OPEN:
            self._open(now, "it failed again")
            return
        config = self._config
        if self._since < 0 or now - self._since > config.window_s:
            self._since = now
            self._total = self._fails = 0
        self._in_row += 1
        self._total += 1
        self._fails += 1
        if self._in_row >= config.failures:
            self._open(now, f"{self._in_row} calls failed in a row")
        elif self._total >= config.window_calls and self._fails >= config.failure_share * self._total:
            self._open(now, f"{self._fails} of {self._total} calls failed")

    def drop(self, ticket: int) -> None:
        """The call ended without a word about the replica: the client left, or the request was at fault."""
        if self.state == HALF_OPEN and ticket == self.epoch:
            self._is_probed = False

    def _open(self, now: float, words: str) -> None:
        config = self._config
        rest_s = min(config.open_most_s, config.open_s * 2.0 ** min(self._opened, 40))
        self._opened += 1
        self.retry_at = now + rest_s * (1 + config.jitter * self._chance())
        self._turn(OPEN, f"{words}; it rests for {self.retry_at - now:.1f} s")

    def _turn(self, state: int, words: str) -> None:
        self.state = state
        self.epoch += 1
        self._in_row = 0
        self._since = -1.0
        self._is_probed = False
        self._emit(StateChanged(part=f"replica {self.name}", state=NAMES[state], words=words))
