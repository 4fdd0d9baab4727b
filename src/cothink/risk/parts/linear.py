"""A logistic scorecard on ramps: each number is a line that bends at its quantiles, each level of a category a step.

The straight line has a column of its own and is penalised less than the bends, so that few rows give a straight line.
The weight of a column with a sign is kept at that sign while it is fitted, so a constraint holds by construction.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from cothink.measures.columns import Floats
from cothink.risk.parts.calibrate import expit

_QUANTILES = (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99)
_LINE, _RAMP = 2.0, 0.5  # heights: the higher a column, the less its weight is penalised


def knots_of(figures: Floats) -> list[Floats]:
    """Return the bends of each column: its quantiles without repeats."""
    found = []
    for column in figures.T:
        there = column[~np.isnan(column)]
        found.append(np.unique(np.quantile(there, _QUANTILES)) if there.size else np.zeros(0))
    return found


def design(figures: Floats, codes: NDArray[np.int32], knots: Sequence[Floats], levels: Sequence[int]) -> Floats:
    """Return the scorecard's columns: for each figure its line, ramps and "missing", for each category its levels.

    A missing figure stands in the middle of its line and of every ramp. The array lies column by column.
    """
    n = len(figures)
    columns = np.zeros((_widths(knots, levels).sum(), n))
    place = 0
    for figure, bends in zip(figures.T, knots, strict=True):
        missing = np.isnan(figure)
        some = bool(missing.any())
        line_of_all = [(bends[0], bends[-1], _LINE)] if len(bends) > 1 else []  # a column may be empty, or one value
        for low, high, scale in (*line_of_all, *((low, high, _RAMP) for low, high in pairwise(bends))):
            line = columns[place]
            np.subtract(figure, low, out=line)
            line *= scale / (high - low)
            np.clip(line, 0, scale, out=line)
            if some:
                line[missing] = scale / 2
            place += 1
        columns[place] = missing
        place += 1
    for code, count in zip(codes.T, levels, strict=True):
        columns[place + code, np.arange(n)] = 1.0
        place += count
    return columns.T


def _widths(knots: Sequence[Floats], levels: Sequence[int]) -> NDArray[np.int64]:
    """How many columns of `design` each figure and each category has."""
    return np.asarray([len(bends) + 1 if len(bends) > 1 else 1 for bends in knots] + list(levels), dtype=np.int64)


def owners_of(knots: Sequence[Floats], levels: Sequence[int]) -> NDArray[np.int64]:
    """Return for each column of `design` the place of the figure or category that it belongs to."""
    widths = _widths(knots, levels)
    return np.repeat(np.arange(len(widths)), widths)


def signs_of(knots: Sequence[Floats], levels: Sequence[int], signs: Sequence[int]) -> list[int]:
    """Return for each column of `design` the sign that its weight must have; 0 where it may have any."""
    wanted: list[int] = []
    for sign, width in zip(signs, _widths(knots, ()), strict=True):
        wanted += [sign] * (int(width) - 1) + [0]
    return wanted + [0] * sum(levels)


def fit_logistic(
    x: Any,
    truth: Floats,
    penalty: float,
    signs: Sequence[int] = (),
    rounds: int = 200,
    start: Floats | None = None,
) -> Floats:
    """Return weights, the offset last, of the least penalised log loss.

    Args:
        x: Shape (n, p), dense or a sparse matrix of scipy.
        truth: Shape (n,).
        penalty: Of the squared weights; the offset has none.
        signs: For each column 1 (not below zero), -1 (not above), 0 (any); none at all means any.
        rounds: Of the search.
        start: Where the search begins: the weights of another penalty.
    """
    n, p = x.shape
    turned = x.T.tocsr() if hasattr(x, "tocsr") else x.T
    free = {1: (0.0, None), -1: (None, 0.0), 0: (None, None)}
    bounds = [free[sign] for sign in (signs or [0] * p)] + [(None, None)]

    def loss(w: Floats) -> tuple[float, Floats]:
        z = x @ w[:-1] + w[-1]
        error = expit(z) - truth
        value = float(np.sum(np.logaddexp(0, z) - truth * z) + penalty / 2 * w[:-1] @ w[:-1]) / n
        return value, np.append(turned @ error + penalty * w[:-1], error.sum()) / n

    if start is None:
        start = np.append(np.zeros(p), np.log((truth.mean() + 1e-6) / (1 - truth.mean() + 1e-6)))
    options = {"maxiter": rounds, "ftol": 1e-7, "gtol": 1e-6}
    found: Floats = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    return found
