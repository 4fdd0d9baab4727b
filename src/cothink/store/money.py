"""Money as it rests: what is set aside, what was spent, in whole nano-dollars.

A pot is the money of a key or a team in one day or one month, by the wall clock in UTC when the call was made. A hold
sets a part of up to four pots aside; a booking frees it and adds what was really spent, in one transaction.

A slice is money that a worker sets aside for many calls: it grows when the worker asks for more, and shrinks by what
the worker books or gives back. The slices of a worker that is silent for too long are freed.
"""

from datetime import UTC, datetime
from typing import Final

import msgspec

SHARE: Final = 100  # beyond what a call needs, a slice grows by this part of what is left: others need some, too


class Pot(msgspec.Struct, frozen=True):
    """One pot, such as ``key:k1:2026-11-24`` or ``team:red:2026-11``, and its limit if it has one."""

    name: str
    cap_nanousd: int | None = None


class HeldMoney(msgspec.Struct, frozen=True, kw_only=True):
    """Money that is set aside for one call.

    Args:
        pots: The names of the pots.
        is_kept: The call ended without a usage: only a person can say what it cost.
    """

    id: str
    worker: str
    key: str
    team: str
    model: str
    pots: tuple[str, ...]
    nanousd: int
    at: float
    is_kept: bool = False


class Refusal(msgspec.Struct, frozen=True):
    """Why money was not set aside: the first pot that is too small."""

    pot: str
    cap_nanousd: int
    spent_nanousd: int
    held_nanousd: int


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """A slice, new or grown, that a worker asks for.

    Args:
        id: Its name; the worker's own, never used again once it was closed.
        pots: What it is a part of.
        least: With less the worker cannot go on; 0 where it only wants to have some at hand.
        want: What it would like; above ``least`` it gets no large share of what is left.
    """

    id: str
    worker: str
    pots: tuple[Pot, ...]
    least: int
    want: int

    def share(self, left: int) -> int:
        """Return what it gets of what is left, where that is ``least`` or more."""
        return max(self.least, min(self.want, left // SHARE))


class Sliced(msgspec.Struct, frozen=True):
    """The store's answer: what was added to the slice, or why nothing was."""

    nanousd: int
    refusal: Refusal | None = None


class Drawn(msgspec.Struct, frozen=True):
    """By how much a slice shrinks: what was spent of it, booked in the same step, and what is given back."""

    id: str
    nanousd: int


class Spend(msgspec.Struct, frozen=True, kw_only=True):
    """What one key spent on one model in one day."""

    day: str
    key: str
    team: str
    model: str
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    nanousd: int = 0

    def __add__(self, other: "Spend") -> "Spend":
        return msgspec.structs.replace(
            self,
            calls=self.calls + other.calls,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            nanousd=self.nanousd + other.nanousd,
        )


class Bookings(msgspec.Struct, frozen=True, kw_only=True):
    """One batch of a worker, written once however often it is sent.

    Args:
        number: Grows with each batch of the worker; a number that was seen is skipped.
        spends: What was spent.
        freed: Ids of holds whose calls ended with a usage, or never began.
        kept: Ids of holds whose calls ended without one.
        drawn: Slices that shrink.
        closed: Ids of slices whose rest is given back.
    """

    worker: str
    number: int
    spends: tuple[Spend, ...] = ()
    freed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    drawn: tuple[Drawn, ...] = ()
    closed: tuple[str, ...] = ()


def day_of(now: float) -> str:
    """Return the day of a time since 1970, in UTC."""
    return datetime.fromtimestamp(now, UTC).date().isoformat()


def pot_names(key: str, team: str, day: str) -> tuple[str, ...]:
    """Return the pots of a key and its team: the day's, then the month's, for each."""
    owners = (f"key:{key}", f"team:{team}") if team else (f"key:{key}",)
    return tuple(f"{owner}:{span}" for owner in owners for span in (day, day[:7]))


def pots_of(spend: Spend) -> tuple[str, ...]:
    """Return the pots that a spending counts in."""
    return pot_names(spend.key, spend.team, spend.day)
