"""What each kind of task tells of its prompts: the models' shares of right answers, and how they fall with its size.

The slopes are one small logistic model a kind over the main directions in which its own prompts differ (digits, rows,
items …), drawn toward the kind's mean, and that toward the mean of all: few prompts move it little.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_DIRECTIONS = 8
_PRIOR = 2.0  # how many prompts the mean of all weighs in a kind's mean
_PULL = 1.0  # how strongly slopes are drawn to none
_FAR = 4.0  # spreads; further away no slope is trusted


@dataclass(frozen=True, slots=True)
class Levels:
    """One row a kind.

    Args:
        means: Share of right answers; (kinds, models).
        centre, spread: Of the kind's dense features; (kinds, features).
        slopes: Of the logit, on features less the centre, over the spread; (kinds, models, features).
        starts: The logit at the centre; (kinds, models).
    """

    means: Floats
    centre: Floats
    spread: Floats
    slopes: Floats
    starts: Floats

    def away(self, dense: Floats, kind: int) -> Floats:
        """Return a prompt's features as distances from its kind's centre."""
        return np.asarray(np.clip((dense - self.centre[kind]) / self.spread[kind], -_FAR, _FAR), dtype=np.float32)

    def logits(self, away: Floats, kind: int) -> Floats:
        """Return the models' logits by the kind's own slopes."""
        return np.asarray(self.slopes[kind] @ away + self.starts[kind], dtype=np.float32)


def learn(dense: Floats, right: NDArray[np.float64], kind: NDArray[np.int64], count: int) -> Levels:
    """Learn the levels of ``count`` kinds; right answers are shares, one column a model."""
    models, features = right.shape[1], dense.shape[1]
    everywhere = right.mean(0)
    levels = Levels(
        np.tile(everywhere.astype(np.float32), (count, 1)),
        np.tile(dense.mean(0), (count, 1)).astype(np.float32),
        np.tile(dense.std(0) + 0.02, (count, 1)).astype(np.float32),
        np.zeros((count, models, features), dtype=np.float32),
        np.tile(_logit(everywhere).astype(np.float32), (count, 1)),
    )
    for number in range(count):
        own = np.flatnonzero(kind == number)
        if len(own) == 0:
            continue
        levels.means[number] = (right[own].sum(0) + _PRIOR * everywhere) / (len(own) + _PRIOR)
        levels.centre[number] = dense[own].mean(0)
        levels.spread[number] = dense[own].std(0) + 0.02
        z = np.asarray([levels.away(row, number) for row in dense[own]], dtype=np.float64)
        z[:, dense[own].std(0) < 1e-3] = 0
        for model in range(models):
            slopes, start = _slopes(z, right[own, model], float(everywhere[model]))
            levels.slopes[number, model], levels.starts[number, model] = slopes, start
    return levels


def _slopes(z: NDArray[np.float64], right: NDArray[np.float64], everywhere: float) -> tuple[Floats, float]:
    """A logistic model on the main directions, by Newton's steps; returned as slopes on the features themselves."""
    used = max(1, int((np.abs(z).sum(0) > 0).sum()))
    _, sizes, axes = np.linalg.svd(z, full_matrices=False)
    axes = axes[: min(_DIRECTIONS, len(sizes))] / np.sqrt(used)
    x = np.column_stack([z @ axes.T, np.ones(len(z))])
    x = np.vstack([x, np.r_[np.zeros(len(axes)), 1.0]])
    y, weight = np.r_[right, everywhere], np.r_[np.ones(len(z)), _PRIOR]
    ridge = np.r_[np.full(len(axes), _PULL), 1e-6]
    beta = np.zeros(x.shape[1])
    for _ in range(15):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        curve = weight * np.maximum(p * (1 - p), 1e-4)
        step = np.linalg.solve(x.T @ (x * curve[:, None]) + np.diag(ridge), x.T @ (weight * (y - p)) - ridge * beta)
        beta += np.clip(step, -2, 2)
        if float(np.abs(step).max()) < 1e-4:
            break
    return (beta[:-1] @ axes).astype(np.float32), float(beta[-1])


def _logit(p: NDArray[np.float64]) -> NDArray[np.float64]:
    p = np.clip(p, 0.01, 0.99)
    return np.asarray(np.log(p / (1 - p)))


def encode(levels: Levels, shares: Floats, dense: Floats, best: int) -> Floats:
    """Return what the trees of seen kinds read: the kind's levels, the distances from its centre, and the features."""
    means = shares @ levels.means
    return np.concatenate([means, [means[1] - means[0]], levels.away(dense, best), dense]).astype(np.float32)
