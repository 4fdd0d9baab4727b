"""The single experts that a router is stacked of: boosted trees over features, and words of the template."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cothink.core.errors import SettingError
from cothink.routing.learned.features import BUCKETS
from cothink.routing.learned.trees import Forest, of_booster

Floats = NDArray[np.float32]
Weights = NDArray[np.float64] | None
_TOGETHER = 1_000.0  # the mean of two experts orders prompts better than the weights of the least loss


@dataclass(frozen=True, slots=True)
class Fit:
    """How trees grow.

    Args:
        rounds: How many trees.
        leaves: The most leaves of one.
        least: The fewest prompts of a leaf.
        columns: The share of features that one tree may read.
        rate: How much of each tree is added.
        pull: How strongly leaves are drawn to nothing.
    """

    rounds: int
    leaves: int
    least: int
    columns: float
    rate: float = 0.05
    pull: float = 5.0


def forest(rows: Floats, right: NDArray[np.float64], fit: Fit, weights: Weights = None) -> Forest:
    """Fit trees for shares of right answers; they predict logits."""
    return _boost(rows, right, fit, weights, "cross_entropy")


def gain_forest(rows: Floats, gain: NDArray[np.float64], fit: Fit, weights: Weights = None) -> Forest:
    """Fit trees for a difference, -1 to 1."""
    return _boost(rows, gain, fit, weights, "l2")


def _boost(rows: Floats, target: NDArray[np.float64], fit: Fit, weights: Weights, objective: str) -> Forest:
    try:
        import lightgbm
    except ImportError as error:
        raise SettingError("Training a router needs LightGBM: pip install 'cothink[routing]'.") from error
    settings = {
        "objective": objective,
        "learning_rate": fit.rate,
        "num_leaves": fit.leaves,
        "min_data_in_leaf": min(fit.least, max(5, len(rows) // 20)),
        "feature_fraction": fit.columns,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": fit.pull,
        "verbosity": -1,
        "num_threads": 1,
        "seed": 1,
        "deterministic": True,
    }
    data = lightgbm.Dataset(rows, target, weight=weights)
    return of_booster(lightgbm.train(settings, data, fit.rounds))


def stacked(trees: Floats, linear: Floats, right: NDArray[np.float64], weights: Weights = None) -> list[float]:
    """Weigh two experts' logits and a constant: a logistic model, drawn toward half and half, never negative."""
    x = np.column_stack([trees, linear, np.ones(len(trees))]).astype(np.float64)
    w = np.ones(len(x)) if weights is None else weights
    towards = np.asarray([0.5, 0.5, 0.0])
    pull = np.asarray([_TOGETHER, _TOGETHER, 1.0])
    free = np.asarray([True, True, True])
    beta = towards.copy()
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        slope = x.T @ (w * (right - p)) - pull * (beta - towards)
        curve = x.T @ (x * (w * np.maximum(p * (1 - p), 1e-4))[:, None]) + np.diag(pull)
        step = np.zeros(3)
        step[free] = np.linalg.solve(curve[np.ix_(free, free)], slope[free])
        beta = beta + np.clip(step, -1, 1)
        for i in (0, 1):
            if beta[i] < 0:
                beta[i], free[i] = 0.0, False
        if float(np.abs(step).max()) < 1e-5:
            break
    return [float(one) for one in beta]


def words(buckets: Sequence[NDArray[np.int32]], right: NDArray[np.float64], weights: NDArray[np.float64]) -> Floats:
    """Fit a linear model over the template's words for each model; the last row is the constant."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    sizes = np.asarray([len(one) for one in buckets])
    values = np.repeat(1 / np.sqrt(np.maximum(1, sizes)), sizes)
    start = np.r_[0, np.cumsum(sizes)]
    x = csr_matrix((values, np.concatenate(buckets), start), shape=(len(buckets), BUCKETS))
    fitted = np.zeros((BUCKETS + 1, right.shape[1]), dtype=np.float32)
    from scipy.sparse import vstack

    both = vstack([x, x])
    for model in range(right.shape[1]):
        y = np.r_[np.ones(len(sizes)), np.zeros(len(sizes))]
        w = np.r_[right[:, model] * weights, (1 - right[:, model]) * weights] + 1e-9
        one = LogisticRegression(C=0.3, solver="liblinear", tol=1e-2).fit(both, y, sample_weight=w)
        fitted[:-1, model], fitted[-1, model] = one.coef_[0], one.intercept_[0]
    return fitted.astype(np.float16).astype(np.float32)
