"""What settings of numbers have in common: each lies within its range, or is refused by its name."""

from collections.abc import Mapping

from cothink.core.errors import SettingError

Ranges = Mapping[str, tuple[float, float]]
"""Least and greatest value by a setting's name, both allowed."""


def check_ranges(config: object, ranges: Ranges) -> None:
    """Refuse a value out of its range.

    Args:
        config: A value with an attribute for each name.
        ranges: What is allowed.

    Raises:
        SettingError: A value is out of its range, or no number (nan).
    """
    for name, (low, high) in ranges.items():
        value = getattr(config, name)
        if not low <= value <= high:
            raise SettingError(f"{name} is {value}; allowed is {low:g} to {high:g}", param=name)
