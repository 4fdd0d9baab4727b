"""What an account needs of whoever settles for it in the background."""

from typing import Protocol

from cothink.store.money import Pot, Refusal
from cothink.store.store import Store
from cothink.traffic.quota.lease import PlaceLease, RateLease
from cothink.traffic.quota.purse import Purse
from cothink.traffic.quota.tally import Tally


class Desk(Protocol):
    """What an account needs of the settler."""

    @property
    def store(self) -> Store:
        """The store."""
        ...

    @property
    def worker(self) -> str:
        """The name of this process in the store."""
        ...

    @property
    def is_away(self) -> bool:
        """The store could not be reached when last asked."""
        ...

    def now(self) -> float:
        """Return seconds of the clock that only grows."""
        ...

    def wall(self) -> float:
        """Return seconds since 1970."""
        ...

    def day(self) -> str:
        """Return today, in UTC."""
        ...

    def next_id(self) -> str:
        """Return a new id for a hold."""
        ...

    async def fill_rate(self, lease: RateLease, amount: int) -> float:
        """Ask the store for a slice and take from it; return 0, or after how many seconds it may be there."""
        ...

    async def fill_place(self, lease: PlaceLease) -> bool:
        """Ask the store for a place and take it; False where there is none."""
        ...

    def went_away(self) -> None:
        """Note that the store cannot be reached."""
        ...

    def purse(self, day: str, pots: tuple[Pot, ...]) -> Purse:
        """Return a new purse, empty, that is settled from here on."""
        ...

    async def fill_purse(self, purse: Purse, nanousd: int) -> Refusal | None:
        """Ask the store for so much, once; return why there is none."""
        ...

    def fill_purse_soon(self, purse: Purse) -> None:
        """Ask the store for what the next calls need."""
        ...

    async def write(self) -> None:
        """Write what is to be written now."""
        ...

    def return_later(self, meter: str, bucket: int, amount: int) -> None:
        """Give back a part of a slice in the next turn of the settler."""
        ...

    def free_later(self, hold_id: str, *, is_kept: bool = False, soon: bool = False) -> None:
        """Free a hold in the next turn, or mark it as one whose cost nobody knows."""
        ...

    def shrink_soon(self, place: PlaceLease) -> None:
        """Give a place back at once."""
        ...

    def write_later(self, tally: Tally) -> None:
        """Write what was counted in the next turn."""
        ...
