"""Slices of a limit that this process may use up without asking: plain integers, no clock and no store in here.

The hot path takes from a slice; where it does not suffice, somebody asks the store and puts the grant in.
"""

from cothink.store.meter import LEASE_S, WINDOW, Give, Grant, Take

SHARE = 32  # a slice is at most this part of the limit, so that other workers find something, too
ALONE_S = float(
    WINDOW
)  # without the store a limit is handed out once in so long: what a minute of the store's own counts


class RateLease:
    """A slice of a rate a minute.

    Args:
        meter: The name of the limit in the store.
        cap: The limit.
    """

    __slots__ = (
        "_alone_until",
        "_used",
        "_used_before",
        "bucket",
        "cap",
        "filled",
        "left",
        "left_elsewhere",
        "meter",
        "until",
    )

    def __init__(self, meter: str, cap: int) -> None:
        self.meter = meter
        self.cap = cap
        self.left = 0
        self.until = 0.0  # of the process's own clock; the slice is void from then on
        self.left_elsewhere = cap  # what the store had for others when last asked
        self.bucket: int | None = None  # when it was taken; None: not from the store
        self.filled = 0  # what was left when that was last looked at
        self._used = self._used_before = 0  # in this turn of the settler and in the one before
        self._alone_until = 0.0

    def take(self, amount: int, now: float) -> bool:
        """Use a part of the slice."""
        if self.left < amount or now >= self.until:
            return False
        self.left -= amount
        return True

    def _look(self) -> None:
        """Note what was used since the last look: the hot path counts down only."""
        self._used += self.filled - self.left
        self.filled = self.left

    def wish(self, least: int, waiting: int = 1) -> Take:
        """Return what to ask the store for: what is missing now, more where much is used, never a large share."""
        self._look()
        busy = max(self._used, self._used_before, least * waiting)
        return Take(self.meter, self.cap, least, max(least, min(busy, self.cap // SHARE)))

    def drain(self) -> Give | None:
        """Empty the slice; return what is to be given back."""
        self._look()
        amount, self.left, self.filled = self.left, 0, 0
        return Give(self.meter, amount, self.bucket) if amount and self.bucket is not None else None

    def put(self, grant: Grant, asked_at: float) -> None:
        """Fill an empty slice. It holds from when the store was asked, so a slow answer never makes it live longer."""
        self.left = self.filled = grant.amount
        self.left_elsewhere = grant.left
        self.bucket = grant.bucket
        self.until = asked_at + LEASE_S

    def put_alone(self, now: float) -> None:
        """Fill the slice without the store: this process counts for itself, once in a window."""
        if now < self._alone_until:
            return
        self.left = self.filled = self.cap
        self.bucket = None
        self.until = self._alone_until = now + ALONE_S

    def turn(self, now: float) -> Give | None:
        """Once each second: forget old use, and return a slice whose life ends before the next turn."""
        self._look()
        self._used_before, self._used = self._used, 0
        is_idle = not self._used_before
        return self.drain() if self.bucket is not None and (is_idle or now >= self.until - 1.0) else None

    @property
    def remaining(self) -> int:
        """About how much of the limit is left, in all processes."""
        return self.left + self.left_elsewhere


class PlaceLease:
    """Places at once. What is busy is counted without a limit, too, so that one may be set at any time.

    Args:
        meter: The name of the limit in the store.
        cap: The limit; None is none.
    """

    __slots__ = ("busy", "cap", "meter", "owned")

    def __init__(self, meter: str, cap: int | None) -> None:
        self.meter = meter
        self.cap = cap
        self.busy = 0
        self.owned = 0  # places that the store knows to be ours

    def take(self, *, is_alone: bool = False) -> bool:
        """Use a place; where the store is away, this process lets so many in as the limit says."""
        if self.cap is not None and self.busy >= (max(self.owned, self.cap) if is_alone else self.owned):
            return False
        self.busy += 1
        return True

    def wish(self, cap: int, waiting: int = 1) -> Take:
        """Return what to ask the store for: a place for one, better for all that wait, more where many are busy."""
        missing = max(0, self.busy - self.owned)
        want = missing + max(waiting, min(self.busy, cap // SHARE))
        return Take(self.meter, cap, missing + 1, want, is_place=True)

    def shrink(self) -> Give | None:
        """Give up the places that nobody uses; return how many are still ours, where that is news to the store."""
        if self.owned <= self.busy:
            return None
        self.owned = self.busy
        return self.standing()

    def standing(self) -> Give:
        """Return how many places are ours."""
        return Give(self.meter, self.owned, 0, is_place=True)
