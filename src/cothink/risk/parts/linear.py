"""A logistic scorecard on ramps: each number is a line that bends at its quantiles, each level of a category a step.

The weight of a ramp with a sign is kept at that sign while it is fitted, so a constraint holds by construction.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from cothink.measures.columns import Floats
from cothink.risk.parts.calibrate import expit

_QUANTILES = (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99)


def knots_of(figures: Floats) -> list[Floats]:
    """Return the bends of each column: its quantiles without repeats."""
    found = []
    for column in figures.T:
        there = column[~np.isnan(column)]
        found.append(np.unique(np.quantile(there, _QUANTILES)) if there.size else np.zeros(0))
    return found


def design(figures: Floats, codes: NDArray[np.int32], knots: Sequence[Floats], levels: Sequence[int]) -> Floats:
    """Return the scorecard's columns: for each figure its ramps and "missing", for each category its levels."""
    columns: list[Floats] = []
    for figure, bends in zip(figures.T, knots, strict=True):
        missing = np.isnan(figure)
        for low, high in pairwise(bends):
            ramp = np.clip((figure - low) / (high - low), 0, 1)
            columns.append(np.where(missing, 0.5, ramp))
        columns.append(missing.astype(np.float64))
    for code, count in zip(codes.T, levels, strict=True):
        columns.extend(np.asarray(code == level, np.float64) for level in range(count))
    return np.column_stack(columns) if columns else np.zeros((len(figures), 0))


def owners_of(knots: Sequence[Floats], levels: Sequence[int]) -> list[int]:
    """Return for each column of `design` the place of the figure or category that it belongs to."""
    counts = [max(0, len(bends) - 1) + 1 for bends in knots] + list(levels)
    return [place for place, count in enumerate(counts) for _ in range(count)]


def signs_of(knots: Sequence[Floats], levels: Sequence[int], signs: Sequence[int]) -> list[int]:
    """Return for each column of `design` the sign that its weight must have; 0 where it may have any."""
    wanted: list[int] = []
    for bends, sign in zip(knots, signs, strict=True):
        wanted += [sign] * max(0, len(bends) - 1) + [0]
    return wanted + [0] * sum(levels)


def fit_logistic(x: Floats, truth: Floats, penalty: float, signs: Sequence[int] = (), rounds: int = 200) -> Floats:
    """Return weights, the offset last, of the least penalised log loss.

    Args:
        x: Shape (n, p), dense or a sparse matrix of scipy.
        truth: Shape (n,).
        penalty: Of the squared weights; the offset has none.
        signs: For each column 1 (not below zero), -1 (not above), 0 (any); none at all means any.
        rounds: Of the search.
    """
    n, p = x.shape
    turned = x.T.tocsr() if hasattr(x, "tocsr") else np.ascontiguousarray(x.T)
    free = {1: (0.0, None), -1: (None, 0.0), 0: (None, None)}
    bounds = [free[sign] for sign in (signs or [0] * p)] + [(None, None)]

    def loss(w: Floats) -> tuple[float, Floats]:
        z = x @ w[:-1] + w[-1]
        error = expit(z) - truth
        value = float(np.sum(np.logaddexp(0, z) - truth * z) + penalty / 2 * w[:-1] @ w[:-1]) / n
        return value, np.append(turned @ error + penalty * w[:-1], error.sum()) / n

    start = np.zeros(p + 1)
    start[-1] = np.log((truth.mean() + 1e-6) / (1 - truth.mean() + 1e-6))
    options = {"maxiter": rounds, "ftol": 1e-7, "gtol": 1e-6}
    found: Floats = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    return found
