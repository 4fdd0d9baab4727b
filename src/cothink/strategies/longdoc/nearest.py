"""The sentences that share most rare words with the question: a program's own find, beside what R1 quotes.

A small R1 overlooks what any search would find. The words' rarity is counted in the document itself.
"""

import heapq
import math
import re
from collections.abc import Iterator

from cothink.strategies.longdoc.document import Document
from cothink.strategies.longdoc.passages import Passage

LEAST_SHARE = 0.4  # of the question's weight that a sentence must have
MOST_CHARS = 600  # a longer sentence is shown in part
MOST_WORDS = 40  # of the question, the rarest
CHUNK_CHARS = 200_000  # a lower-case copy of so much is held at a time
_SENTENCE = re.compile(r"[^。！？!?.\n]+[。！？!?.]*[”’」』\"]*")
_WORD = re.compile(r"[^\W\d_\u4e00-\u9fff]{3,}|\d{2,}")
_HAN = re.compile(r"[\u4e00-\u9fff]+")


def nearest(document: Document, most: int) -> tuple[Passage, ...]:
    """Return the best sentences of a document for its question, in its order; none where none is near.

    It reads the whole and blocks meanwhile: run it in a thread.
    """
    weights = _weights(document)
    least = LEAST_SHARE * sum(weights.values())
    if not most or not least:
        return ()
    scored = ((score, passage) for score, passage in _scored(document, weights) if score >= least)
    return tuple(sorted(passage for _, passage in heapq.nlargest(most, scored)))


def _terms(text: str) -> set[str]:
    """Words of letters, and pairs of Chinese signs."""
    pairs = {run[at : at + 2] for run in _HAN.findall(text) for at in range(len(run) - 1)}
    return pairs | set(_WORD.findall(text.lower()))


def _weights(document: Document) -> dict[str, float]:
    """How much each word of the question tells: the rarer in the document, the more."""
    terms = _terms(document.question)
    counts = dict.fromkeys(terms, 0)
    total = 1
    for _, _, text in _chunks(document):
        total += len(text) // 20
        for term in terms:
            counts[term] += text.count(term)
    weighed = {term: math.log(1 + total / (1 + count)) for term, count in counts.items()}
    return dict(sorted(weighed.items(), key=lambda item: -item[1])[:MOST_WORDS])


def _scored(document: Document, weights: dict[str, float]) -> Iterator[tuple[float, Passage]]:
    for piece, offset, text in _chunks(document):
        for match in _SENTENCE.finditer(text):
            sentence = match.group()
            score = sum(weight for term, weight in weights.items() if term in sentence)
            if score:
                start = match.start() + len(sentence) - len(sentence.lstrip())
                end = min(match.end(), start + MOST_CHARS)
                yield score, Passage(piece, offset + start, offset + end)


def _chunks(document: Document) -> Iterator[tuple[int, int, str]]:
    """Piece, place and text of stretches that end at a line's end; in lower case where that has the same length."""
    for number, piece in enumerate(document.pieces):
        at = piece.start
        while at < piece.end:
            stop = min(piece.end, at + CHUNK_CHARS)
            line = piece.text.rfind("\n", at, stop) + 1 if stop < piece.end else stop
            stop = line if line > at else stop
            text = piece.text[at:stop]
            lower = text.lower()
            yield number, at, lower if len(lower) == len(text) else text
            at = stop
