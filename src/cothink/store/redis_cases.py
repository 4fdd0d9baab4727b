"""Cases in Redis or Valkey, for gateways on many machines. Each change is one atomic Lua script."""

from typing import Any, Final

from cothink.core.errors import SettingError, StoreAway
from cothink.store.cases import Case, State
from cothink.store.redis import MISSING, PREFIX, address, script_text

_AT_ONCE: Final = 1_000  # deleted in one script, so that others need not wait
_FIELDS: Final = ("id", "tenant", "state", "at", "version", "json")


class RedisCases:
    """Cases in Redis. See `Cases`.

    Args:
        url: See `StoreConfig`.
        timeout_s: An answer that takes longer has failed.

    Raises:
        SettingError: The extra ``redis`` is not installed.
    """

    def __init__(self, url: str, *, timeout_s: float = 2.0) -> None:
        try:
            from redis.asyncio import Redis
            from redis.exceptions import RedisError
        except ImportError as error:
            raise SettingError(MISSING) from error
        self._errors: tuple[type[Exception], ...] = (RedisError, OSError, TimeoutError)
        self._url = url
        # nothing is sent twice by the client itself: a change that came through would then look like a conflict
        self._redis: Any = Redis.from_url(url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, retry=None)
        self._put = self._redis.register_script(script_text("put_case"))
        self._prune = self._redis.register_script(script_text("prune_cases"))

    @property
    def place(self) -> str:
        """The address, without a password."""
        return address(self._url)

    async def put(self, case: Case) -> bool:
        """See `Cases.put`."""
        args: list[str | int | bytes] = [case.id, case.tenant, case.state, repr(case.at), case.version, case.json]
        return bool(await self._call(self._put(keys=[PREFIX], args=args)))

    async def find(self, id: str) -> Case | None:
        """See `Cases.find`."""
        return _case(await self._call(self._redis.hmget(f"{PREFIX}case:{id}", _FIELDS)))

    async def newest(self, tenant: str | None, state: State, most: int, before: float | None = None) -> list[Case]:
        """See `Cases.newest`."""
        name = f"{PREFIX}cases:{state}" + ("" if tenant is None else f":{tenant}")
        last = "+inf" if before is None else f"({before!r}"
        ids = await self._call(self._redis.zrevrangebyscore(name, last, "-inf", start=0, num=most))
        pipeline = self._redis.pipeline(transaction=False)
        for id in ids:
            pipeline.hmget(f"{PREFIX}case:{id.decode()}", _FIELDS)
        found = [_case(row) for row in await self._call(pipeline.execute())] if ids else []
        return [case for case in found if case is not None and case.state == state]

    async def prune(self, before: float) -> int:
        """See `Cases.prune`."""
        gone = 0
        while True:
            count = int(await self._call(self._prune(keys=[PREFIX], args=[repr(before), _AT_ONCE])))
            gone += count
            if not count:
                return gone

    async def aclose(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def _call(self, asked: Any) -> Any:
        try:
            return await asked
        except self._errors as error:
            raise StoreAway(f"The store in Redis cannot be used: {type(error).__name__}.", retry_after_s=5) from error


def _case(row: list[bytes | None]) -> Case | None:
    id, tenant, state, at, version, json = row
    if id is None or tenant is None or at is None or version is None or json is None:
        return None
    return Case(
        id=id.decode(),
        tenant=tenant.decode(),
        state=(state or b"").decode(),  # type: ignore[arg-type]  # one of three was written
        at=float(at),
        version=int(version),
        json=json,
    )
