"""How a long fetch tells how far it is. Whoever draws a bar passes a function."""

from typing import Protocol


class Progress(Protocol):
    """Called again and again, never from two threads at once, at most about once a mebibyte."""

    def __call__(self, done_bytes: int, total_bytes: int, what: str, /) -> None:
        """Say that ``done_bytes`` of ``total_bytes`` are here; ``what`` is a word or two for a person."""
        ...


def silent(_done_bytes: int, _total_bytes: int, _what: str, /) -> None:
    """Tell nobody."""
