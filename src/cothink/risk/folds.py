"""Which rows a candidate learns from and on which it is judged: equal shares of both outcomes, or blocks of time.

Few rows are cut several times over, so that a choice hangs less on one cut.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cothink.measures.columns import Floats
from cothink.risk.features.form import months

FOLDS = 5
_ROWS = 4_000  # as many rows as are judged over all cuts
_MOST_CUTS = 4

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Cuts:
    """The folds of the rows.

    Attributes:
        fold: The fold of each row in each cut, shape (cuts, n).
        judged: Rows on which candidates are compared, shape (n,).
    """

    fold: NDArray[np.int64]
    judged: Bools

    def each(self) -> list[tuple[int, Bools]]:
        """For each model: the cut, and the rows that it does not see."""
        return [(cut, fold == k) for cut, fold in enumerate(self.fold) for k in range(FOLDS)]


def cut_rows(frame: pl.DataFrame, truth: Floats, time: str | None, seed: int) -> Cuts:
    """Return the cuts: by blocks of time, of which the last one is judged; else several by chance, all judged."""
    n = len(truth)
    if time:
        order = np.argsort(months(frame[time]), kind="stable")
        fold = np.zeros((1, n), dtype=np.int64)
        fold[0, order] = np.arange(n) * FOLDS // n
        return Cuts(fold, fold[0] == FOLDS - 1)
    random = np.random.default_rng(seed)
    cuts = np.zeros((min(_MOST_CUTS, max(1, _ROWS // n)), n), dtype=np.int64)
    for fold in cuts:
        for kind in (0, 1):
            rows = random.permutation(np.flatnonzero(truth == kind))
            fold[rows] = np.arange(len(rows)) % FOLDS
    return Cuts(cuts, np.ones(n, dtype=bool))
