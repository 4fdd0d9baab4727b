"""Reads R1's words as they come, for two signs: loops, and doubts."""

import re
from collections import deque

SHINGLE = 12  # words: shorter ones repeat in every proof
_KEPT = 4_000  # shingles that are remembered
_WINDOW = 1_000  # words over which doubts are counted
_LEAST = 300  # words before their share says anything
# A Chinese character is a word here.
_WORD = re.compile(r"[\u3400-\u9fff]|[^\s\u3400-\u9fff]+")
_HEDGES = frozenset(
    {"wait", "hmm", "hmmm", "actually", "alternatively", "maybe", "perhaps", "unsure", "confused", "confusing"}
    | {"stuck", "wrong", "mistake"}
)
_HEDGES_ZH = frozenset({"等等", "不对", "或许", "也许", "奇怪", "错了"})


class Words:
    """Counts repeated passages and doubts in a text that comes in pieces."""

    def __init__(self) -> None:
        self._rest = ""
        self._last: deque[str] = deque(maxlen=SHINGLE)
        self._seen: dict[int, tuple[int, int]] = {}  # a shingle's hash: how often, and where it last ended
        self._order: deque[int] = deque()
        self._doubts: deque[int] = deque()
        self.count = 0
        self.repeats = 0

    @property
    def hedges(self) -> float:
        """Doubts in a thousand of the last words; 0 while there are too few words."""
        return 1_000 * len(self._doubts) / min(self.count, _WINDOW) if self.count >= _LEAST else 0.0

    def read(self, text: str) -> None:
        """Take in the next piece; a word that it may not end is kept for the next."""
        text = self._rest + text
        self._rest = ""
        for match in _WORD.finditer(text):
            word = match[0]
            if match.end() == len(text) and not "\u3400" <= word <= "\u9fff":
                self._rest = word[-200:]  # a word longer than that is no word
                return
            self._add(word)

    def _add(self, word: str) -> None:
        self.count += 1
        before = self._last[-1] if self._last else ""
        self._last.append(word)
        if word.strip(".,;:!?…—-*\"'()").lower() in _HEDGES or before + word in _HEDGES_ZH:
            self._doubts.append(self.count)
        while self._doubts and self._doubts[0] <= self.count - _WINDOW:
            self._doubts.popleft()
        if len(self._last) == SHINGLE:
            self._shingle(hash(tuple(self._last)))

    def _shingle(self, key: int) -> None:
        """A passage counts again only where it does not overlap with itself: a row of zeros is no loop."""
        times, ended = self._seen.get(key, (0, -SHINGLE))
        if self.count - ended < SHINGLE:
            return
        if not times:
            self._order.append(key)
            if len(self._order) > _KEPT:
                del self._seen[self._order.popleft()]
        self._seen[key] = (times + 1, self.count)
        self.repeats = max(self.repeats, times + 1)
