"""What is set aside for one call: tokens of its key's and team's minute, and money in their pots."""

import asyncio

from cothink.core.chunk import Usage
from cothink.core.errors import StoreAway
from cothink.store.meter import Give
from cothink.store.money import HeldMoney, Refusal
from cothink.traffic.quota.desk import Desk
from cothink.traffic.quota.lease import RateLease
from cothink.traffic.quota.owner import Owner
from cothink.traffic.quota.tally import Tally


class CallHold:
    """See `Hold`.

    Args:
        desk: The settler.
        tally: Where the call is counted when it ends.
        model: The model that is called.
        zone: Where it stands.
        tokens: The most that it may use.
    """

    __slots__ = ("_day", "_desk", "_id", "_model", "_slices", "_tally", "_tokens", "_zone")

    def __init__(self, desk: Desk, tally: Tally, model: str, zone: str, tokens: int) -> None:
        self._desk = desk
        self._tally = tally
        self._model = model
        self._zone = zone
        self._tokens = tokens
        self._day = desk.day()  # what is spent counts in the day in which it was set aside
        self._slices: list[tuple[RateLease, int]] = []  # with the bucket that they were taken in
        self._id = ""

    @property
    def is_paid(self) -> bool:
        """Money for a vendor is set aside: on the site nobody sends a bill, so there an estimate will do."""
        return bool(self._id) and self._zone == "hosted"

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
                self._slices.append((lease, lease.bucket))

    async def take_money(self, owners: tuple[Owner, ...], nanousd: int, key: tuple[str, str]) -> None:
        """Set money aside, under an id that is freed when the call ends.

        Raises:
            BudgetSpent: A pot has not enough.
            StoreAway: The store cannot be reached, and the model is hosted.
        """
        desk = self._desk
        if desk.is_away and self._zone != "hosted":
            return
        pots = tuple(pot for owner in owners for pot in owner.pots(self._day))
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
            if self._zone == "hosted":
                raise away() from error
            return
        if refusal is not None:
            owner = owners[-1] if refusal.pot.startswith("team:") else owners[0]
            raise owner.spent(refusal, self._model, nanousd, desk.wall())
        self._id = money.id

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
        if (usage.total_tokens or nanousd) and self._tally.add(self._day, self._model, usage, nanousd):
            self._desk.write_later(self._tally)
        self.return_tokens(usage.total_tokens)
        if self._id:
            self._desk.free_later(self._id, soon=True)

    def return_tokens(self, used: int) -> None:
        """Give back the tokens that were not used; where more were used, they count, too."""
        rest = self._tokens - used
        if rest:
            for lease, bucket in self._slices:
                self._desk.return_later(Give(lease.meter, rest, bucket))


def away() -> StoreAway:
    """Return the error of a hosted call while the store is away."""
    return StoreAway(
        "The store of keys and budgets cannot be reached, so no hosted model is asked; models on the site answer.",
        retry_after_s=5,
    )
