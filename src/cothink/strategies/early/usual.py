"""How long R1 usually thinks, by kind of task: what this process saw of answers that stood."""

from collections import deque

from cothink.routing.kind import KindName

_KEPT = 200
_SHARE = 0.9


class Usual:
    """The last lengths of thoughts whose answers stood, by kind.

    Args:
        least: So many must be known before anything is said.
    """

    def __init__(self, least: int) -> None:
        self._least = least
        self._known: dict[KindName, deque[int]] = {}

    def learn(self, kind: KindName, tokens: int) -> None:
        """Take in one thought whose answer stood."""
        self._known.setdefault(kind, deque(maxlen=_KEPT)).append(tokens)

    def of(self, kind: KindName) -> int | None:
        """Return the length that nine in ten do not pass; None where too few are known."""
        known = self._known.get(kind, ())
        if len(known) < self._least:
            return None
        return sorted(known)[min(len(known) - 1, int(len(known) * _SHARE))]
