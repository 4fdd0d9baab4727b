"""The single experts that a router is stacked of: boosted trees over features, and words of the template."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cothink.core.errors import SettingError
from cothink.routing.learned.features import BUCKETS
from cothink.routing.learned.trees import Forest, of_booster

Floats = NDArray[np.float32]
_TOGETHER = 0.02  # how strongly the stack is drawn to the experts' mean, against the spread of what they say


@dataclass(frozen=True, slots=True)
class Fit:
    """How trees grow.

    Args:
        rounds: How many trees.
        leaves: The most leaves of one.
        least: The fewest prompts of a leaf.
        columns: The share of features that one tree may read.
        rate: How much of each tree is added.
        share: The share of prompts that one tree is grown from.
        pull: How strongly leaves are drawn to nothing.
        straight: How strongly the linear expert is drawn to nothing.
    """

    rounds: int
    leaves: int
    least: int
    columns: float
    rate: float = 0.05
    share: float = 0.8
    pull: float = 5.0
    straight: float = 10.0


def forest(rows: Floats, right: NDArray[np.float64], fit: Fit, weight: NDArray[np.float64] | None = None) -> Forest:
    """Fit trees for shares of right answers; they predict logits."""
    return _boost(rows, right, fit, "cross_entropy", weight)


def gain_forest(rows: Floats, gain: NDArray[np.float64], fit: Fit) -> Forest:
    """Fit trees for a difference, -1 to 1."""
    return _boost(rows, gain, fit, "l2")


def _boost(
    rows: Floats, target: NDArray[np.float64], fit: Fit, objective: str, weight: NDArray[np.float64] | None = None
) -> Forest:
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
        "bagging_fraction": fit.share,
        "bagging_freq": 1,
        "lambda_l2": fit.pull,
        "verbosity": -1,
        "num_threads": 1,
        "seed": 1,
        "deterministic": True,
    }
    data = lightgbm.Dataset(rows, target, weight=weight)
    return of_booster(lightgbm.train(settings, data, fit.rounds))


def stacked(experts: NDArray[np.float64], target: NDArray[np.float64]) -> Floats:
    """Weigh experts, one column each, for a target: least squares, none negative, drawn toward their mean.

    Returns:
        One weight an expert, and a constant.
    """
    count = experts.shape[1]
    x = np.column_stack([experts, np.ones(len(experts))]).astype(np.float64)
    towards = np.r_[np.full(count, 1 / count), 0.0]
    pull = np.diag(np.r_[np.full(count, _TOGETHER * len(x) * float(experts.var(0).mean())), 1e-6])
    free = np.ones(count + 1, dtype=bool)
    beta = towards
    for _ in range(count + 1):
        a = (x.T @ x + pull)[np.ix_(free, free)]
        b = (x.T @ target + pull @ towards)[free]
        beta = np.zeros(count + 1)
        beta[free] = np.linalg.solve(a, b)
        if (beta[:-1] >= 0).all():
            break
        free[:-1] &= beta[:-1] > 0
    return np.asarray(beta, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Linear:
    """A linear model over the figures and the hashed words of a prompt.

    Args:
        mean, scale: Of the dense features.
        figures: (features, targets).
        words: (buckets, targets).
        start: The constants.
    """

    mean: Floats
    scale: Floats
    figures: Floats
    words: Floats
    start: Floats

    def predict(self, dense: Floats, buckets: NDArray[np.int32]) -> Floats:
        """Return one figure a target."""
        near = np.clip((dense - self.mean) / self.scale, -_FAR, _FAR) * _FIGURES
        found = near @ self.figures + self.start
        if len(buckets):
            found = found + self.words[buckets].sum(0, dtype=np.float32) * (_WORDS / np.sqrt(len(buckets)))
        return np.asarray(found, dtype=np.float32)


_FAR = 4.0
_FIGURES, _WORDS = 0.1, 2.0  # how freely figures and words may be used


def linear(dense: Floats, buckets: Sequence[NDArray[np.int32]], targets: NDArray[np.float64], pull: float) -> Linear:
    """Fit a ridge regression, one column a target."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import Ridge

    mean, scale = dense.mean(0), dense.std(0) + 1e-2
    near = np.clip((dense - mean) / scale, -_FAR, _FAR) * _FIGURES
    sizes = np.asarray([len(one) for one in buckets])
    values = np.repeat(_WORDS / np.sqrt(np.maximum(1, sizes)), sizes)
    places = np.concatenate(buckets)
    words = csr_matrix((values, places, np.r_[0, np.cumsum(sizes)]), shape=(len(buckets), BUCKETS))
    both = hstack([csr_matrix(near), words]).tocsr()
    fitted = Ridge(alpha=pull, solver="sparse_cg", tol=1e-3).fit(both, targets)
    found = fitted.coef_.T.astype(np.float16).astype(np.float32)
    figures = dense.shape[1]
    return Linear(mean, scale, found[:figures], found[figures:], fitted.intercept_.astype(np.float32))
