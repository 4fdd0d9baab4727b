"""Settings of the store that all gateways share."""

import re
from dataclasses import dataclass
from pathlib import Path

from cothink.core.errors import SettingError

SQLITE, REDIS = "sqlite:///", ("redis://", "rediss://", "unix://")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreConfig:
    """Where keys, limits and money are kept.

    Args:
        url: ``sqlite:///PATH`` for the processes of one machine, ``redis://HOST:PORT/NUMBER`` for many machines;
            empty is a SQLite file in the folder of the user's data. One with a password is never shown.
        timeout_s: An answer of the store that takes longer has failed, 0.05 to 60.
        every_s: How often changed keys are looked for, bookings written and unused leases given back, 0.05 to 1.

    Raises:
        SettingError: A value is out of range.
    """

    url: str = ""
    timeout_s: float = 2.0
    every_s: float = 1.0

    def __post_init__(self) -> None:
        if self.url and not self.url.startswith((SQLITE, *REDIS)):
            shown = re.sub(r"//.*@", "//…@", self.url)
            raise SettingError(f"store.url is {shown!r}; sqlite:///PATH, redis://, rediss:// or unix:// are allowed.")
        if self.url == SQLITE:
            raise SettingError("store.url names no file; it looks like sqlite:////var/lib/cothink/cothink.db.")
        for name, low, high in (("timeout_s", 0.05, 60), ("every_s", 0.05, 1)):
            value = getattr(self, name)
            if not low <= value <= high:
                raise SettingError(f"store.{name} is {value!r}; a number from {low:g} to {high:g} is allowed.")

    @property
    def sqlite_path(self) -> Path:
        """The file of SQLite."""
        return Path(self.url.removeprefix(SQLITE)).expanduser()

    def check_named(self) -> None:
        """Refuse to go on without a store.

        Raises:
            SettingError: No store is named.
        """
        if not self.url:
            raise SettingError("store.url is empty; sqlite:///PATH or redis://HOST:PORT/NUMBER are allowed.")

    @property
    def is_redis(self) -> bool:
        """Redis keeps it, so several machines may share it."""
        return self.url.startswith(REDIS)
