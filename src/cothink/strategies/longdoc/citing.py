"""Citations of an answer, checked again: known numbers, and quotes that stand in the source word for word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cothink.strategies.longdoc.document import Document
from cothink.strategies.longdoc.passages import Passage
from cothink.verify.quotes import check_quotes, quoted_strings

LEAST_QUOTE_CHARS = 12  # a shorter text in quotation marks is a word, not a quote
_NUMBERS = re.compile(r" ?[\[【](\d{1,4}(?:\s*[,、;]\s*\d{1,4})*)[\]】]")


@dataclass(frozen=True, slots=True)
class Cited:
    """An answer whose citations were checked.

    Args:
        text: The answer, with nothing in quotation marks and no number that is not in the source.
        cited: The numbers of the quotes that it rests on, in order of use, from 1.
        unknown: How many numbers named no quote.
        missing: What stood in quotation marks and not in the source.
    """

    text: str
    cited: tuple[int, ...]
    unknown: int
    missing: tuple[str, ...]

    @property
    def stands(self) -> bool:
        """Something is cited, and all of it is in the source."""
        return bool(self.cited) and not self.unknown and not self.missing


def check_citations(text: str, passages: Sequence[Passage], document: Document, *, question: str = "") -> Cited:
    """Check an answer's numbers and quotes; what is not in the source is no longer cited.

    Args:
        text: The answer.
        passages: The numbered passages, the first is [1].
        document: The source.
        question: Words that the answer may quote as well.
    """
    cited: list[int] = []
    unknown = 0

    def known(match: re.Match[str]) -> str:
        nonlocal unknown
        numbers = [int(number) for number in re.findall(r"\d+", match.group(1))]
        good = [number for number in numbers if 1 <= number <= len(passages)]
        unknown += len(numbers) - len(good)
        cited.extend(number for number in good if number not in cited)
        if len(good) == len(numbers):
            return match.group()
        lead = " " if match.group().startswith(" ") else ""
        return f"{lead}[{', '.join(map(str, good))}]" if good else ""

    text = _NUMBERS.sub(known, text)
    missing = []
    for quote in quoted_strings(text, min_chars=LEAST_QUOTE_CHARS):
        if quote in question:
            continue
        place = _cited_place(quote, passages, document)
        if place is None:
            missing.append(quote)
            text = _unmarked(text, quote)
        elif place not in cited and place > 0:
            cited.append(place)
    return Cited(text, tuple(cited), unknown, tuple(missing))


def numbered(passages: Sequence[Passage], document: Document, chosen: Sequence[int] | None = None) -> str:
    """The passages with number and place, as the models and the client see them."""
    numbers = range(1, len(passages) + 1) if chosen is None else chosen
    return "\n".join(_line(number, passages[number - 1], document) for number in numbers)


def _line(number: int, passage: Passage, document: Document) -> str:
    piece = f"part {passage.piece + 1}, " if len(document.pieces) > 1 else ""
    words = passage.text(document)
    return f"[{number}] ({piece}characters {passage.start}-{passage.end}) “{words}”"


def _cited_place(quote: str, passages: Sequence[Passage], document: Document) -> int | None:
    """The number of the passage with the quote; 0 where it stands elsewhere in the source; None where nowhere."""
    for number, passage in enumerate(passages, 1):
        if quote in passage.text(document):
            return number
    if any(piece.text.find(quote, piece.start, piece.end) >= 0 for piece in document.pieces):
        return 0
    for number, passage in enumerate(passages, 1):  # white space and the shape of marks may differ
        if check_quotes(passage.text(document), [quote]).spans:
            return number
    return None


def _unmarked(text: str, quote: str) -> str:
    """The text with the marks around an invented quote taken off."""
    return re.sub(rf"[“\"「『]\s*{re.escape(quote)}\s*[”\"」』]", lambda _: quote, text)
