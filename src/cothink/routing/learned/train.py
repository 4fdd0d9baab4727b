"""Trains a router: kinds, levels and trees, each judged by rows (or kinds) that it did not learn from, then stacked.

What a tree of the seen side reads of a prompt's kind comes from a fit without that prompt; what the unseen side is
weighed by comes from a fit without that prompt's kind. LightGBM and scikit-learn are needed here, not at run time.
"""

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from cothink.core.errors import SettingError
from cothink.routing.learned import features
from cothink.routing.learned import kinds as kinds_of
from cothink.routing.learned import levels as levels_of
from cothink.routing.learned.experts import Fit, forest, gain_forest, stacked, words
from cothink.routing.learned.kinds import Kinds
from cothink.routing.learned.levels import encode
from cothink.routing.learned.model import About, Router, Side, text_logits
from cothink.routing.learned.recorded import Table

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
LEAST_ROWS = 40


@dataclass(frozen=True, slots=True)
class Plan:
    """How a router is trained.

    Args:
        row_folds: Into how many parts rows are cut for what the seen side reads.
        kind_folds: The same with kinds, for the unseen side.
        seed: Of the cuts.
        seen: How the seen side's trees grow.
        unseen: How the unseen side's trees grow.
        gain_share: See `About`.
    """

    row_folds: int = 5
    kind_folds: int = 8
    seed: int = 0
    seen: Fit = field(default_factory=lambda: Fit(rounds=200, leaves=15, least=15, columns=0.3))
    unseen: Fit = field(default_factory=lambda: Fit(rounds=60, leaves=7, least=60, columns=0.1))
    gain_share: float = 0.3


@dataclass(frozen=True, slots=True)
class Read:
    """A table's prompts as features.

    Args:
        dense: One row a prompt.
        buckets: The template's words of each.
        right: Shares of right answers, one column a model.
        kind: The number of each prompt's kind.
        names: The kinds' names.
    """

    dense: Floats
    buckets: list[NDArray[np.int32]]
    right: NDArray[np.float64]
    kind: Rows
    names: tuple[str, ...]

    def take(self, rows: Rows) -> "Read":
        """Return some rows; kinds without a row lose their number."""
        present, kind = np.unique(self.kind[rows], return_inverse=True)
        names = tuple(self.names[i] for i in present)
        return Read(self.dense[rows], [self.buckets[i] for i in rows], self.right[rows], kind.astype(np.int64), names)


def read(table: Table) -> Read:
    """Read the features of a table."""
    pairs = [features.read(text) for text in table.texts]
    names, kind = np.unique(np.asarray(table.kinds), return_inverse=True)
    dense = np.asarray([one for one, _ in pairs], dtype=np.float32)
    return Read(dense, [one for _, one in pairs], table.right, kind.astype(np.int64), tuple(map(str, names)))


def train(table: Table, plan: Plan | None = None) -> Router:
    """Train a router on recorded outcomes; the first model of the table is the cheap one, the second the strong one.

    Raises:
        SettingError: Fewer than two models, or too few prompts.
    """
    if len(table.models) < 2 or len(table) < LEAST_ROWS:
        raise SettingError(
            f"A router needs two models and {LEAST_ROWS} prompts; there are {len(table.models)} and {len(table)}.",
            param="data",
        )
    return train_read(read(table), table.models, dict(Counter(table.datasets)), plan or Plan())


def train_read(data: Read, models: tuple[str, ...], trained_on: dict[str, int], plan: Plan) -> Router:
    """Train a router on features that were read already."""
    kinds, rows, linear = _seen_rows(data, plan)
    levels = levels_of.learn(data.dense, data.right, data.kind, len(data.names))
    seen = _side(rows, linear, data.right, _row_folds(len(rows), plan), plan.seen)
    by_kind = _kind_folds(data, plan)
    text, text_rows = _text(data, by_kind)
    unseen = _side(data.dense, text_rows, data.right, by_kind, plan.unseen, _even(data.kind))
    about = About(
        models=models,
        default=_better(data),
        kinds=data.names,
        features=features.NAMES,
        trained_on=trained_on,
        gain_share=plan.gain_share,
    )
    return Router(about, kinds, levels, text, seen, unseen)


def _better(data: Read) -> int:
    """Which of the pair is better over kinds, each kind counted once; the strong one where they are even."""
    by_kind = np.asarray([data.right[data.kind == number].mean(0) for number in range(len(data.names))])
    return int(by_kind[:, 1].mean() >= by_kind[:, 0].mean())


def _row_folds(count: int, plan: Plan) -> Rows:
    return np.random.default_rng(plan.seed).permutation(count) % plan.row_folds


