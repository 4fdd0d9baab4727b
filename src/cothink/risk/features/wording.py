"""A linear model of words: which words and pairs of words go with default; and the cues of the same texts.

Words become numbers at once, pairs are pairs of numbers: nothing is joined as text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import polars as pl

from cothink.measures.columns import Floats
from cothink.risk.features import cues
from cothink.risk.features.tokens import Ints, Tokens, cut, dictionary, words_of

_LEAST_ROWS = 8
_MOST_PAIRS = 20_000


class Lexicon(msgspec.Struct, frozen=True):
    """The words and pairs of one column of texts.

    Attributes:
        words: In the order of the alphabet; those of topics stand here also where training rows lack them.
        pairs: Places of two words that follow each other, in order.
        rarity: Of each word, then of each pair (idf); 0 where it is too rare to be weighed.
    """

    words: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...]
    rarity: tuple[float, ...]


class Vocabulary(msgspec.Struct, frozen=True):
    """What is known of the words of each column of texts."""

    texts: tuple[str, ...]
    lexicons: tuple[Lexicon, ...]

    @property
    def size(self) -> int:
        """How many words and pairs are weighed."""
        return sum(len(one.rarity) for one in self.lexicons)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of rows: the weights of their tokens (n, size), of unit length, sparse; and their cues."""

    weights: Any
    cues: Floats


def learn_vocabulary(frame: pl.DataFrame, texts: Sequence[str]) -> Vocabulary:
    """Return the words and pairs that stand in at least a few rows, and how rare each is."""
    return Vocabulary(tuple(texts), tuple(_learn(frame[name]) for name in texts))


def _learn(column: pl.Series) -> Lexicon:
    _, found = words_of(column)
    in_rows = found.list.unique().explode(empty_as_null=False, keep_nulls=False).alias("w").value_counts(name="rows")
    often = in_rows.filter(pl.col("rows") >= _LEAST_ROWS)
    words = tuple(sorted({*often["w"].to_list(), *cues.WORDS}))
    rows = dict(in_rows.iter_rows())
    tokens = cut(column, dictionary(words))
    keys, row = _pairs(tokens)
    keys, counts = np.unique(np.unique(np.stack([keys, row]), axis=1)[0], return_counts=True)
    first = np.sort(np.argsort(-counts, kind="stable")[:_MOST_PAIRS])
    first = first[counts[first] >= _LEAST_ROWS]
    keys, counts = keys[first], counts[first]
    seen = np.concatenate([[rows.get(word, 0) for word in words], counts])
    rarity = np.where(seen >= _LEAST_ROWS, np.log((1 + len(column)) / (1 + seen)) + 1, 0.0)
    pairs = tuple((int(key) // len(words), int(key) % len(words)) for key in keys)
    return Lexicon(words, pairs, tuple(map(float, rarity)))


class Reader:
    """Reads texts with a vocabulary.

    Args:
        vocabulary: What is known of their words.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._texts = vocabulary.texts
        self._known = [dictionary(one.words) for one in vocabulary.lexicons]
        self._topics = [cues.topics_of(one.words) for one in vocabulary.lexicons]
        self._keys = [
            np.asarray([a * len(one.words) + b for a, b in one.pairs], dtype=np.int64) for one in vocabulary.lexicons
        ]
        self._rarity = np.concatenate([np.asarray(one.rarity) for one in vocabulary.lexicons])

    def read(self, frame: pl.DataFrame) -> Reading:
        """Return what is read of each row; a row without words has no weights."""
        from scipy.sparse import csr_matrix, hstack

        blocks, told = [], []
        for name, known, topics, keys in zip(self._texts, self._known, self._topics, self._keys, strict=True):
            tokens = cut(frame[name], known)
            singles = _counts(tokens.rows, tokens.codes, (frame.height, tokens.size))
            found, row = _pairs(tokens)
            place = np.searchsorted(keys, found)
            right = np.flatnonzero(keys[np.minimum(place, len(keys) - 1)] == found) if len(keys) else np.zeros(0, int)
            blocks += [singles, _counts(row[right], place[right], (frame.height, len(keys)))]
            told.append(cues.cues(tokens, singles, topics))
        matrix = csr_matrix(hstack(blocks, format="csr"))
        matrix.data = (1 + np.log(matrix.data)) * self._rarity[matrix.indices]
        length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(1)).ravel())
        matrix.data /= np.repeat(np.maximum(length, 1e-9), np.diff(matrix.indptr))
        return Reading(matrix, np.column_stack(told))


def _pairs(tokens: Tokens) -> tuple[Ints, Ints]:
    """The keys of known words that follow each other in one row, and the row of each."""
    rows = tokens.rows
    there = (tokens.codes[:-1] >= 0) & (tokens.codes[1:] >= 0) & (rows[:-1] == rows[1:])
    at = np.flatnonzero(there)
    return tokens.codes[at] * tokens.size + tokens.codes[at + 1], rows[at]


def _counts(rows: Ints, columns: Ints, shape: tuple[int, int]) -> Any:
    """How often each column stands in each row; columns below 0 are left out. The rows rise."""
    from scipy.sparse import csr_matrix

    kept = columns >= 0
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows[kept], minlength=shape[0]))])
    matrix = csr_matrix((np.ones(int(kept.sum())), columns[kept], starts), shape=shape)
    matrix.sum_duplicates()
    return matrix
