"""From a score to a probability that means what it says: the score as it is, Platt's line on it, or isotonic steps.

Source: Platt (1999); Zadrozny and Elkan (2002). Which one, is decided by log loss on rows that the calibrator has not
seen; the simpler one stays unless the next is clearly better, since few rows fit steps by chance.
"""

import msgspec
import numpy as np
from scipy.optimize import minimize

from cothink.measures.calibration import log_loss
from cothink.measures.columns import Floats

_FLOOR = 1e-4  # no probability is 0 or 1
_ENOUGH = 2_000  # rows, to fit steps by
_CLEAR = {"none": 0.0, "platt": 0.0002, "isotonic": 0.002}  # log loss that each must gain over a simpler one


class Calibrator(msgspec.Struct, frozen=True):
    """A rising map from logit to logit.

    Attributes:
        kind: `none`, `platt` or `isotonic`.
        x: Nothing, slope and offset, or the logits of the knots.
        y: Nothing, or the logits that the knots become.
    """

    kind: str
    x: tuple[float, ...]
    y: tuple[float, ...] = ()

    def logit(self, score: Floats) -> Floats:
        """Return calibrated logits."""
        if self.kind == "none":
            return score
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


def unchanged(score: Floats, truth: Floats) -> Calibrator:
    """Leave the score as it is."""
    return Calibrator("none", ())


def choose(score: Floats, truth: Floats, seed: int, folds: int = 5, repeats: int = 4) -> Calibrator:
    """Return the calibrator of the lowest cross-fitted log loss, less what the more complex ones must gain.

    Args:
        score: Logits of rows by models that have not seen them, shape (n,).
        truth: Shape (n,).
        seed: Of the folds.
        folds: Into which the rows are cut.
        repeats: How often they are cut anew.
    """
    kinds = _KINDS if len(score) >= _ENOUGH else _KINDS[:2]
    random, costs = np.random.default_rng(seed), dict.fromkeys(kinds, 0.0)
    for _ in range(repeats):
        place = random.permutation(len(score)) % folds
        for fit in kinds:
            out = np.zeros(len(score))
            for fold in range(folds):
                out[place == fold] = fit(score[place != fold], truth[place != fold])(score[place == fold])
            costs[fit] += log_loss(out, truth) / repeats
    made = {fit: fit(score, truth) for fit in kinds}
    return made[min(kinds, key=lambda fit: costs[fit] + _CLEAR[made[fit].kind])]


_KINDS = (unchanged, platt, isotonic)
