"""The forms of published routers, each small and fitted on the same features as ours, to stand beside it in the table.

Sources: nearest neighbours and clusters as in RouterBench (arXiv 2403.12031) and Avengers (arXiv 2505.19797); matrix
factorisation, preference by similarity and a classifier as in RouteLLM (arXiv 2406.18665); the MLP as in RouterDC's and
Hybrid LLM's baselines. Embeddings are the leading directions of the prompt's own words and figures: no hub download.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cothink.routing.learned.features import BUCKETS
from cothink.routing.learned.train import Read

Doubles = NDArray[np.float64]
Chances = NDArray[np.float64]  # (rows, 2): cheap, strong
Fitter = Callable[["Space", "Space"], Chances]
_NEIGHBOURS = 40
_CLUSTERS = 32


@dataclass(frozen=True, slots=True)
class Space:
    """Prompts as points.

    Args:
        points: Unit vectors of their words and figures.
        right: Shares of right answers of the pair; unused where they are to be predicted.
        kind: The number of each one's kind.
    """

    points: Doubles
    right: Doubles
    kind: NDArray[np.int64]


def spaces(learned: Read, judged: Read, width: int = 64) -> tuple[Space, Space]:
    """Return both tables in one space, whose directions come from the first."""
    from sklearn.decomposition import TruncatedSVD

    words, new_words = _matrix(learned.buckets), _matrix(judged.buckets)
    often = np.log((1 + words.shape[0]) / (1 + np.asarray((words > 0).sum(0)).ravel()))
    cut = TruncatedSVD(min(width, words.shape[0] - 1), random_state=0)
    points, new_points = cut.fit_transform(words.multiply(often).tocsr()), cut.transform(new_words.multiply(often))
    mean, spread = learned.dense.mean(0), learned.dense.std(0) + 1e-2

    def joined(text: Doubles, dense: Any) -> Doubles:
        figures = np.clip((dense - mean) / spread, -4, 4) / np.sqrt(dense.shape[1])
        return _unit(np.hstack([_unit(text), 0.5 * _unit(figures)]))

    return (
        Space(joined(points, learned.dense), learned.right[:, :2], learned.kind),
        Space(joined(new_points, judged.dense), judged.right[:, :2], judged.kind),
    )


def neighbours(learned: Space, judged: Space) -> Chances:
    """The mean of the nearest prompts."""
    likeness = judged.points @ learned.points.T
    count = min(_NEIGHBOURS, len(learned.points))
    nearest = np.argpartition(-likeness, count - 1, axis=1)[:, :count]
    return np.asarray(learned.right[nearest].mean(1))


def clusters(learned: Space, judged: Space) -> Chances:
    """The mean of the cluster that a prompt falls into."""
    from sklearn.cluster import KMeans

    fitted = KMeans(min(_CLUSTERS, len(learned.points) // 5 or 1), n_init=2, random_state=0).fit(learned.points)
    everywhere = learned.right.mean(0)
    means = np.asarray(
        [
            (learned.right[fitted.labels_ == i].sum(0) + everywhere) / ((fitted.labels_ == i).sum() + 1)
            for i in range(fitted.n_clusters)
        ]
    )
    return np.asarray(means[fitted.predict(judged.points)])


def preference(learned: Space, judged: Space) -> Chances:
    """Similarity-weighted Bradley-Terry, RouteLLM's SW ranking: near prompts count as 10 to the power of likeness."""
    likeness = judged.points @ learned.points.T
    weight = np.power(10.0, 1 + likeness / np.maximum(likeness.max(1, keepdims=True), 1e-9))
    cheap, strong = learned.right.T
    wins = weight @ (strong * (1 - cheap)) + 1e-9
    losses = weight @ (cheap * (1 - strong)) + 1e-9
    win = wins / (wins + losses)
    return np.column_stack([1 - win, win])


def factorised(learned: Space, judged: Space) -> Chances:
    """Bilinear scores of prompt and model, RouteLLM's matrix factorisation: one logistic model on the pair's duels."""
    return _logistic(learned, judged, pull=1.0)


def classifier(learned: Space, judged: Space) -> Chances:
    """A linear classifier for each model's own chance."""
    return np.column_stack([_chance(learned.points, learned.right[:, i], judged.points, 3.0) for i in (0, 1)])


def mlp(learned: Space, judged: Space) -> Chances:
    """A network of one hidden layer that predicts both models' chances."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPRegressor

    net = MLPRegressor(hidden_layer_sizes=(64,), alpha=1e-2, early_stopping=True, max_iter=60, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it stops after its rounds, as a router's form does
        net.fit(learned.points, learned.right)
    return np.asarray(np.clip(net.predict(judged.points), 0, 1))


def known_kind(learned: Space, judged: Space) -> Chances:
    """No router: who knew each kind's two accuracies on the judged rows: the bound of all that know kinds."""
    means = np.zeros((int(judged.kind.max()) + 1, 2))
    for kind in np.unique(judged.kind):
        means[kind] = judged.right[judged.kind == kind].mean(0)
    return np.asarray(means[judged.kind])


FORMS: dict[str, Fitter] = {
    "nearest neighbours": neighbours,
    "clusters": clusters,
    "preference (SW)": preference,
    "matrix factors": factorised,
    "linear classifier": classifier,
    "MLP": mlp,
}


def _logistic(learned: Space, judged: Space, pull: float) -> Chances:
    cheap, strong = learned.right.T
    decided = cheap + strong - 2 * cheap * strong
    kept = decided > 0
    share = (strong * (1 - cheap))[kept] / decided[kept]
    win = _chance(learned.points[kept], share, judged.points, pull, decided[kept])
    return np.column_stack([1 - win, win])


def _chance(points: Doubles, share: Doubles, new: Doubles, pull: float, weight: Doubles | None = None) -> Doubles:
    from sklearn.linear_model import LogisticRegression

    w = np.ones(len(points)) if weight is None else weight
    x, y = np.vstack([points, points]), np.r_[np.ones(len(points)), np.zeros(len(points))]
    fitted = LogisticRegression(C=pull, max_iter=200).fit(x, y, sample_weight=np.r_[share * w, (1 - share) * w] + 1e-9)
    return np.asarray(fitted.predict_proba(new)[:, 1])


def _unit(points: Doubles) -> Doubles:
    return np.asarray(points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-9))


def _matrix(buckets: list[NDArray[np.int32]]) -> Any:
    from scipy.sparse import csr_matrix

    sizes = np.asarray([len(one) for one in buckets])
    values = np.repeat(1 / np.sqrt(np.maximum(1, sizes)), sizes)
    return csr_matrix((values, np.concatenate(buckets), np.r_[0, np.cumsum(sizes)]), shape=(len(buckets), BUCKETS))
