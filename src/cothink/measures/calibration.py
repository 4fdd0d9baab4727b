"""Whether a probability means what it says: Brier score, expected calibration error, the bins of a calibration plot.

Source: Brier (1950); Naeini et al. (2015), with bins of equal mass instead of equal width, since scores crowd together.
"""

from dataclasses import dataclass

import numpy as np

from cothink.measures.columns import Column, Floats, chances, labels, same_length


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows of neighbouring probabilities: how many, what was said on average, what came true."""

    n: int
    said: float
    came_true: float


def brier(chance: Column, truth: Column) -> float:
    """Return the mean squared distance of probability and truth, 0 (best) to 1.

    Raises:
        ValueError: Lengths differ, a truth is neither 0 nor 1, a probability lies outside 0..1.
    """
    said, truths = _checked(chance, truth)
    return float(np.mean((said - truths) ** 2))


def log_loss(chance: Column, truth: Column, floor: float = 1e-12) -> float:
    """Return the mean negative log-likelihood in nats; probabilities are kept `floor` away from 0 and 1.

    Raises:
        ValueError: As for `brier`.
    """
    said, truths = _checked(chance, truth)
    said = np.clip(said, floor, 1 - floor)
    return float(-np.mean(truths * np.log(said) + (1 - truths) * np.log(1 - said)))


def bins(chance: Column, truth: Column, count: int = 10) -> list[Bin]:
    """Return `count` bins of equal mass (fewer where there are fewer rows), lowest probability first.

    Raises:
        ValueError: As for `brier`.
    """
    said, truths = _checked(chance, truth)
    order = np.argsort(said, kind="stable")
    parts = [part for part in np.array_split(order, count) if part.size]
    return [Bin(len(part), float(said[part].mean()), float(truths[part].mean())) for part in parts]


def ece(chance: Column, truth: Column, count: int = 10) -> float:
    """Return the mean distance of what was said and what came true over bins of equal mass, weighted by rows.

    Raises:
        ValueError: As for `brier`.
    """
    parts = bins(chance, truth, count)
    total = sum(part.n for part in parts)
    return sum(part.n * abs(part.said - part.came_true) for part in parts) / total


def _checked(chance: Column, truth: Column) -> tuple[Floats, Floats]:
    """Return both as arrays of one length."""
    said, truths = chances("chance", chance), labels("truth", truth)
    same_length(chance=said, truth=truths)
    return said, truths
