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
_BELIEVED = 0.5  # this much of a promised rescue came true on kinds that were left out; the cuts differ too much to fit


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
        numbers: How fast likeness fades; then the constant that turns the chance of a rescue into a gain.
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
        return p, float(_BELIEVED * rescue(p) + self.numbers[1])

    def many(self, dense: Floats) -> Floats:
        """Return the chances of many prompts, one column a model."""
        near = _near(_spreads(dense, self.mean, self.scale), self.centres, float(self.numbers[0]))
        return np.asarray(np.clip(near @ self.weights + self.start, 0.02, 0.98), dtype=np.float32)


def rescue(p: NDArray[np.floating]) -> Doubles:
    """Return the chance that the cheap model fails and the strong one does not, were they independent."""
    return np.asarray(p[..., 1] * (1 - p[..., 0]), dtype=np.float64)


def learn(dense: Floats, right: Doubles, kind: NDArray[np.int64], reach: Reach) -> Likeness:
    """Learn from prompts with the number of their kind.

    Args:
        dense: One row of figures a prompt.
        right: Shares of right answers, one column a model.
        kind: The number of each one's kind.
        reach: How far kinds speak for one another.
    """
    figures = dense[:, :GENERAL]
    mean, scale = figures.mean(0), figures.std(0) + 1e-2
    points = _spreads(dense, mean, scale)
    present, place, counts = np.unique(kind, return_inverse=True, return_counts=True)
    sums = np.zeros((len(present), points.shape[1] + right.shape[1]))
    np.add.at(sums, place, np.hstack([points, right]))
    means = sums / counts[:, None]
    centres, levels = means[:, : points.shape[1]], means[:, points.shape[1] :]
    start = levels.mean(0)
    near = _near(centres, centres, reach.reach)
    weights = np.linalg.solve(near + np.diag(reach.pull * (1 + _FEW / counts)), levels - start)
    said = rescue(np.clip(near @ weights + start, 0, 1)).mean()
    numbers = [reach.reach, start[1] - start[0] - _BELIEVED * said]
    rest = (np.asarray(one, dtype=np.float32) for one in (centres, weights, start, numbers))
    return Likeness(mean, scale, *rest)


def _spreads(dense: Floats, mean: Floats, scale: Floats) -> Floats:
    return np.asarray(np.clip((dense[:, :GENERAL] - mean) / scale, -_FAR, _FAR))


def _near(points: NDArray[np.floating], centres: NDArray[np.floating], fade: float) -> Doubles:
    apart = (points**2).sum(1)[:, None] + (centres**2).sum(1)[None] - 2 * points @ centres.T
    return np.asarray(np.exp(-fade * np.maximum(apart, 0) / centres.shape[1]))
