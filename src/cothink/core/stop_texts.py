"""Ends a text at the first stop text, where a model or a team cannot do it itself: the words are cut as they come.

The stop text itself is not given out, as OpenAI does it; a beginning that may become one is held back.
"""


class StopTexts:
    """Cuts one text that comes in pieces.

    Args:
        stops: The texts that end it; empty ones never match.
    """

    __slots__ = ("_held", "_stops", "hit")

    def __init__(self, stops: tuple[str, ...]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""
        self.hit = False

    def feed(self, piece: str) -> str:
        """Take the next piece and return what is certain to stand before any stop text."""
        if self.hit or not self._stops:
            return "" if self.hit else piece
        text = self._held + piece
        ends = [at for stop in self._stops if (at := text.find(stop)) >= 0]
        if ends:
            self.hit, self._held = True, ""
            return text[: min(ends)]
        keep = max(_overlap(text, stop) for stop in self._stops)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def flush(self) -> str:
        """Return what was held back: the text is over and no stop text came of it."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, stop: str) -> int:
    """Return how many letters at the end of the text begin the stop text."""
    for size in range(min(len(stop) - 1, len(text)), 0, -1):
        if text.endswith(stop[:size]):
            return size
    return 0
