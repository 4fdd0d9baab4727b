"""One key's limits in this process: entered and left by each request, held and settled by each call.

In the allowed case everything is integers in this process. The store is asked where a slice is empty, and before a
call that costs money.
"""

from typing import Final

from cothink.core.chunk import Usage
from cothink.store.key import KeyRecord, Team, allows
from cothink.store.money import Pot, Refusal
from cothink.traffic.quota.desk import Desk
from cothink.traffic.quota.hold import CallHold, away
from cothink.traffic.quota.lease import PlaceLease, RateLease
from cothink.traffic.quota.owner import Owner
from cothink.traffic.quota.purse import Purse
from cothink.traffic.quota.tally import Tally

FEW, IDLE = 64, 4  # of so few places at once hardly one lies idle here, 1/16, while another process may want it
MOST_NAMES: Final = 1000  # of models whose answer is remembered: clients write dials into names
Shown = tuple[tuple[bytes, bytes], bytes, RateLease]


class QuotaAccount:
    """One key's limits. See `Account`.

    Args:
        record: The key.
        team: Its team, where it has one.
        owners: The key's own leases, then the team's, which all its keys here share.
        desk: The settler.
    """

    __slots__ = (
        "_desk",
        "_has_budget",
        "_id",
        "_may_use",
        "_models",
        "_must_hold",
        "_owners",
        "_places",
        "_purse",
        "_requests",
        "_shown",
        "_tally",
        "_team_models",
        "_tokens",
        "most_output_tokens",
        "most_tokens",
    )

    def __init__(self, record: KeyRecord, team: Team | None, owners: tuple[Owner, ...], desk: Desk) -> None:
        self._desk = desk
        self._tally = Tally(record.id, record.team)
        self._purse: Purse | None = None
        self.renew(record, team, owners)

    def renew(self, record: KeyRecord, team: Team | None, owners: tuple[Owner, ...]) -> None:
        """Take what was changed in the store."""
        self._id = (record.id, record.team)
        self._owners = owners
        self._models = record.models
        self._team_models = team.models if team else ()
        self._places = tuple(owner.place for owner in owners)
        self._requests = tuple(owner.requests for owner in owners if owner.requests is not None)
        tokens = self._tokens = tuple(owner.tokens for owner in owners if owner.tokens is not None)
        self.most_tokens = min((lease.cap for lease in tokens), default=None)
        both = ((self._requests, b"requests"), (tokens, b"tokens"))
        self._shown = tuple([_shown(lease, what) for lease in leases] for leases, what in both if leases)
        self._may_use: dict[tuple[str, str], bool] = {}
        self._has_budget = any(owner.quota.has_budget for owner in owners)
        self.most_output_tokens = record.most_output_tokens
        if self._purse is not None:
            self._purse.close()  # its pots may have other limits now
        self._must_hold = self._has_budget or bool(tokens) or record.most_output_tokens is not None

    def enter(self, now: float) -> bool:
        """See `Account.enter`."""
        for lease in self._requests:
            if lease.left > 0 and now < lease.until:
                lease.left -= 1
            else:
                self._unask(lease)
                return False
        for place in self._places:
            if place.cap is None or place.busy < place.owned:
                place.busy += 1
            else:
                self._unplace(place)
                self._unask(None)
                return False
        return True

    def _unask(self, until: RateLease | None) -> None:
        """Put back the requests that were taken before a limit that had none."""
        for lease in self._requests:
            if lease is until:
                return
            lease.left += 1

    def _unplace(self, until: PlaceLease | None) -> None:
        for place in self._places:
            if place is until:
                return
            place.busy -= 1

    async def enter_slowly(self) -> None:
        """See `Account.enter_slowly`."""
        for place, owner in zip(self._places, self._owners, strict=True):
            if not (place.take() or await self._placed(place)):
                self._unplace(place)
                raise owner.all_busy()
        try:
            await self._ask()
        except BaseException:
            self.leave()
            raise

    async def _ask(self) -> None:
        """Take a request from each slice, filled where it is empty."""
        desk = self._desk
        for owner in self._owners:
            lease = owner.requests
            if lease is None or lease.take(1, desk.now()):
                continue
            if wait_s := await desk.fill_rate(lease, 1):
                self._unask(lease)
                raise owner.too_fast(lease, wait_s)

    async def _placed(self, place: PlaceLease) -> bool:
        try:
            return await self._desk.fill_place(place)
        except BaseException:  # the client left: the places of other owners are free again
            self._unplace(place)
            raise

    def leave(self) -> None:
        """See `Account.leave`."""
        for place in self._places:
            place.busy -= 1
            if place.cap is not None and place.cap < FEW and place.owned - place.busy > place.cap >> IDLE:
                self._desk.shrink_soon(place)

    def may_use(self, name: str, model: str) -> bool:
        """See `Account.may_use`."""
        known = self._may_use.get((name, model))
        return self._decide(name, model) if known is None else known

    def _decide(self, name: str, model: str) -> bool:
        names = (name, name.partition(":")[0], model)
        may = allows(self._models, *names) and allows(self._team_models, *names)
        if len(self._may_use) >= MOST_NAMES:
            self._may_use.clear()
        self._may_use[name, model] = may
        return may

    def must_hold(self, zone: str) -> bool:
        """See `Account.must_hold`."""
        return self._must_hold or (zone == "hosted" and self._desk.is_away)

    def draw(self, model: str, *, tokens: int, nanousd: int) -> CallHold | None:
        """See `Account.draw`."""
        desk = self._desk
        now = desk.now()
        for lease in self._tokens:
            if lease.left < tokens or now >= lease.until:
                return None
        hold = CallHold(desk, self._tally, model, tokens)
        if nanousd > 0 and self._has_budget:
            purse = self._purse
            if purse is None or purse.day != hold.day or purse.is_closed or not hold.take_from(purse, nanousd, now):
                return None
            if purse.left < purse.low and not purse.is_asked_for:
                desk.fill_purse_soon(purse)
        for lease in self._tokens:
            lease.left -= tokens
            if lease.bucket is not None:
                hold.slices.append((lease, lease.bucket))
        return hold

    async def hold(self, model: str, zone: str, *, tokens: int, nanousd: int) -> CallHold:
        """See `Account.hold`."""
        if zone == "hosted" and self._desk.is_away:
            raise away()
        hold = CallHold(self._desk, self._tally, model, tokens)
        try:
            await hold.take_tokens(self._owners)
            if self._has_budget and nanousd > 0:
                await self._take_money(hold, model, zone, nanousd)
        except BaseException:
            hold.return_tokens(0)
            raise
        return hold

    async def _take_money(self, hold: CallHold, model: str, zone: str, nanousd: int) -> None:
        refusal = await (self._reserve if zone == "hosted" else self._draw_slowly)(hold, nanousd)
        if refusal is not None:
            owner = self._owners[-1] if refusal.pot.startswith("team:") else self._owners[0]
            raise owner.spent(refusal, model, nanousd, self._desk.wall())

    async def _reserve(self, hold: CallHold, nanousd: int) -> Refusal | None:
        """Set money aside in the store for one call, of what lies idle in this process, too."""
        pots, purse = self._pots(hold.day), self._purse
        refusal = await hold.take_money(pots, nanousd, self._id)
        if refusal is not None and purse is not None and purse.spill():
            await self._desk.write()
            refusal = await hold.take_money(pots, nanousd, self._id)
        return refusal

    async def _draw_slowly(self, hold: CallHold, nanousd: int) -> Refusal | None:
        """Take from this process's slice, filled where it is empty; nothing is taken while the store is away."""
        desk = self._desk
        while True:
            purse = self._purse
            if purse is None or purse.day != hold.day or purse.is_closed:
                if purse is not None:
                    purse.close()
                purse = self._purse = desk.purse(hold.day, self._pots(hold.day))
            if hold.take_from(purse, nanousd, desk.now()) or desk.is_away:
                return None
            if (refusal := await desk.fill_purse(purse, nanousd)) is not None:
                return refusal

    def _pots(self, day: str) -> tuple[Pot, ...]:
        return tuple(pot for owner in self._owners for pot in owner.pots(day))

    def spend(self, model: str, usage: Usage, nanousd: int) -> None:
        """See `Account.spend`."""
        if (usage.total_tokens or nanousd) and self._tally.add(self._desk.day(), model, usage, nanousd):
            self._desk.write_later(self._tally)

    def headers(self) -> list[tuple[bytes, bytes]]:
        """See `Account.headers`."""
        headers: list[tuple[bytes, bytes]] = []
        for shown in self._shown:
            limit, name, lease = shown[0]
            left = lease.left + lease.left_elsewhere
            if len(shown) > 1 and shown[1][2].remaining < left:  # the team has less left than the key
                limit, name, lease = shown[1]
                left = lease.remaining
            headers += (limit, (name, b"%d" % left))
        return headers


def _shown(lease: RateLease, what: bytes) -> Shown:
    """What the headers say of a limit: the limit itself, made once, and where to read what is left."""
    return (b"x-ratelimit-limit-" + what, b"%d" % lease.cap), b"x-ratelimit-remaining-" + what, lease
