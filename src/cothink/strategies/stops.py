"""Cuts a team's final text at the client's stop texts. Sub-calls do not get them: a draft is checked whole."""


class StopCut:
    """Ends a text that comes in pieces before the first stop text in it."""

    __slots__ = ("_held", "_stops", "is_cut")

    def __init__(self, stops: tuple[str, ...]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""
        self.is_cut = False

    def take(self, piece: str) -> str:
        """Take a piece in and return what may go out; the start of what may become a stop text is held back."""
        if not self._stops:
            return piece
        text = self._held + piece
        places = [at for stop in self._stops if (at := text.find(stop)) >= 0]
        if places:
            self.is_cut, self._held = True, ""
            return text[: min(places)]
        held = max(_open_end(text, stop) for stop in self._stops)
        self._held = text[len(text) - held :]
        return text[: len(text) - held]

    def rest(self) -> str:
        """Return what was held back, at the end of the text."""
        rest, self._held = self._held, ""
        return rest


def _open_end(text: str, stop: str) -> int:
    """How many signs at the end of the text are the beginning of the stop text."""
    return next((size for size in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:size])), 0)
