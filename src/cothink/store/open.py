"""The store that the settings name."""

from cothink.store.config import StoreConfig
from cothink.store.redis import RedisStore
from cothink.store.sqlite_store import SqliteStore
from cothink.store.store import Store


def open_store(config: StoreConfig) -> Store:
    """Return the store; nothing is opened before its first call.

    Raises:
        SettingError: No store is named, or Redis is and its client is not installed.
    """
    config.check_named()
    if config.is_redis:
        return RedisStore(config.url, timeout_s=config.timeout_s)
    return SqliteStore(config.sqlite_path, timeout_s=config.timeout_s)
