"""Keys, rates and money in Redis or Valkey, for gateways on many machines. Each step is an atomic Lua script.

Redis must keep its data (``appendonly yes``) and never evict (``maxmemory-policy noeviction``). A Redis that comes back
without the data is noticed by its mark, and no money is spent on it until the gateway is started anew.
"""

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from importlib.resources import files
from typing import Any, Final

import msgspec

from cothink.core.errors import BadRequest, SettingError, StoreAway
from cothink.store.key import Changes, KeyRecord, Team
from cothink.store.meter import WINDOW, WORKER_LOST_MS, Beat, Give, Grant, Take
from cothink.store.money import SHARE, Bookings, HeldMoney, Pot, Refusal, Slice, Sliced, Spend, pots_of

PREFIX: Final = "{cothink}:"  # one hash slot, so that a script sees all keys in a cluster, too
SCHEMA: Final = 1
SCRIPTS: Final = ("changes", "put_key", "put_team", "beat", "take", "give", "hold", "slice", "book")
REPEATABLE: Final = frozenset({"changes", "put_team", "beat", "hold", "book"})
MISSING = "The settings name a store in Redis, which needs the client: pip install 'cothink[redis]'."


class RedisStore:
    """A store in Redis. See `Store`.

    Args:
        url: See `StoreConfig`.
        timeout_s: An answer that takes longer has failed.

    Raises:
        SettingError: The extra ``redis`` is not installed.
    """

    def __init__(self, url: str, *, timeout_s: float = 2.0) -> None:
        try:
            import redis.asyncio as client
            from redis.asyncio.retry import Retry
            from redis.backoff import NoBackoff
            from redis.exceptions import ConnectionError as Broken
            from redis.exceptions import NoScriptError, RedisError
        except ImportError as error:
            raise SettingError(MISSING) from error
        self._errors: tuple[type[Exception], ...] = (RedisError, OSError, TimeoutError)
        self._no_script = NoScriptError
        self._broken = (Broken, ConnectionError)
        self._url = url
        # A pool that waits, not one that grows without end; nothing is sent twice by the client itself.
        pool = client.BlockingConnectionPool.from_url(
            url,
            max_connections=16,
            timeout=timeout_s,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 0),
        )
        self._redis: Any = client.Redis.from_pool(pool)
        self._scripts = {name: _script(name) for name in SCRIPTS}
        self._mark = ""

    @property
    def place(self) -> str:
        """The address, without a password."""
        return address(self._url)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def changes(self, since: int) -> Changes:
        """See `Store.changes`."""
        version, keys, teams = await self._run("changes", since)
        return Changes(
            int(version),
            tuple(msgspec.json.decode(one, type=KeyRecord) for one in keys),
            tuple(msgspec.json.decode(one, type=Team) for one in teams),
        )

    async def put_key(self, record: KeyRecord) -> None:
        """See `Store.put_key`."""
        if not await self._put_key(record, is_first=False):
            raise BadRequest(f"There is a key named {record.name!r} already.", param="name")

    async def put_first_admin(self, record: KeyRecord) -> bool:
        """See `Store.put_first_admin`."""
        return await self._put_key(record, is_first=True)

    async def _put_key(self, record: KeyRecord, *, is_first: bool) -> bool:
        value = msgspec.json.encode(record)
        return bool(await self._run("put_key", record.id, record.name, value, int(record.admin), int(is_first)))

    async def put_team(self, team: Team) -> None:
        """See `Store.put_team`."""
        await self._run("put_team", team.name, msgspec.json.encode(team))

    async def beat(self, worker: str, steady_ms: int) -> Beat:
        """See `Store.beat`."""
        steady, version = await self._run("beat", worker, steady_ms, WORKER_LOST_MS)
        return Beat(int(steady), int(version))

    async def take(self, worker: str, steady_ms: int, take: Take, gives: tuple[Give, ...] = ()) -> Grant:
        """See `Store.take`."""
        if gives:
            await self.give(worker, gives)
        amount, bucket, left, wait_ms, steady = await self._run(
            "take", worker, steady_ms, take.meter, take.cap, take.least, take.want, int(take.is_place), WINDOW,
            WORKER_LOST_MS,
        )  # fmt: skip
        return Grant(int(amount), int(bucket), int(left), int(wait_ms), int(steady))

    async def give(self, worker: str, gives: tuple[Give, ...]) -> None:
        """See `Store.give`."""
        flat = [value for one in gives for value in (one.meter, one.amount, one.bucket, int(one.is_place))]
        await self._run("give", worker, *flat)

    async def hold(self, hold: HeldMoney, pots: tuple[Pot, ...]) -> Refusal | None:
        """See `Store.hold`."""
        refused = await self._run("hold", hold.id, _packed(hold), hold.nanousd, *_caps(pots))
        return _refusal(refused) if refused else None

    async def slice(self, slice: Slice) -> Sliced:
        """See `Store.slice`."""
        amount, *refused = await self._run(
            "slice", slice.worker, slice.id, slice.least, slice.want, SHARE, *_caps(slice.pots)
        )
        return Sliced(int(amount), _refusal(refused) if refused else None)

    async def book(self, bookings: Bookings) -> None:
        """See `Store.book`."""
        args: list[Any] = [bookings.worker, bookings.number, len(bookings.freed), *bookings.freed]
        args += [len(bookings.kept), *bookings.kept]
        args += [len(bookings.drawn), *(value for one in bookings.drawn for value in (one.id, one.nanousd))]
        args += [len(bookings.closed), *bookings.closed]
        for one in bookings.spends:
            row = msgspec.json.encode((one.day, one.key, one.team, one.model))
            pots = pots_of(one)
            counts = (one.calls, one.prompt_tokens, one.completion_tokens, one.nanousd)
            args += [row, one.day, *counts, len(pots), *pots]
        await self._run("book", *args)

    async def spent(self, since: str = "", until: str = "") -> list[Spend]:
        """See `Store.spent`."""
        days = sorted(day.decode() for day in await self._call(partial(self._redis.smembers, PREFIX + "days")))
        found: list[Spend] = []
        for day in days:
            if day >= since and (not until or day <= until):
                found += _spends(await self._call(partial(self._redis.hgetall, f"{PREFIX}spend:{day}")))
        return sorted(found, key=lambda one: (one.day, one.key, one.team, one.model))

    async def pot(self, name: str) -> tuple[int, int]:
        """See `Store.pot`."""
        spent, held = await self._call(partial(self._redis.hmget, f"{PREFIX}pot:{name}", "spent", "held"))
        return int(spent or 0), int(held or 0)

    async def held(self) -> list[HeldMoney]:
        """See `Store.held`."""
        rows = await self._call(partial(self._redis.hgetall, PREFIX + "holds"))
        kept = await self._call(partial(self._redis.smembers, PREFIX + "kept"))
        held = [_unpacked(value, is_kept=id in kept) for id, value in rows.items()]
        return sorted(held, key=lambda one: (one.at, one.id))

    async def _run(self, name: str, *args: object) -> Any:
        """Run a script on data that bears our mark."""
        if not self._mark:
            await self._find_mark()
        answer = await self._evaluate(name, (self._mark, *args))
        if answer == b"lost":
            raise StoreAway("Redis came back without its data, so nobody knows what was spent: bring the data back, or "
                            "start the gateways anew to begin from nothing.", retry_after_s=30)  # fmt: skip
        return answer

    async def _evaluate(self, name: str, args: tuple[object, ...]) -> Any:
        text, digest = self._scripts[name]

        async def evaluate() -> Any:
            try:
                return await self._redis.evalsha(digest, 1, PREFIX, *args)
            except self._no_script:  # a Redis that was started anew
                await self._redis.script_load(text)
            return await self._redis.evalsha(digest, 1, PREFIX, *args)

        return await self._call(evaluate, is_repeatable=name in REPEATABLE)

    async def _find_mark(self) -> None:
        """Learn the mark of the data, or set one on a Redis that has none."""
        await self._call(partial(self._redis.setnx, PREFIX + "mark", secrets.token_hex(8)))
        await self._call(partial(self._redis.setnx, PREFIX + "schema", SCHEMA))
        schema = int(await self._call(partial(self._redis.get, PREFIX + "schema")))
        if schema > SCHEMA:
            raise StoreAway(f"The store in Redis has version {schema}; this CoThink knows up to {SCHEMA}.")
        self._mark = (await self._call(partial(self._redis.get, PREFIX + "mark"))).decode()

    async def _call(self, ask: Callable[[], Awaitable[Any]], *, is_repeatable: bool = True) -> Any:
        """Ask; where a kept connection is dead, ask once more on a fresh one, if asking twice does no harm."""
        try:
            try:
                return await ask()
            except self._broken:
                if not is_repeatable:
                    raise
                await self._redis.connection_pool.disconnect(inuse_connections=False)
                return await ask()
        except self._errors as error:
            raise StoreAway(f"The store in Redis cannot be used: {type(error).__name__}.", retry_after_s=5) from error


