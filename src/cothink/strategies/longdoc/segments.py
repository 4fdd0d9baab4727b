"""Cuts a long text into segments of at most so many tokens, at natural borders, each overlapping the one before.

Only places are kept: a segment's text is sliced when it is read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cothink.core.engine import TokenCounter
from cothink.strategies.longdoc.document import Document

WINDOW = 0.25  # the share of a segment, at its end, where a border is looked for
FULL = 0.9  # a segment is lengthened until it has this share of its tokens
TRIES = 12
# Best first; the border is where a match ends.
_BORDERS = (
    re.compile(
        r"\n\s*(?=#{1,6} |(?:chapter|book|part|section|article)\b|第.{1,9}[章回节節卷编篇条]|\d+(?:\.\d+)* +[A-Z])",
        re.IGNORECASE,
    ),
    re.compile(r"\n[ \t\u3000]*\n\s*"),
    re.compile(r"[。！？!?.…][”’」』\"')\]]*\n\s*"),
    re.compile(r"[。！？；][”’」』]*|[.!?][\"'”’)\]]*\s+"),
    re.compile(r"\s+|[，、：]"),
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one piece of a document.

    Args:
        piece: Which piece.
        start: Its first character in that piece's text.
        end: One past its last.
    """

    piece: int
    start: int
    end: int


def segments(document: Document, counter: TokenCounter, *, tokens: int, overlap_tokens: int) -> Iterator[Segment]:
    """Yield the segments of a document, in order.

    Args:
        document: What is cut.
        counter: Counts tokens; no segment has more than ``tokens`` by it.
        tokens: The most tokens of a segment.
        overlap_tokens: At least about so many tokens of a segment stand in the next one too.
    """
    for number, piece in enumerate(document.pieces):
        at = piece.start
        while at < piece.end:
            end = _end(piece.text, at, piece.end, counter, tokens)
            yield Segment(number, at, end)
            if end >= piece.end:
                break
            at = _next_start(piece.text, at, end, counter, overlap_tokens)


def _end(text: str, start: int, stop: int, counter: TokenCounter, tokens: int) -> int:
    """Where a segment ends: as far as the tokens reach, then back to the best border near."""
    end = _reach(text, start, stop, counter, tokens)
    if end >= stop:
        return stop
    end = max(start + 1, _border(text, end - int((end - start) * WINDOW), end))
    while end > start + 1 and counter.count(text[start:end]) > tokens:  # a counter need not grow with the text
        end = start + max(1, (end - start) * 9 // 10)
    return end


def _reach(text: str, start: int, stop: int, counter: TokenCounter, tokens: int) -> int:
    """The farthest end that was found with at most so many tokens; at least one character."""
    low, high, end = start, stop, min(stop, start + 3 * tokens)
    for _ in range(TRIES):
        counted = counter.count(text[start:end])
        if counted <= tokens:
            low = end
            if end >= high or counted >= FULL * tokens:
                break
        else:
            high = end
        aim = start + int((end - start) * (0.97 * tokens / max(1, counted)))
        end = aim if low < aim < high else (low + high + 1) // 2
        if not low < end <= high or (end == high and high < stop):
            break
    return max(low, start + 1)


def _border(text: str, low: int, high: int) -> int:
    """The last of the best borders between two places; the higher place where there is none."""
    for border in _BORDERS:
        ends = [match.end() for match in border.finditer(text, low, high)]
        if ends and ends[-1] > low:
            return ends[-1]
    return high


def _next_start(text: str, start: int, end: int, counter: TokenCounter, overlap_tokens: int) -> int:
    """Back from a segment's end by the overlap and on to the border before it; always forward of its start."""
    if not overlap_tokens:
        return end
    half = start + (end - start) // 2
    back = min(end - half, 2 * overlap_tokens)
    while back < end - half and counter.count(text[end - back : end]) < overlap_tokens:
        back = min(end - half, back + max(1, overlap_tokens // 2))
    at = end - back
    low = max(half, at - back)
    border = _border(text, low, at) if low < at else at
    return max(start + 1, border)
