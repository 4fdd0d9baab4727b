"""From a score to a probability that means what it says: Platt's line on the logit, or isotonic steps.

Source: Platt (1999); Zadrozny and Elkan (2002). Which one, is decided by
log loss on rows that the calibrator has not seen.
"""

import msgspec
import numpy as np
from scipy.optimize import minimize

from cothink.measures.calibration import log_loss
from cothink.measures.columns import Floats

_FLOOR = 1e-4  # no probability is 0 or 1
_CLEAR = 0.002  # in log loss: what steps must gain over a line, which has fewer ways to be wrong


class Calibrator(msgspec.Struct, frozen=True):
    """A rising map from logit to logit.

    Attributes:
        kind: `platt` or `isotonic`.
        x: Slope and offset, or the logits of the knots.
        y: Nothing, or the logits that the knots become.
    """

    kind: str
    x: tuple[float, ...]
    y: tuple[float, ...] = ()

    def logit(self, score: Floats) -> Floats:
        """Return calibrated logits."""
        if self.kind == "platt":
            return self.x[0] * score + self.x[1]
        return np.interp(score, self.x, self.y)

    def __call__(self, score: Floats, shift: float = 0.0) -> Floats:
        """Return probabilities; `shift` is added in log-odds, for another base rate."""
        return np.clip(expit(self.logit(score) + shift), _FLOOR, 1 - _FLOOR)


def expit(logit: Floats) -> Floats:
    """Return probabilities of logits."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -30, 30))))


def to_logit(chance: Floats) -> Floats:
    """Return logits of probabilities, kept away from 0 and 1."""
    clipped = np.clip(chance, _FLOOR, 1 - _FLOOR)
    return np.asarray(np.log(clipped / (1 - clipped)))


def platt(score: Floats, truth: Floats) -> Calibrator:
    """Fit a line on the logit; its slope never falls below zero, so that the order of the rows stays."""

    def loss(line: Floats) -> tuple[float, Floats]:
        z = line[0] * score + line[1]
        error = expit(z) - truth
        value = float(np.mean(np.logaddexp(0, z) - truth * z) + 1e-4 * (line[0] - 1) ** 2)
        return value, np.asarray([np.mean(error * score) + 2e-4 * (line[0] - 1), error.mean()])

    line = minimize(loss, np.asarray([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0.05, 5), (None, None)]).x
    return Calibrator("platt", (float(line[0]), float(line[1])))


def isotonic(score: Floats, truth: Floats) -> Calibrator:
    """Fit rising steps, joined by lines through the middles of their pools."""
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(out_of_bounds="clip").fit_transform(score, truth)
    levels, places = np.unique(fitted, return_inverse=True)
    counts = np.bincount(places)
    middles = np.bincount(places, weights=score) / counts
    smoothed = (levels * counts + truth.mean()) / (counts + 1)  # a pool of no defaults is not a chance of none
    return Calibrator("isotonic", tuple(map(float, middles)), tuple(map(float, to_logit(smoothed))))


def choose(score: Floats, truth: Floats, seed: int, folds: int = 5) -> Calibrator:
    """Return the calibrator of the lower cross-fitted log loss; a tie goes to the line."""
    place = np.random.default_rng(seed).permutation(len(score)) % folds
    losses = {}
    for fit in (platt, isotonic):
        out = np.zeros(len(score))
        for fold in range(folds):
            out[place == fold] = fit(score[place != fold], truth[place != fold])(score[place == fold])
        losses[fit] = log_loss(out, truth)
    steps = losses[isotonic] < losses[platt] - _CLEAR
    return isotonic(score, truth) if steps else platt(score, truth)
