"""Quotes out of R1's answer about a segment: each is looked up in it word for word, and an invented one is dropped."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cothink.strategies.longdoc.document import Document
from cothink.strategies.longdoc.segments import Segment
from cothink.verify.quotes import check_quotes, quoted_strings

LEAST_CHARS = 2
MOST_CHARS = 2_000  # of one quote; a longer one is copying
WIDEN_CHARS = 300  # how far a short quote is widened to the sentence around it, on each side
SHORT_CHARS = 80
_NONE = re.compile(r"^\W*none\W*$|^\W*无\W*$", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*•>]+|\(?\d{1,3}[.)、]|\[\d{1,3}\])\s*")
_LABEL = re.compile(r"^(?:quotes?|passages?|引文|原文)\s*\d*\s*[:：]\s*", re.IGNORECASE)
_MARKS = "\"“”'‘’「」『』`* "
_GAP = re.compile(r"\s*(?:\.{3}|…+|\[(?:\.{3}|…)\])\s*")
_SENTENCE_END = re.compile(r"[。！？!?\n]|[.](?=\s)")


@dataclass(frozen=True, slots=True, order=True)
class Passage:
    """A place in the document that R1 quoted."""

    piece: int
    start: int
    end: int

    def text(self, document: Document) -> str:
        """The source's own words."""
        return document.pieces[self.piece].text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Found:
    """What one answer gave: passages that stand in the segment, and how many quotes do not."""

    passages: tuple[Passage, ...]
    invented: int


def passages_of(said: str, document: Document, segment: Segment, *, most: int) -> Found:
    """Read R1's answer about a segment.

    What stands in quotation marks, and each line that was written as one, is looked up in the segment. Lines of plain
    words that are not there claim nothing and are left out without counting.
    """
    if _NONE.match(said.strip()):
        return Found((), 0)
    source = document.pieces[segment.piece].text[segment.start : segment.end]
    kept: list[Passage] = []
    invented = 0
    for quote, is_claimed in _claims(said):
        spans = _places(quote, source, is_claimed=is_claimed)
        invented += is_claimed and not spans
        for start, end in spans:
            start, end = _widened(source, start, end)  # noqa: PLW2901  # the same place, wider
            kept.append(Passage(segment.piece, segment.start + start, segment.start + end))
        if len(kept) >= most:
            break
    return Found(merged(kept), invented)


def merged(passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """In the order of the document, those that overlap made one."""
    whole: list[Passage] = []
    for passage in sorted(set(passages)):
        if whole and whole[-1].piece == passage.piece and passage.start < whole[-1].end:
            whole[-1] = Passage(passage.piece, whole[-1].start, max(whole[-1].end, passage.end))
        else:
            whole.append(passage)
    return tuple(whole)


def _claims(said: str) -> list[tuple[str, bool]]:
    """The texts that may be quotes, and whether they claim to be."""
    claims: list[tuple[str, bool]] = []
    for line in said.splitlines():
        bare = _LABEL.sub("", _BULLET.sub("", line)).strip()
        if not bare or _NONE.match(bare):
            continue
        inner = bare.strip(_MARKS)
        is_whole = bare[0] in '"“「『' and bare[-1] in '"”」』'
        inside = quoted_strings(bare, min_chars=LEAST_CHARS)
        if is_whole and len(inside) <= 1:
            claims.append((inner, True))
        elif inside:
            claims += [(quote, True) for quote in inside]
            claims.append((inner, False))  # the line may be the source's own, with speech in it
        else:
            claims.append((inner, _BULLET.match(line) is not None))
    return [(quote, is_claimed) for quote, is_claimed in claims if LEAST_CHARS <= len(quote) <= MOST_CHARS]


def _places(quote: str, source: str, *, is_claimed: bool) -> list[tuple[int, int]]:
    """Where a quote stands; one with gaps is looked up piece by piece, and all must be there."""
    at = source.find(quote)
    if at >= 0:
        return [(at, at + len(quote))]
    whole = check_quotes(source, [quote]).spans
    if whole:
        return [(span.start, span.end) for span in whole]
    pieces = [piece for piece in _GAP.split(quote) if len(piece) >= LEAST_CHARS]
    if not is_claimed or len(pieces) < 2:
        return []
    check = check_quotes(source, pieces)
    return [] if check.missing else [(span.start, span.end) for span in check.spans]


def _widened(source: str, start: int, end: int) -> tuple[int, int]:
    """A short quote with its sentence, so that a number or a name does not stand alone."""
    if end - start >= SHORT_CHARS:
        return start, end
    low, left = max(0, start - WIDEN_CHARS), start
    ends = [match.end() for match in _SENTENCE_END.finditer(source, low, start)]
    left = ends[-1] if ends else low
    following = _SENTENCE_END.search(source, max(start, end - 1), min(len(source), end + WIDEN_CHARS))
    right = max(end, following.end() if following else min(len(source), end + WIDEN_CHARS))
    while left < start and source[left].isspace():
        left += 1
    while right > end and source[right - 1].isspace():
        right -= 1
    return left, right
