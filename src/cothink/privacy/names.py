"""Finds names, addresses, places and companies: closed lists, words around a name, and the tagger."""

from collections.abc import Iterator

from cothink.privacy.lists import by_lists
from cothink.privacy.spans import Span
from cothink.privacy.tagger import Tagger


class Names:
    """The lists and the tagger as one finder.

    Args:
        tagger: Trained weights.
    """

    def __init__(self, tagger: Tagger) -> None:
        self._tagger = tagger

    @classmethod
    def load(cls) -> "Names":
        """Read the weights that are in the package: a third of a second."""
        return cls(Tagger.load())

    def find(self, text: str) -> Iterator[Span]:
        """Yield spans; they may overlap."""
        yield from by_lists(text)
        yield from self._tagger.find(text)
