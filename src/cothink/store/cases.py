"""Cases: what was said of each application, and what a person decided. One protocol for SQLite and Redis.

This room keeps a case as bytes and knows nothing of what is in it.
"""

from typing import Literal, Protocol

import msgspec

from cothink.store.config import StoreConfig

State = Literal["final", "open", "decided"]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One case.

    Attributes:
        id: Its name, unlike any other.
        tenant: Whose it is.
        state: `final` needs nobody, `open` waits for a person, `decided` has had one.
        at: When it was made, in seconds since 1970.
        version: Grows with each change; a change names the version that it changes.
        json: What is in it.
    """

    id: str
    tenant: str
    state: State
    at: float
    version: int
    json: bytes


class Cases(Protocol):
    """Cases that several processes share. Every method raises StoreAway where the store cannot be used."""

    @property
    def place(self) -> str:
        """Where they are, in words without a password."""
        ...

    async def put(self, case: Case) -> bool:
        """Write a case: a new one of version 1, or the next version of one. False where another was quicker."""
        ...

    async def find(self, id: str) -> Case | None:
        """Return a case by its id."""
        ...

    async def newest(self, tenant: str | None, state: State, most: int, before: float | None = None) -> list[Case]:
        """Return cases of one state, newest first; of every tenant where it is None; only older ones than `before`."""
        ...

    async def prune(self, before: float) -> int:
        """Delete what is final or decided and older; return how many went. Open cases stay."""
        ...

    async def aclose(self) -> None:
        """Close what is open."""
        ...


def open_cases(config: StoreConfig) -> Cases:
    """Return the cases in the store that the settings name; nothing is opened before the first call.

    Raises:
        SettingError: No store is named, or Redis is and its client is not installed.
    """
    config.check_named()
    if config.is_redis:
        from cothink.store.redis_cases import RedisCases

        return RedisCases(config.url, timeout_s=config.timeout_s)
    from cothink.store.sqlite_cases import SqliteCases

    return SqliteCases(config.sqlite_path, timeout_s=config.timeout_s)
