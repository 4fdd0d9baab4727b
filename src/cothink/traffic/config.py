"""Settings of the books."""

from dataclasses import dataclass

from cothink.core.errors import SettingError


@dataclass(frozen=True, slots=True)
class BookConfig:
    """How calls are booked.

    Args:
        floor_tokens: Where a run's budget affords a shorter answer than this, the call is not made; at least 1.

    Raises:
        SettingError: The value is out of range.
    """

    floor_tokens: int = 16

    def __post_init__(self) -> None:
        """Refuse a value out of range."""
        if self.floor_tokens < 1:
            raise SettingError(f"floor_tokens is {self.floor_tokens}; allowed is 1 or more", param="floor_tokens")