def address(url: str) -> str:
    """Return the address of a Redis, without a password."""
    return url.rpartition("@")[2] if "@" in url else url


def script_text(name: str) -> str:
    """Return one of our Lua scripts."""
    return (files("cothink.store") / "lua" / f"{name}.lua").read_text(encoding="utf-8")


def _script(name: str) -> tuple[str, str]:
    """A script and the name that Redis gives it."""
    text = script_text(name)
    return text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _caps(pots: tuple[Pot, ...]) -> list[str | int]:
    return [value for one in pots for value in (one.name, "" if one.cap_nanousd is None else one.cap_nanousd)]


def _refusal(values: list[bytes]) -> Refusal:
    name, cap, spent, held = values
    return Refusal(name.decode(), int(cap), int(spent), int(held))


def _packed(hold: HeldMoney) -> bytes:
    """A hold as JSON whose money is a text: numbers in Lua are floats."""
    return msgspec.json.encode({**msgspec.to_builtins(hold), "nanousd": str(hold.nanousd)})


def _unpacked(value: bytes, *, is_kept: bool) -> HeldMoney:
    fields = msgspec.json.decode(value)
    return HeldMoney(**{**fields, "nanousd": int(fields["nanousd"]), "pots": tuple(fields["pots"]), "is_kept": is_kept})


def _spends(counts: dict[bytes, bytes]) -> list[Spend]:
    """One row for each name, from fields such as ``["2026-11-24","k1","","pro"]calls``."""
    rows: dict[bytes, dict[str, int]] = {}
    for field, amount in counts.items():
        row, _, what = field.rpartition(b"]")
        rows.setdefault(row + b"]", {})[what.decode()] = int(amount)
    found = []
    for row, amounts in rows.items():
        day, key, team, model = msgspec.json.decode(row)
        found.append(Spend(day=day, key=key, team=team, model=model, **amounts))
    return found
