"""How well a score tells two classes apart: AUC and Kolmogorov-Smirnov."""

import numpy as np

from cothink.measures.columns import Column, Floats, floats, labels, same_length


def auc(score: Column, truth: Column) -> float:
    """Return the chance that a row of truth 1 scores above a row of truth 0; ties count a half.

    nan where one class is missing, since no order can be judged then.

    Raises:
        ValueError: Lengths differ, or a truth is neither 0 nor 1.
    """
    scores, truths = _checked(score, truth)
    ones = truths.sum()
    zeros = len(truths) - ones
    if not ones or not zeros:
        return float("nan")
    return float((_ranks(scores)[truths == 1].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def ks(score: Column, truth: Column) -> float:
    """Return the greatest distance of the two classes' cumulative shares over the score, 0..1.

    nan where one class is missing.

    Raises:
        ValueError: Lengths differ, or a truth is neither 0 nor 1.
    """
    scores, truths = _checked(score, truth)
    ones = truths.sum()
    zeros = len(truths) - ones
    if not ones or not zeros:
        return float("nan")
    order = np.argsort(scores, kind="stable")
    ordered = truths[order]
    distance = np.abs(np.cumsum(ordered) / ones - np.cumsum(1 - ordered) / zeros)
    # Only where the score changes: rows of one score cannot be told apart.
    last_of_ties = np.append(np.diff(scores[order]) != 0, True)
    return float(distance[last_of_ties].max())


def _checked(score: Column, truth: Column) -> tuple[Floats, Floats]:
    """Return both as arrays of one length."""
    scores, truths = floats("score", score), labels("truth", truth)
    same_length(score=scores, truth=truths)
    return scores, truths


def _ranks(values: Floats) -> Floats:
    """Return ranks from 1, equal values sharing the mean of theirs."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    mean: Floats = last - (counts - 1) / 2
    return mean[places]
