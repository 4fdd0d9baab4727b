"""What people do with keys and teams: make, list, rotate, revoke. The same for the command line and the admin API."""

import secrets
import time
from collections.abc import Callable, Iterable

import msgspec
from msgspec import UNSET, UnsetType

from cothink.core.errors import BadRequest
from cothink.store.key import SHOWN, KeyRecord, Quota, Team, digest_of, new_secret
from cothink.store.money import Bookings, HeldMoney, Spend
from cothink.store.store import Store

MOST_CAP = 1_000_000_000_000
MOST_NANOUSD = 1_000_000 * 10**9  # a million dollars: sums stay exact in a script of Redis, too
FIRST = "first-admin"
LIMITS = {
    "requests_per_minute": "requests",
    "tokens_per_minute": "tokens",
    "usd_per_day": "day_nanousd",
    "usd_per_month": "month_nanousd",
    "at_once": "at_once",
}
"""The limits as people name them, and as they rest."""


class WantedTeam(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A team to make or to change; money is in dollars."""

    name: str
    models: tuple[str, ...] = ()
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    usd_per_day: float | None = None
    usd_per_month: float | None = None
    at_once: int | None = None


class Wanted(WantedTeam, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key to make: what a team has, and more. See `KeyRecord`."""

    team: str = ""
    most_output_tokens: int | None = None
    priority: int = 1
    expires_in_s: float | None = None
    cache: bool = True
    semantic_cache: bool = False
    admin: bool = False


class Changed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """New values of a key: what is not there stays as it was, and null is no limit."""

    models: tuple[str, ...] | UnsetType = UNSET
    requests_per_minute: int | UnsetType | None = UNSET
    tokens_per_minute: int | UnsetType | None = UNSET
    usd_per_day: float | UnsetType | None = UNSET
    usd_per_month: float | UnsetType | None = UNSET
    at_once: int | UnsetType | None = UNSET
    most_output_tokens: int | UnsetType | None = UNSET
    priority: int | UnsetType = UNSET
    cache: bool | UnsetType = UNSET
    semantic_cache: bool | UnsetType = UNSET


class KeyDesk:
    """Makes and changes keys and teams.

    Args:
        store: Where they rest.
        wall: Seconds since 1970.
    """

    def __init__(self, store: Store, *, wall: Callable[[], float] = time.time) -> None:
        self.store = store
        self._wall = wall

    async def create(self, wanted: Wanted) -> tuple[KeyRecord, str]:
        """Make a key; return it with its secret, which cannot be had again.

        Raises:
            BadRequest: A value is out of range, the name is taken, or there is no such team.
        """
        _check(wanted)
        if wanted.team and wanted.team not in {team.name for team in await self.teams()}:
            raise BadRequest(f"There is no team {wanted.team!r}; make it first.", param="team")
        record, secret = self._record(wanted)
        await self.store.put_key(record)
        return record, secret

    async def first_admin(self) -> str | None:
        """Make the first admin key, where there never was one; return its secret."""
        record, secret = self._record(Wanted(name=FIRST, admin=True))
        return secret if await self.store.put_first_admin(record) else None

    async def keys(self) -> list[KeyRecord]:
        """Return every key, oldest first."""
        return sorted((await self.store.changes(0)).keys, key=lambda record: (record.created_at, record.name))

    async def find(self, name: str) -> KeyRecord:
        """Return a key by its name or id.

        Raises:
            BadRequest: There is none.
        """
        for record in await self.keys():
            if name in (record.name, record.id):
                return record
        raise BadRequest(f"There is no key named {name!r}.", param="key", code="unknown_key")

    async def change(self, name: str, changed: Changed) -> KeyRecord:
        """Give a key new limits; its secret, team and spending stay.

        Raises:
            BadRequest: There is no such key, it was revoked, or a value is out of range.
        """
        _check(changed)
        record = await self.find(name)
        if record.revoked_at is not None:
            raise BadRequest(f"The key {record.name} was revoked; make a new one.", param="key")
        given = {field: value for field in changed.__struct_fields__ if (value := getattr(changed, field)) is not UNSET}
        limits = {LIMITS[field]: given.pop(field) for field in LIMITS if field in given}
        for money in ("day_nanousd", "month_nanousd"):
            if money in limits:
                limits[money] = _nanousd(limits[money])
        quota = msgspec.structs.replace(record.quota, **limits)
        new = msgspec.structs.replace(record, quota=quota, **given)
        await self.store.put_key(new)
        return new

    async def rotate(self, name: str, grace_s: float = 0.0) -> tuple[KeyRecord, str]:
        """Give a key a new secret; the old one is good for ``grace_s`` more seconds.

        Raises:
            BadRequest: There is no such key, or it was revoked.
        """
        record = await self.find(name)
        if record.revoked_at is not None:
            raise BadRequest(f"The key {record.name} was revoked; make a new one.", param="key")
        if not 0 <= grace_s <= 365 * 86_400:
            raise BadRequest(f"grace_s is {grace_s:g}; 0 to 31,536,000 are allowed.", param="grace_s")
        secret = new_secret()
        changed = msgspec.structs.replace(
            record,
            digest=digest_of(secret.encode()),
            prefix=secret[:SHOWN],
            old_digest=record.digest if grace_s else "",
            old_until=self._wall() + grace_s if grace_s else 0.0,
        )
        await self.store.put_key(changed)
        return changed, secret

    async def revoke(self, name: str) -> KeyRecord:
        """Turn a key away for ever; its spending stays in the books. Its name is free again."""
        record = await self.find(name)
        if record.revoked_at is not None:
            return record
        changed = msgspec.structs.replace(
            record, name=f"{record.name} ({record.id})", revoked_at=self._wall(), old_digest=""
        )
        await self.store.put_key(changed)
        return changed

    async def teams(self) -> list[Team]:
        """Return every team, by name."""
        return sorted((await self.store.changes(0)).teams, key=lambda team: team.name)

    async def put_team(self, wanted: WantedTeam) -> Team:
        """Make a team, or give one new limits.

        Raises:
            BadRequest: A value is out of range.
        """
        _check(wanted)
        before = next((team for team in await self.teams() if team.name == wanted.name), None)
        created_at = before.created_at if before else self._wall()
        team = Team(name=wanted.name, models=wanted.models, quota=_quota(wanted), created_at=created_at)
        await self.store.put_team(team)
        return team

    async def reconcile(self, hold_id: str, nanousd: int) -> HeldMoney:
        """Say what a call really cost whose end nobody saw: it is booked in the day of the call, and the hold is freed.

        Raises:
            BadRequest: There is no such hold, or the cost is out of range.
        """
        if not 0 <= nanousd <= MOST_NANOUSD:
            raise BadRequest(f"The cost is {nanousd} nano-dollars; 0 to {MOST_NANOUSD} are allowed.", param="usd")
        held = next((one for one in await self.store.held() if one.id == hold_id), None)
        if held is None:
            raise BadRequest(f"There is no open hold {hold_id!r}.", param="hold", code="unknown_hold")
        day = next(name.rpartition(":")[2] for name in held.pots if len(name.rpartition(":")[2]) == len("2026-11-24"))
        spend = Spend(day=day, key=held.key, team=held.team, model=held.model, calls=1, nanousd=nanousd)
        worker = f"desk-{secrets.token_hex(6)}"
        await self.store.book(Bookings(worker=worker, number=1, spends=(spend,), freed=(hold_id,)))
        return held

    def _record(self, wanted: Wanted) -> tuple[KeyRecord, str]:
        secret, now = new_secret(), self._wall()
        record = KeyRecord(
            id=f"k-{secrets.token_hex(6)}",
            name=wanted.name,
            digest=digest_of(secret.encode()),
            prefix=secret[:SHOWN],
            team=wanted.team,
            models=wanted.models,
            quota=_quota(wanted),
            most_output_tokens=wanted.most_output_tokens,
            priority=wanted.priority,
            expires_at=None if wanted.expires_in_s is None else now + wanted.expires_in_s,
            cache=wanted.cache,
            semantic_cache=wanted.semantic_cache,
            admin=wanted.admin,
            created_at=now,
        )
        return record, secret


def summed(spends: Iterable[Spend], by: tuple[str, ...]) -> list[Spend]:
    """Return spendings added up over every name that is not in ``by``, the dearest first."""
    sums: dict[tuple[str, ...], Spend] = {}
    for one in spends:
        names = {name: getattr(one, name) if name in by else "" for name in ("day", "key", "team", "model")}
        row = msgspec.structs.replace(one, **names)
        group = tuple(names.values())
        sums[group] = sums[group] + row if group in sums else row
    return sorted(sums.values(), key=lambda one: (-one.nanousd, -one.calls, one.day))


def _quota(wanted: Wanted | WantedTeam) -> Quota:
    return Quota(
        requests=wanted.requests_per_minute,
        tokens=wanted.tokens_per_minute,
        day_nanousd=_nanousd(wanted.usd_per_day),
        month_nanousd=_nanousd(wanted.usd_per_month),
        at_once=wanted.at_once,
    )


def _nanousd(dollars: float | None) -> int | None:
    return None if dollars is None else round(dollars * 10**9)


_RANGES: tuple[tuple[str, float, float], ...] = (
    ("requests_per_minute", 0, MOST_CAP),
    ("tokens_per_minute", 0, MOST_CAP),
    ("usd_per_day", 0, 1_000_000),
    ("usd_per_month", 0, 1_000_000),
    ("at_once", 0, 1_000_000),
    ("most_output_tokens", 1, MOST_CAP),
    ("priority", 1, 100),
    ("expires_in_s", 1, 100 * 365 * 86_400),
)


def _check(wanted: Wanted | WantedTeam | Changed) -> None:
    """Refuse a value out of range, by its name."""
    name = "as it was" if isinstance(wanted, Changed) else wanted.name
    if not 1 <= len(name) <= 64 or not name.isprintable() or name != name.strip() or ":" in name:
        raise BadRequest(f"name is {name!r}; 1 to 64 printable characters without a colon are allowed.", param="name")
    for field, low, high in _RANGES:
        value = getattr(wanted, field, None)
        if value is not None and value is not UNSET and not low <= value <= high:
            raise BadRequest(f"{field} is {value:g}; {low:g} to {high:g} are allowed.", param=field)
    for pattern in wanted.models or ():
        if not pattern or not pattern.isprintable():
            raise BadRequest(
                f"models has {pattern!r}; a name or a pattern such as cothink-* is allowed.", param="models"
            )
