"""What the check of one kind of puzzle says."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether an answer holds, and why in words."""

    holds: bool
    words: str


PuzzleCheck = Callable[[str, str], Finding | None]
"""Takes question and final answer; None where the question is not of its kind or cannot be read."""


def same(found: object, wanted: object, what: str) -> Finding:
    """The finding of an answer that has one right value."""
    if found == wanted:
        return Finding(True, f"{what}, recomputed, is as the answer says.")
    return Finding(False, f"{what} is {_short(wanted)}; the answer says {_short(found)}.")


def _short(value: object) -> str:
    words = "something that cannot be read" if value is None else str(value)
    return words if len(words) <= 120 else words[:117] + "…"
