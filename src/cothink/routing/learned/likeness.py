"""What to expect of a kind of task that was never seen: how the kinds went that are alike in size and form.

A Gaussian kernel regression over the kinds' mean figures, every kind counted once: the few kinds decide, not the many
prompts. What a task is about is left out on purpose, since it misleads here. The order comes from the chance that the
cheap model fails and the strong one does not: a difference of two guesses is mostly noise.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cothink.routing.learned.features import GENERAL

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
_FAR = 3.0  # spreads; further away a figure says no more
_FEW = 3.0  # a kind of so many prompts is believed half as much as a large one
_LEAST_SLOPE = 0.05  # the order of prompts is never given up wholly
_LEAST_KINDS = 8  # with fewer there is nothing to weigh the promise by


@dataclass(frozen=True, slots=True)
class Reach:
    """How far kinds speak for one another.

    Args:
        reach: How fast likeness fades with the mean squared distance, in spreads.
        pull: How strongly kinds are drawn to the mean of all.
    """

    reach: float = 2.0
    pull: float = 0.3


@dataclass(frozen=True, slots=True)
class Likeness:
    """Kinds as points, and what each pulls its surroundings to.

    Args:
        mean, scale: Of the figures of size and form.
        centres: The kinds' mean figures, in spreads; (kinds, figures).
        weights: (kinds, models).
        start: The mean of all kinds, one a model.
        numbers: How fast likeness fades; then slope and constant that turn the chance of a rescue into a gain.
    """

    mean: Floats
    scale: Floats
    centres: Floats
    weights: Floats
    start: Floats
    numbers: Floats

    def chances(self, dense: Floats) -> tuple[Floats, float]:
        """Return each model's chance on a prompt, and what the strong one of the pair gains."""
        p = self.many(dense[None])[0]
        return p, float(self.numbers[1] * rescue(p) + self.numbers[2])

    def many(self, dense: Floats) -> Floats:
        """Return the chances of many prompts, one column a model."""
        near = _near(_spreads(dense, self.mean, self.scale), self.centres, float(self.numbers[0]))
        return np.asarray(np.clip(near @ self.weights + self.start, 0.02, 0.98), dtype=np.float32)


def rescue(p: Floats) -> Floats:
    """Return the chance that the cheap model fails and the strong one does not, were they independent."""
    return np.asarray(p[..., 1] * (1 - p[..., 0]))


def learn(dense: Floats, right: Doubles, kind: NDArray[np.int64], folds: NDArray[np.int64], reach: Reach) -> Likeness:
    """Learn from prompts with the number of their kind.

    Args:
        dense: One row of figures a prompt.
        right: Shares of right answers, one column a model.
        kind: The number of each one's kind.
        folds: Parts that cut no kind: the promise is weighed on kinds that were left out.
        reach: How far kinds speak for one another.
    """
    whole = _fit(dense, right, kind, reach)
    if len(np.unique(kind)) < _LEAST_KINDS:
        return whole
    said = np.zeros(len(kind))
    for fold in np.unique(folds):
        rest, here = folds != fold, folds == fold
        said[here] = rescue(_fit(dense[rest], right[rest], kind[rest], reach).many(dense[here]))
    slope, start = _line(said, right[:, 1] - right[:, 0], 1 / np.bincount(kind)[kind])
    numbers = np.asarray([whole.numbers[0], slope, start], dtype=np.float32)
    return Likeness(whole.mean, whole.scale, whole.centres, whole.weights, whole.start, numbers)


def _fit(dense: Floats, right: Doubles, kind: NDArray[np.int64], reach: Reach) -> Likeness:
    figures = dense[:, :GENERAL]
    mean, scale = figures.mean(0), figures.std(0) + 1e-2
    points = _spreads(dense, mean, scale)
    present, place, counts = np.unique(kind, return_inverse=True, return_counts=True)
    sums = np.zeros((len(present), points.shape[1] + right.shape[1]))
    np.add.at(sums, place, np.hstack([points, right]))
    means = sums / counts[:, None]
    centres, levels = means[:, : points.shape[1]], means[:, points.shape[1] :]
    start = levels.mean(0)
    doubt = np.diag(reach.pull * (1 + _FEW / counts))
    weights = np.linalg.solve(_near(centres, centres, reach.reach) + doubt, levels - start)
    numbers = np.asarray([reach.reach, 1.0, 0.0], dtype=np.float32)
    return Likeness(mean, scale, *(one.astype(np.float32) for one in (centres, weights, start)), numbers)


def _spreads(dense: Floats, mean: Floats, scale: Floats) -> Floats:
    return np.asarray(np.clip((dense[:, :GENERAL] - mean) / scale, -_FAR, _FAR))


def _near(points: NDArray[np.floating], centres: NDArray[np.floating], fade: float) -> Doubles:
    apart = (points**2).sum(1)[:, None] + (centres**2).sum(1)[None] - 2 * points @ centres.T
    return np.asarray(np.exp(-fade * np.maximum(apart, 0) / centres.shape[1]))


def _line(said: Doubles, gain: Doubles, weights: Doubles) -> tuple[float, float]:
    middle, mean = np.average(said, weights=weights), np.average(gain, weights=weights)
    spread = np.average((said - middle) ** 2, weights=weights)
    slope = np.average((said - middle) * (gain - mean), weights=weights) / max(float(spread), 1e-6)
    slope = float(np.clip(slope, _LEAST_SLOPE, 1.0))
    return slope, float(mean - slope * middle)
