"""A linear model of words: which words and pairs of words, and which pieces of words, go with default.

Tokens are counted by polars, so that twenty thousand texts take a second. Pieces (the three to five letters of a word)
are weighed through the words that hold them: a word that was rare in training is judged by its pieces.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import polars as pl

_WORD = r"\p{Han}|[a-z][a-z']*|[0-9]+|[$!?]"
_LEAST_ROWS = 8
_MOST_TOKENS = 30_000
_LONGEST = 2_000  # characters of a text that are read


class Vocabulary(msgspec.Struct, frozen=True):
    """The tokens that are weighed, each with its rarity (idf)."""

    texts: tuple[str, ...]
    tokens: tuple[str, ...]
    rarity: tuple[float, ...]


def learn_vocabulary(frame: pl.DataFrame, texts: Sequence[str]) -> Vocabulary:
    """Return the tokens that stand in at least a few rows, and how rare each is."""
    counts = tokens(frame, texts).group_by("token").agg(pl.len().alias("rows"))
    kept = (
        counts.filter(pl.col("rows") >= _LEAST_ROWS)
        .sort(["rows", "token"], descending=[True, False])
        .head(_MOST_TOKENS)
    )
    rarity = np.log((1 + frame.height) / (1 + kept["rows"].to_numpy())) + 1
    return Vocabulary(tuple(texts), tuple(kept["token"].to_list()), tuple(map(float, rarity)))


def weigh(frame: pl.DataFrame, vocabulary: Vocabulary) -> Any:
    """Return the rows as a sparse matrix (n, tokens) of unit length; a row without words is empty."""
    from scipy.sparse import csr_matrix

    known = pl.DataFrame(
        {
            "token": pl.Series(vocabulary.tokens, dtype=pl.String),
            "place": pl.Series(range(len(vocabulary.tokens)), dtype=pl.Int64),
            "rarity": pl.Series(vocabulary.rarity, dtype=pl.Float64),
        }
    )
    found = tokens(frame, vocabulary.texts).join(known, on="token", how="inner")
    weight = found["rarity"].to_numpy() * (1 + np.log(found["count"].to_numpy()))
    rows = found["row"].to_numpy()
    length = np.sqrt(np.bincount(rows, weights=weight**2, minlength=frame.height))
    weight = weight / np.maximum(length[rows], 1e-9)
    return csr_matrix((weight, (rows, found["place"].to_numpy())), shape=(frame.height, len(vocabulary.tokens)))


def tokens(frame: pl.DataFrame, texts: Sequence[str]) -> pl.DataFrame:
    """Return the tokens of each row: columns row, token, count. A token begins with the number of its column."""
    parts = [_tokens(frame[name], str(place)) for place, name in enumerate(texts)]
    empty = pl.DataFrame(schema={"row": pl.Int64, "token": pl.String, "count": pl.UInt32})
    return pl.concat([empty, *parts]) if parts else empty


def _tokens(column: pl.Series, place: str) -> pl.DataFrame:
    low = column.cast(pl.String).fill_null("").str.slice(0, _LONGEST).str.to_lowercase()
    single = (
        pl.DataFrame({"row": pl.Series(range(len(low)), dtype=pl.Int64), "token": low.str.extract_all(_WORD)})
        .explode("token")
        .drop_nulls()
        .with_columns(pl.col("token").str.replace_all(r"[0-9]", "#"))
    )
    following = pl.when(pl.col("row") == pl.col("row").shift(-1)).then(
        pl.col("token") + " " + pl.col("token").shift(-1)
    )
    pairs = single.select("row", following.alias("token")).drop_nulls()
    both = pl.concat([single, pairs]).with_columns(place + pl.lit(":") + pl.col("token"))
    return both.group_by("row", "token").agg(pl.len().cast(pl.UInt32).alias("count")).sort("row", "token")
