"""Settings of what is recorded of requests and answers. Off by default."""

from dataclasses import dataclass
from typing import Literal, get_args

from cothink.core.errors import SettingError

Kind = Literal["personal", "secret"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsConfig:
    """What is recorded, and for how long.

    Args:
        share: Which share of the requests is recorded, 0 to 1, drawn by chance; 0 records nothing.
        reasoning: Record thoughts, too.
        redact: What is masked before a record rests: ``personal`` data that rules find, such as e-mail addresses, and
            what looks like a ``secret``. Empty masks nothing.
        path: The SQLite file; empty is ``records.db`` in the folder of the user's data.
        per_second: The most records of one process in a second, 1 to 100000; what comes above is dropped and counted.
        waiting: The most records that wait to be written, 1 to 100000; what comes above is dropped and counted.
        waiting_mb: The most megabytes that wait to be written, 1 to 4096.
        most_chars: Longer texts are cut in the record, 100 to 10000000.
        keep_days: Older records are deleted, 0.001 to 3650.
        keep_mb: Where all together are larger, the oldest are deleted, 1 to 1000000.

    Raises:
        SettingError: A value is out of range.
    """

    share: float = 0.0
    reasoning: bool = False
    redact: tuple[Kind, ...] = ("personal", "secret")
    path: str = ""
    per_second: int = 200
    waiting: int = 2_000
    waiting_mb: int = 64
    most_chars: int = 200_000
    keep_days: float = 30.0
    keep_mb: int = 1_024

    def __post_init__(self) -> None:
        """Refuse a value out of range."""
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if isinstance(value, bool) or not low <= value <= high:
                raise SettingError(f"{name} is {value!r}; allowed is {low:g} to {high:g}.", param=name)
        unknown = sorted(set(self.redact) - set(get_args(Kind)))
        if unknown:
            raise SettingError(f"redact names {unknown[0]!r}; allowed are {', '.join(get_args(Kind))}.", param="redact")


_RANGES: tuple[tuple[str, float, float], ...] = (
    ("share", 0, 1),
    ("per_second", 1, 100_000),
    ("waiting", 1, 100_000),
    ("waiting_mb", 1, 4_096),
    ("most_chars", 100, 10_000_000),
    ("keep_days", 0.001, 3_650),
    ("keep_mb", 1, 1_000_000),
)
