"""What a store does, whatever keeps it: one protocol for SQLite and Redis."""

from typing import Protocol

from cothink.store.key import Changes, KeyRecord, Team
from cothink.store.meter import Beat, Give, Grant, Take
from cothink.store.money import Bookings, HeldMoney, Pot, Refusal, Slice, Sliced, Spend


class Store(Protocol):
    """Keys, rates and money that several processes share.

    It opens by itself at the first call. Every method raises StoreAway where the store cannot be reached, is full, or
    lost its data; then nothing was done, or, where an answer got lost, it may be done again with the same result.
    """

    @property
    def place(self) -> str:
        """Where it is, in words without a password."""
        ...

    async def aclose(self) -> None:
        """Close what is open."""
        ...

    async def changes(self, since: int) -> Changes:
        """Return the keys and teams that were changed after a version; 0 returns all."""
        ...

    async def put_key(self, record: KeyRecord) -> None:
        """Write a key, new or changed.

        Raises:
            BadRequest: Another key has its name.
        """
        ...

    async def put_first_admin(self, record: KeyRecord) -> bool:
        """Write a key where no admin key was ever written; say whether it was."""
        ...

    async def put_team(self, team: Team) -> None:
        """Write a team, new or changed."""
        ...

    async def beat(self, worker: str, steady_ms: int) -> Beat:
        """Say that a worker lives, and tell the time that it reckons on the shared clock; free what the dead held."""
        ...

    async def take(self, worker: str, steady_ms: int, take: Take, gives: tuple[Give, ...] = ()) -> Grant:
        """Give back what was not used, then lease a slice."""
        ...

    async def give(self, worker: str, gives: tuple[Give, ...]) -> None:
        """Give back what was not used."""
        ...

    async def hold(self, hold: HeldMoney, pots: tuple[Pot, ...]) -> Refusal | None:
        """Set money aside in all pots or in none. The same id again changes nothing."""
        ...

    async def slice(self, slice: Slice) -> Sliced:
        """Set money aside for many calls of a worker that told of itself a moment ago, in all pots or in none."""
        ...

    async def book(self, bookings: Bookings) -> None:
        """Write what was spent and free what was held, in one step, once for each number of a worker."""
        ...

    async def spent(self, since: str = "", until: str = "") -> list[Spend]:
        """Return what was spent from one day to another, both included; empty is no bound."""
        ...

    async def pot(self, name: str) -> tuple[int, int]:
        """Return what is spent and what is held of a pot, in nano-dollars."""
        ...

    async def held(self) -> list[HeldMoney]:
        """Return every hold that is open, oldest first."""
        ...
