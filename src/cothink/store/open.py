"""The store that the settings name."""

import os
from collections.abc import Mapping
from pathlib import Path

from cothink.store.config import SQLITE, StoreConfig
from cothink.store.redis import RedisStore
from cothink.store.sqlite_store import SqliteStore
from cothink.store.store import Store


def open_store(config: StoreConfig, variables: Mapping[str, str] | None = None) -> Store:
    """Return the store; nothing is opened before its first call.

    Args:
        config: See `StoreConfig`.
        variables: Where the user's folder of data is looked up, by the XDG rule; the process's own by default.

    Raises:
        SettingError: Redis is named and its client is not installed.
    """
    if config.is_redis:
        return RedisStore(config.url, timeout_s=config.timeout_s)
    return SqliteStore(path_of(config, variables), timeout_s=config.timeout_s)


def path_of(config: StoreConfig, variables: Mapping[str, str] | None = None) -> Path:
    """Return the SQLite file."""
    if config.url:
        return Path(config.url.removeprefix(SQLITE)).expanduser()
    data = (os.environ if variables is None else variables).get("XDG_DATA_HOME")
    return Path(data or Path.home() / ".local" / "share") / "cothink" / "cothink.db"
