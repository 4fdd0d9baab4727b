"""The store that the settings name."""

from pathlib import Path

from cothink.core.errors import SettingError
from cothink.store.config import SQLITE, StoreConfig
from cothink.store.redis import RedisStore
from cothink.store.sqlite_store import SqliteStore
from cothink.store.store import Store


def open_store(config: StoreConfig) -> Store:
    """Return the store; nothing is opened before its first call.

    Raises:
        SettingError: No store is named, or Redis is and its client is not installed.
    """
    if not config.url:
        raise SettingError("store.url is empty; sqlite:///PATH or redis://HOST:PORT/NUMBER are allowed.")
    if config.is_redis:
        return RedisStore(config.url, timeout_s=config.timeout_s)
    return SqliteStore(Path(config.url.removeprefix(SQLITE)).expanduser(), timeout_s=config.timeout_s)
