"""Two ways over the same rows: is one better, and by how much.

Source: McNemar (1947), exact form; Efron and Tibshirani (1993) for the paired bootstrap.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from cothink.measures.columns import Column, Floats, floats, labels, same_length
from cothink.measures.intervals import Interval, bootstrap


@dataclass(frozen=True, slots=True)
class Paired:
    """How many rows only one of two ways got right, and how likely that is by chance."""

    only_first: int
    only_second: int
    p_value: float


def mcnemar(first: Column, second: Column) -> Paired:
    """Compare two columns of right (1) and wrong (0) on the same rows by McNemar's exact test, two-sided.

    Raises:
        ValueError: Lengths differ, or a value is neither 0 nor 1.
    """
    a, b = labels("first", first), labels("second", second)
    same_length(first=a, second=b)
    only_first, only_second = int(((a == 1) & (b == 0)).sum()), int(((a == 0) & (b == 1)).sum())
    n, few = only_first + only_second, min(only_first, only_second)
    tail = sum(math.comb(n, k) for k in range(few + 1))
    # Whole numbers: 2 ** n leaves the floats at n = 1,024.
    return Paired(only_first, only_second, min(1.0, (2 * tail) / (1 << n)))


def gain(
    statistic: Callable[..., float],
    first: Column,
    second: Column,
    *columns: Column,
    rounds: int = 1000,
    seed: int = 0,
    clusters: Column | None = None,
) -> Interval:
    """Return `statistic(first, *columns) - statistic(second, *columns)` with a paired bootstrap interval.

    Args:
        statistic: Called with one of the two ways and the columns that both are judged by.
        first: One way's figures, shape (n,).
        second: The other's, shape (n,).
        columns: What both share (truths, weights), each of shape (n,).
        rounds: Samples drawn.
        seed: Equal seeds give equal intervals.
        clusters: A number for each row; rows of one cluster are drawn together.

    Raises:
        ValueError: Columns differ in length or are empty.
    """

    def difference(one: Floats, other: Floats, *rest: Floats) -> float:
        return statistic(one, *rest) - statistic(other, *rest)

    ways = (floats("first", first), floats("second", second))
    return bootstrap(difference, *ways, *columns, rounds=rounds, seed=seed, clusters=clusters)
