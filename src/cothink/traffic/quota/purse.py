"""A slice of a key's budgets, and its team's, that this process may spend without asking: integers, no store here.

A call on the site draws what it may cost at most, and puts back what it did not cost. What calls cost is told to the
store in the same step in which the slice shrinks by it, so that no money counts twice and none is forgotten.
"""

from typing import Final

from cothink.store.money import Drawn, Pot, Refusal, Slice

AHEAD_TURNS: Final = 2  # so many turns of recent spending are kept at hand


class Purse:
    """The money of one key in one day.

    Args:
        id: Its name in the store.
        day: The day whose pots it is a part of.
        pots: They, with their limits.

    Attributes:
        left: What may be drawn.
        until: By this process's own clock; nothing is drawn from then on.
        low: With less left, more is asked for in the background.
    """

    __slots__ = (
        "_before",
        "_held",
        "_lowest",
        "_open",
        "_refused",
        "_refused_until",
        "_spent",
        "_unbooked",
        "day",
        "id",
        "is_asked_for",
        "is_closed",
        "left",
        "low",
        "pots",
        "until",
    )

    def __init__(self, id: str, day: str, pots: tuple[Pot, ...]) -> None:
        self.id = id
        self.day = day
        self.pots = pots
        self.left = self.low = 0
        self.until = 0.0
        self.is_asked_for = False
        self.is_closed = False
        self._held = 0  # what the store holds for it: left, open, and spent and not yet told
        self._open = 0  # drawn by calls that run
        self._unbooked = 0  # spent or given back, and not yet told
        self._spent = self._before = 0  # in this turn and the one before
        self._lowest = 0  # the least that was left since the last turn
        self._refused: tuple[int, Refusal] | None = None
        self._refused_until = 0.0

    def draw(self, nanousd: int, now: float) -> bool:
        """Set aside what a call may cost."""
        left = self.left - nanousd
        if left < 0 or now >= self.until:
            return False
        self.left = left
        self._open += nanousd
        if left < self._lowest:  # noqa: PLR1730  # on the way of every call
            self._lowest = left
        return True

    def settle(self, drawn: int, nanousd: int) -> None:
        """Put back what a call did not cost."""
        self._open -= drawn
        self._spent += nanousd
        self._unbooked += nanousd
        if not self.is_closed:
            self.left += drawn - nanousd

    def wish(self, worker: str, nanousd: int, waiting: int) -> Slice:
        """Return what to ask the store for: what a call lacks; more for all that wait, and for the next ones."""
        least = max(0, nanousd - self.left)
        ahead = AHEAD_TURNS * max(self._spent, self._before) - self.left
        want = max(ahead, nanousd * waiting - self.left, least)
        return Slice(id=self.id, worker=worker, pots=self.pots, least=least, want=want)

    def put(self, nanousd: int, until: float) -> None:
        """Take what the store granted."""
        self._held += nanousd
        self.left += nanousd
        self.until = until
        if not nanousd:
            self.low = 0  # there is none to be had ahead; asked again after the next turn

    def refuse(self, nanousd: int, refusal: Refusal, until: float) -> None:
        """Note that the store has not so much, which stands for a moment without asking again."""
        self._refused, self._refused_until = (nanousd - self.left, refusal), until

    def refusal(self, nanousd: int, now: float) -> Refusal | None:
        """Return the store's refusal of as little a moment ago."""
        if self._refused is None or now >= self._refused_until:
            return None
        missing, refusal = self._refused
        return refusal if nanousd - self.left >= missing else None

    def turn(self, day: str, until: float) -> None:
        """Once each second: give back what was at hand and not needed, and look how much is spent.

        Args:
            day: Today.
            until: So long the store frees nothing of ours.
        """
        self.until = until
        recent = max(self._spent, self._before)
        self._before, self._spent = self._spent, 0
        self.low = recent
        spare = min(self._lowest, self.left) - AHEAD_TURNS * recent
        if spare > 0:
            self._unbooked += spare
            self.left -= spare
        self._lowest = self.left
        if day != self.day or not (recent or self._held):
            self.close()

    def spill(self) -> bool:
        """Give back all that no call needs; say whether there was any."""
        spilt, self.left = max(0, self.left), min(0, self.left)
        self._unbooked += spilt
        return spilt > 0

    def close(self) -> None:
        """Draw no more: the day is over, or the store may know it otherwise than we do."""
        self.spill()
        self.left = 0
        self.is_closed = True

    @property
    def is_over(self) -> bool:
        """Closed, with nothing to come."""
        return self.is_closed and not self._open and not self.is_asked_for

    def drain(self) -> Drawn | None:
        """Return by how much the slice shrinks, to be told together with the spendings."""
        amount, self._unbooked = min(self._unbooked, self._held), 0
        self._held -= amount
        if not self.is_closed:
            self.left = self._held - self._open  # less than nothing where calls cost more than they drew
        return Drawn(self.id, amount) if amount else None
