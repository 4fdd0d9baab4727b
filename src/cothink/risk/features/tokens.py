"""Texts as numbers of words: cut once by polars, then only numbers are handled, which is what makes it quick.

A word is a run of letters, a run of digits told as `#`, one Chinese character, or one of a few marks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

_WORD = r"[a-z][a-z']*|#+|[$¥!?！？]|\p{Han}"
_LONGEST = 2_000  # characters of a text that are read

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of a column of texts.

    Attributes:
        text: The texts, at most 2,000 characters of each; "" where there is none.
        codes: For each token of all rows in turn its place in the dictionary, -1 where it does not stand there.
        starts: Where each row's tokens begin, and the end of the last, shape (n + 1,).
        size: Words of the dictionary.
    """

    text: pl.Series
    codes: Ints
    starts: Ints
    size: int

    @property
    def rows(self) -> Ints:
        """The row of each token."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


def words_of(column: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return the texts as they are read, and the list of words of each."""
    text = column.cast(pl.String).fill_null("").str.slice(0, _LONGEST)
    return text, text.str.to_lowercase().str.replace_all("[0-9]", "#").str.extract_all(_WORD)


def dictionary(words: Sequence[str]) -> pl.Enum:
    """Return the dictionary of `cut`; its words must differ."""
    return pl.Enum(words)


def cut(column: pl.Series, known: pl.Enum) -> Tokens:
    """Return the words of each text of a column as places in a dictionary."""
    text, found = words_of(column)
    starts = np.concatenate([[0], np.cumsum(found.list.len().to_numpy().astype(np.int64))])
    every = found.explode(empty_as_null=False, keep_nulls=False).cast(known, strict=False)
    codes = every.to_physical().cast(pl.Int64).fill_null(-1).to_numpy()
    return Tokens(text, codes, starts, len(known.categories))