def _kind_folds(data: Read, plan: Plan) -> Rows:
    """A fold for each row so that a kind is never cut; rows where there are too few kinds."""
    if len(data.names) < 2 * plan.kind_folds:
        return _row_folds(len(data.kind), plan)
    order = np.random.default_rng(plan.seed + 1).permutation(len(data.names)) % plan.kind_folds
    return np.asarray(order[data.kind])


def _seen_rows(data: Read, plan: Plan) -> tuple[Kinds, Floats, Floats]:
    """What the seen side reads of each row, and the slopes' logits, by kinds and levels that did not see the row."""
    count = len(data.names)
    folds = _row_folds(len(data.kind), plan)
    rows: list[Floats] = [np.empty(0, dtype=np.float32)] * len(folds)
    linear = np.zeros((len(folds), data.right.shape[1]), dtype=np.float32)
    own = np.zeros((len(folds), 2), dtype=np.float32)
    foreign = np.zeros((len(folds), 2), dtype=np.float32)
    for fold in range(plan.row_folds):
        learned = np.flatnonzero(folds != fold)
        kinds = kinds_of.learn([data.buckets[i] for i in learned], data.kind[learned], data.names)
        levels = levels_of.learn(data.dense[learned], data.right[learned], data.kind[learned], count)
        for i in np.flatnonzero(folds == fold):
            fits = kinds.fits(data.buckets[i])
            shares = kinds.shares(fits, len(data.buckets[i]))
            best = int(shares.argmax())
            rows[i] = encode(levels, shares, data.dense[i], best)
            linear[i] = levels.logits(levels.away(data.dense[i], best), best)
            own[i] = kinds.signs(fits, best)
            foreign[i] = kinds.signs(*_without(kinds, fits, shares, int(data.kind[i])))
    kinds = kinds_of.learn(data.buckets, data.kind, data.names)
    return replace(kinds, novelty=_novelty(own, foreign, count)), np.asarray(rows), linear


def _without(kinds: Kinds, fits: Floats, shares: Floats, kind: int) -> tuple[Floats, int]:
    """The fits as if the prompt's own kind had not been seen, and the best of the rest."""
    rest = shares.copy()
    rest[kind] = -1
    return fits, int(rest.argmax())


def _novelty(own: Floats, foreign: Floats, count: int) -> tuple[float, float, float]:
    """How `known` depends on the fit: learned from prompts with, and without, their own kind among the seen."""
    if count < 4:
        return 0.0, 1.5, 6.0
    from sklearn.linear_model import LogisticRegression

    x = np.vstack([own, foreign])
    y = np.r_[np.ones(len(own)), np.zeros(len(foreign))]
    fitted = LogisticRegression(C=1.0).fit(x, y)
    return float(fitted.coef_[0, 0]), float(fitted.coef_[0, 1]), float(fitted.intercept_[0])


def _even(kind: Rows) -> NDArray[np.float64]:
    """Weights that let a kind count by the root of its prompts."""
    sizes = np.bincount(kind).astype(np.float64)
    weights = 1 / np.sqrt(sizes[kind])
    return np.asarray(weights / weights.mean())


def _side(
    rows: Floats,
    linear: Floats,
    right: NDArray[np.float64],
    folds: Rows,
    fit: Fit,
    weights: NDArray[np.float64] | None = None,
) -> Side:
    """Fit the trees on all rows, and the stack on what trees without a row's fold say of it."""
    models = right.shape[1]
    held_out = np.zeros((len(rows), models), dtype=np.float32)
    for fold in np.unique(folds):
        rest, here = folds != fold, folds == fold
        for model in range(models):
            own = None if weights is None else weights[rest]
            trees = forest(rows[rest], right[rest, model], fit, own)
            held_out[here, model] = trees.predict_all(rows[here])
    stack = np.asarray([stacked(held_out[:, i], linear[:, i], right[:, i], weights) for i in range(models)])
    forests = tuple(forest(rows, right[:, i], fit, weights) for i in range(models))
    gain = gain_forest(rows, right[:, 1] - right[:, 0], fit, weights)
    return Side(forests, gain, stack.astype(np.float32))


def _text(data: Read, folds: Rows) -> tuple[Floats, Floats]:
    """The words' weights from all rows, and the logits that weights without a row's fold give it."""
    held_out = np.zeros(data.right.shape, dtype=np.float32)
    weights = _even(data.kind)
    for fold in np.unique(folds):
        rest = np.flatnonzero(folds != fold)
        learned = words([data.buckets[i] for i in rest], data.right[rest], weights[rest])
        for i in np.flatnonzero(folds == fold):
            held_out[i] = text_logits(learned, data.buckets[i])
    return words(data.buckets, data.right, weights), held_out
