"""Small logistic models, fitted by Newton's steps with numpy alone."""

import numpy as np
from numpy.typing import NDArray

from cothink.routing.answers.model import Line

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
_FAR = 4.0
_PULL = 300.0  # how strongly the slopes of a line are drawn to none, in rows
_STEPS = 25


def fit_line(rows: Floats, right: Doubles, weight: Doubles) -> Line:
    """Fit one logistic model a target over standardised features; shares of right answers are targets too."""
    mean, scale = rows.mean(0), rows.std(0) + 1e-2
    x = np.clip((rows - mean) / scale, -_FAR, _FAR).astype(np.float64)
    towards = np.zeros(x.shape[1])
    found = np.stack([logistic(x, right[:, i], weight, _PULL, towards) for i in range(right.shape[1])], axis=1)
    return Line(mean, scale, found[:-1].astype(np.float32), found[-1].astype(np.float32))


def logistic(x: Doubles, right: Doubles, weight: Doubles, pull: float, towards: Doubles) -> Doubles:
    """Return slopes, drawn toward ``towards`` as strongly as so many rows draw, and a constant that is free."""
    x = np.column_stack([x, np.ones(len(x))])
    ridge, rest = np.r_[np.full(len(towards), pull), 1e-6], np.r_[towards, 0.0]
    beta = rest.copy()
    for _ in range(_STEPS):
        p = chances(x @ beta)
        curve = weight * np.maximum(p * (1 - p), 1e-4)
        slope = x.T @ (weight * (right - p)) - ridge * (beta - rest)
        step = np.linalg.solve(x.T @ (x * curve[:, None]) + np.diag(ridge), slope)
        beta += np.clip(step, -1, 1)
        if float(np.abs(step).max()) < 1e-5:
            break
    return np.asarray(beta)


def chances(logits: Doubles) -> Doubles:
    """Turn logits into chances."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))))
