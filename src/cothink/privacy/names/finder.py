"""Finds names, addresses, places and companies: closed lists, words around a name, and the tagger."""

import re
from collections.abc import Iterator
from typing import Final

from cothink.privacy.names.lists import by_lists
from cothink.privacy.names.lists_zh import by_chinese_lists
from cothink.privacy.names.tagger import Tagger
from cothink.privacy.rules.phones import is_of_something_else
from cothink.privacy.spans import Span

_COUNTED: Final = re.compile(
    r"(?:st|nd|rd|th)\b|%|\.\d| ?(?:months?|days?|weeks?|hours?|times|%|percent|million|years? (?!old))"
)
_CODE: Final = re.compile(r"[A-Za-z\d]{2,8}(?:[ -][A-Za-z\d]{2,4})?")
_CONTRACTION: Final = re.compile(r"[A-Za-z]+['’](?:ve|d|m|ll|re|t|mon)", re.IGNORECASE)


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
        yield from by_chinese_lists(text)
        for span in self._tagger.find(text):
            if _may_be(span, text):
                yield span


def _may_be(span: Span, text: str) -> bool:
    """Refuse what the tagger took for something whose form it has not."""
    words = text[span.start : span.end]
    digits = sum(char.isdigit() for char in words)
    if span.type == "AGE":
        return words.isdigit() and 0 < int(words) < 125 and _COUNTED.match(text, span.end) is None
    if span.type == "PHONE_NUMBER":
        return digits >= 6 and not is_of_something_else(text[max(0, span.start - 24) : span.start].lower())
    if span.type == "ZIP_CODE":
        return digits > 0 and _CODE.fullmatch(words) is not None
    if span.type == "DATE_TIME":
        return digits > 0 and len(words) <= 30
    if span.type == "STREET_ADDRESS":
        return True
    return digits < len(words) and _CONTRACTION.fullmatch(words) is None
