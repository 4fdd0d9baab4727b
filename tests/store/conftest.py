from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cothink.store.redis import RedisStore
from cothink.store.sqlite_store import SqliteStore
from cothink.store.store import Store
from store.stores import redis_server


@pytest.fixture(params=["sqlite", "redis"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store, once of each kind."""
    if request.param == "sqlite":
        opened: Store = SqliteStore(tmp_path / "store.db")
        yield opened
        await opened.aclose()
        return
    with redis_server(tmp_path) as server:
        opened = RedisStore(server.url)
        yield opened
        await opened.aclose()
