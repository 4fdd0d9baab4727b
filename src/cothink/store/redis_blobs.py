"""Bytes under keys in Redis: a cold tier that several machines share. Needs the extra `redis`.

Redis away is a miss, told once a minute; after a failure it is left alone for a moment, so that no request waits for
time-outs. Its size is Redis's own business: set `maxmemory` and `maxmemory-policy allkeys-lru` there.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from cothink.core.errors import SettingError

log = logging.getLogger(__name__)
_PREFIX = b"cothink:cache:"
_TIMEOUT_S = 0.25
_REST_S = 2.0
_WAITING = 200


class RedisBlobs:
    """Blobs in one Redis.

    Args:
        url: ``redis://…``, ``rediss://…`` or ``unix://…``.
        ttl_s: How long a value is kept.
        clock: Seconds that only grow.

    Raises:
        SettingError: The extra is missing, or the address is none.
    """

    def __init__(self, url: str, *, ttl_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        try:
            from redis.asyncio import Redis
        except ImportError as error:
            raise SettingError("A cold cache in Redis needs the extra: pip install 'cothink[redis]'.") from error
        try:
            self._redis = Redis.from_url(url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S, retry=None)
        except ValueError as error:
            raise SettingError(f"traffic.cache.cold is no address of a Redis: {error}.", param="cold") from error
        self._ttl_ms = max(1, round(ttl_s * 1000))
        self._clock = clock
        self._rests_until = 0.0
        self._said_at: float | None = None
        self._writes: set[asyncio.Task[None]] = set()
        self.dropped = 0

    async def get(self, key: bytes) -> bytes | None:
        """Return what lies under a key."""
        if self._clock() < self._rests_until:
            return None
        from redis.exceptions import RedisError

        try:
            async with asyncio.timeout(2 * _TIMEOUT_S):
                value = await self._redis.get(_PREFIX + key)
        except (RedisError, OSError, TimeoutError) as error:
            self._rest(error)
            return None
        return value if isinstance(value, bytes) else None

    def put(self, key: bytes, value: bytes, created_at: float) -> bool:
        """Write soon."""
        if len(self._writes) >= _WAITING or self._clock() < self._rests_until:
            self.dropped += 1
            return False
        task = asyncio.get_running_loop().create_task(self._set(key, value))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        return True

    async def aclose(self) -> None:
        """Write what waits, and close."""
        if self._writes:
            await asyncio.wait(self._writes, timeout=2.0)
        await self._redis.aclose()

    async def _set(self, key: bytes, value: bytes) -> None:
        from redis.exceptions import RedisError

        try:
            await self._redis.set(_PREFIX + key, value, px=self._ttl_ms)
        except (RedisError, OSError, TimeoutError) as error:
            self.dropped += 1
            self._rest(error)

    def _rest(self, error: Exception) -> None:
        now = self._clock()
        self._rests_until = now + _REST_S
        if self._said_at is None or now - self._said_at > 60:
            self._said_at = now
            log.warning("The Redis of the cache does not answer, so it is passed by: %s.", error)
