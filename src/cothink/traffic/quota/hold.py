"""What is set aside for one call: tokens of its key's and team's minute, and money in their pots."""

import asyncio

from cothink.core.chunk import Usage
from cothink.core.errors import StoreAway
from cothink.store.money import HeldMoney, Pot, Refusal
from cothink.traffic.quota.desk import Desk
from cothink.traffic.quota.lease import SHARE, RateLease
from cothink.traffic.quota.owner import Owner
from cothink.traffic.quota.purse import Purse
from cothink.traffic.quota.tally import Tally


class CallHold:
    """See `Hold`.

    Args:
        desk: The settler.
        tally: Where the call is counted when it ends.
        model: The model that is called.
        tokens: The most that it may use.
    """

    __slots__ = ("_desk", "_drawn", "_id", "_model", "_purse", "_tally", "_tokens", "day", "slices")

    def __init__(self, desk: Desk, tally: Tally, model: str, tokens: int) -> None:
        self._desk = desk
        self._tally = tally
        self._model = model
        self._tokens = tokens
        self.day = desk.day()  # what is spent counts in the day in which it was set aside
        self.slices: list[tuple[RateLease, int]] = []  # with the bucket that they were taken in
        self._id = ""
        self._purse: Purse | None = None
        self._drawn = 0

    def take_from(self, purse: Purse, nanousd: int, now: float) -> bool:
        """Set money of this process's own slice aside."""
        if not purse.draw(nanousd, now):
            return False
        self._purse, self._drawn = purse, nanousd
        return True

    @property
    def is_paid(self) -> bool:
        """Money is set aside for this call in the store."""
        return bool(self._id)

    async def take_tokens(self, owners: tuple[Owner, ...]) -> None:
        """Set tokens aside.

        Raises:
            RateReached: There are not so many left in this minute.
        """
        desk, tokens = self._desk, self._tokens
        for owner in owners:
            lease = owner.tokens
            if lease is None:
                continue
            if not lease.take(tokens, desk.now()) and (wait_s := await desk.fill_rate(lease, tokens)):
                raise owner.too_fast(lease, wait_s)
            if lease.bucket is not None:
                self.slices.append((lease, lease.bucket))

    async def take_money(self, pots: tuple[Pot, ...], nanousd: int, key: tuple[str, str]) -> Refusal | None:
        """Set money aside in the store, under an id that is freed when the call ends.

        Raises:
            StoreAway: The store cannot be reached.
        """
        desk = self._desk
        money = HeldMoney(
            id=desk.next_id(),
            worker=desk.worker,
            key=key[0],
            team=key[1],
            model=self._model,
            pots=tuple(pot.name for pot in pots),
            nanousd=nanousd,
            at=desk.wall(),
        )
        asked = asyncio.create_task(desk.store.hold(money, pots))
        try:
            refusal = await asyncio.shield(asked)
        except asyncio.CancelledError:  # the client left; the store has its say first, then the money is free again
            asked.add_done_callback(lambda done: self._let_go(done, money.id))
            raise
        except StoreAway as error:  # its answer got lost, so it may be held all the same
            desk.free_later(money.id)
            desk.went_away()
            raise away() from error
        if refusal is None:
            self._id = money.id
        return refusal

    def _let_go(self, asked: "asyncio.Task[Refusal | None]", id: str) -> None:
        if not asked.cancelled() and isinstance(asked.exception(), StoreAway):
            self._desk.went_away()
        self._desk.free_later(id)

    def settle(self, usage: Usage | None, nanousd: int) -> None:
        """Book what the call used. Without a usage, money stays set aside."""
        if usage is None:
            if self._id:
                self._desk.free_later(self._id, is_kept=True)
            return
        used = usage.prompt_tokens + usage.completion_tokens
        if (used or nanousd) and self._tally.add(self.day, self._model, usage, nanousd):
            self._desk.write_later(self._tally)
        if self.slices:
            self.return_tokens(used)
        if self._purse is not None:
            self._purse.settle(self._drawn, nanousd)
        if self._id:
            self._desk.free_later(self._id, soon=True)

    def return_tokens(self, used: int) -> None:
        """Give back the tokens that were not used; where more were used, they count, too."""
        rest = self._tokens - used
        if rest:
            for lease, bucket in self.slices:
                if lease.bucket == bucket and 0 < rest <= lease.cap // SHARE - lease.left:
                    lease.left += rest  # of the slice that they were taken from, which stays a small one
                else:
                    self._desk.return_later(lease.meter, bucket, rest)


def away() -> StoreAway:
    """Return the error of a hosted call while the store is away."""
    return StoreAway(
        "The store of keys and budgets cannot be reached, so no hosted model is asked; models on the site answer.",
        retry_after_s=5,
    )
