"""Whose limits they are, a key's or a team's: the slices that this process has of them, and words for a refusal."""

from datetime import UTC, datetime, timedelta

from cothink.core.errors import BudgetSpent, LimitReached, RateReached
from cothink.core.price import usd
from cothink.store.key import Quota
from cothink.store.money import Pot, Refusal
from cothink.traffic.quota.lease import PlaceLease, RateLease


class Owner:
    """The leases of a key or of a team.

    Args:
        words: Who it is, for the words of a refusal.
        name: Who it is, in the store.
    """

    __slots__ = ("name", "place", "quota", "requests", "tokens", "words")

    def __init__(self, words: str, name: str, quota: Quota) -> None:
        self.words = words
        self.name = name
        self.place = PlaceLease(f"{name}:at_once", quota.at_once)
        self.requests: RateLease | None = None
        self.tokens: RateLease | None = None
        self.renew(quota)

    def renew(self, quota: Quota) -> None:
        """Take new limits; what runs and what was leased stays."""
        self.quota = quota
        self.place.cap = quota.at_once
        self.requests = _renewed(self.requests, f"{self.name}:requests", quota.requests)
        self.tokens = _renewed(self.tokens, f"{self.name}:tokens", quota.tokens)

    def pots(self, day: str) -> tuple[Pot, Pot]:
        """Return the pots of a day and its month."""
        quota = self.quota
        return Pot(f"{self.name}:{day}", quota.day_nanousd), Pot(f"{self.name}:{day[:7]}", quota.month_nanousd)

    def all_busy(self) -> LimitReached:
        """Too many at once."""
        return RateReached(
            f"{self.place.cap} requests of {self.words} run at once; more are not allowed.", retry_after_s=1
        )

    def too_fast(self, lease: RateLease, wait_s: float) -> LimitReached:
        """Too many requests or tokens in a minute."""
        what = "requests" if lease is self.requests else "tokens"
        return RateReached(
            f"Rate limit reached for {self.words}: {lease.cap} {what} a minute are allowed.", retry_after_s=wait_s
        )

    def spent(self, refusal: Refusal, model: str, nanousd: int, now: float) -> LimitReached:
        """A budget has not enough; where only what is set aside stands in the way, it may be free in a moment."""
        is_month = len(refusal.pot.rpartition(":")[2]) == len("2026-11")
        is_held = refusal.spent_nanousd + nanousd <= refusal.cap_nanousd
        return BudgetSpent(
            f"The budget of {self.words} is ${usd(refusal.cap_nanousd):.6f} a {'month' if is_month else 'day'}; "
            f"${usd(refusal.spent_nanousd):.6f} are spent and ${usd(refusal.held_nanousd):.6f} reserved for calls that "
            f"run, and a call to {model} may cost ${usd(nanousd):.6f}.",
            retry_after_s=1 if is_held else _until_next(now, is_month),
        )


def _renewed(lease: RateLease | None, meter: str, cap: int | None) -> RateLease | None:
    if cap is None:
        return None
    if lease is None:
        return RateLease(meter, cap)
    lease.cap = cap
    return lease


def _until_next(now: float, is_month: bool) -> float:
    """Return the seconds to the next day or month, in UTC."""
    today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    following = (today.replace(day=1) + timedelta(days=32)).replace(day=1) if is_month else today + timedelta(days=1)
    return following.timestamp() - now
