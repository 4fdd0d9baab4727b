"""How sure a figure is: Wilson's interval for a share, the bootstrap for everything else.

Source: Wilson (1927); Efron and Tibshirani, An Introduction to the Bootstrap (1993), percentile intervals.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from cothink.measures.columns import Column, Floats, floats, same_length


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and the range in which it lies at the level that was asked for."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def wilson(right: float, n: int, level: float = 0.95) -> Interval:
    """Return the share `right / n` with Wilson's score interval.

    Args:
        right: How many of them, 0..n.
        n: How many there are, at least 1.
        level: 0.95 for a 95% interval.

    Raises:
        ValueError: `n` is below 1, or `right` lies outside 0..n.
    """
    if n < 1 or not 0 <= right <= n:
        raise ValueError(f"a share needs n >= 1 and right in 0..n, got right {right:g} and n {n}")
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share = right / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def bootstrap(
    statistic: Callable[..., float],
    *columns: Column,
    rounds: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    clusters: Column | None = None,
) -> Interval:
    """Return the statistic of the columns with a percentile interval over resampled rows.

    Args:
        statistic: Called with one array a column, all resampled alike.
        columns: Figures, each of shape (n,).
        rounds: Samples drawn.
        level: 0.95 for a 95% interval.
        seed: Equal seeds give equal intervals.
        clusters: A number for each row; rows of one cluster are drawn together (several answers to one question).

    Raises:
        ValueError: Columns differ in length or are empty.
    """
    arrays = [floats(f"column {place}", column) for place, column in enumerate(columns)]
    values = [statistic(*(array[rows] for array in arrays)) for rows in _draws(arrays, rounds, seed, clusters)]
    kept = np.asarray([value for value in values if math.isfinite(value)])
    value = float(statistic(*arrays))
    if not kept.size:
        return Interval(value, math.nan, math.nan)
    low, high = np.quantile(kept, [0.5 - level / 2, 0.5 + level / 2])
    return Interval(value, float(low), float(high))


def _draws(arrays: list[Floats], rounds: int, seed: int, clusters: Column | None) -> list[np.ndarray]:
    """Return the rows of each resample."""
    same_length(**{f"column {place}": array for place, array in enumerate(arrays)})
    random = np.random.default_rng(seed)
    n = len(arrays[0])
    if clusters is None:
        return [random.integers(0, n, n) for _ in range(rounds)]
    names, places = np.unique(np.asarray(clusters), return_inverse=True)
    if len(places) != n:
        raise ValueError(f"clusters must have one entry a row, got {len(places)} for {n} rows")
    members = [np.flatnonzero(places == place) for place in range(len(names))]
    picks = (random.integers(0, len(names), len(names)) for _ in range(rounds))
    return [np.concatenate([members[one] for one in pick]) for pick in picks]
