"""Trains a router: kinds, levels and trees, each judged by rows (or kinds) that it did not learn from, then stacked.

What a tree of the seen side reads of a prompt's kind comes from a fit without that prompt; what the unseen side
reads is one mean a kind. LightGBM and scikit-learn are needed here, not at run time.
"""

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from cothink.core.errors import SettingError
from cothink.routing.learned import features, likeness
from cothink.routing.learned import kinds as kinds_of
from cothink.routing.learned import levels as levels_of
from cothink.routing.learned.easing import smoothed
from cothink.routing.learned.experts import Fit, Linear, forest, gain_forest, linear, stacked
from cothink.routing.learned.kinds import Kinds
from cothink.routing.learned.levels import encode
from cothink.routing.learned.model import About, Router, Side, chance, gains, scale_of
from cothink.routing.learned.recorded import Table
from cothink.routing.learned.trees import Forest, joined

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Rows = NDArray[np.int64]
LEAST_ROWS = 40


@dataclass(frozen=True, slots=True)
class Plan:
    """How a router is trained.

    Args:
        row_folds: Into how many parts rows are cut for what the seen side reads.
        seed: Of the cuts.
        seen: How the seen side's trees grow.
        unseen: How far kinds speak for a kind that was not seen.
    """

    row_folds: int = 3
    seed: int = 0
    seen: Fit = field(default_factory=lambda: Fit(rounds=200, leaves=15, least=15, columns=0.3))
    unseen: likeness.Reach = field(default_factory=likeness.Reach)


@dataclass(frozen=True, slots=True)
class Read:
    """A table's prompts as features.

    Args:
        dense: One row a prompt.
        buckets: The template's words of each.
        right: Shares of right answers, one column a model.
        ease: See `Table`.
        kind: The number of each prompt's kind.
        names: The kinds' names.
    """

    dense: Floats
    buckets: list[NDArray[np.int32]]
    right: Doubles
    ease: Doubles
    kind: Rows
    names: tuple[str, ...]

    def take(self, rows: Rows) -> "Read":
        """Return some rows; kinds without a row lose their number."""
        present, kind = np.unique(self.kind[rows], return_inverse=True)
        names = tuple(self.names[i] for i in present)
        return Read(
            dense=self.dense[rows],
            buckets=[self.buckets[i] for i in rows],
            right=self.right[rows],
            ease=self.ease[rows],
            kind=kind.astype(np.int64),
            names=names,
        )


def read(table: Table) -> Read:
    """Read the features of a table."""
    pairs = [features.read(text) for text in table.texts]
    names, kind = np.unique(np.asarray(table.kinds), return_inverse=True)
    dense = np.asarray([one for one, _ in pairs], dtype=np.float32)
    return Read(
        dense, [one for _, one in pairs], table.right, table.ease, kind.astype(np.int64), tuple(map(str, names))
    )


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
    labels = smoothed(data.right, data.ease, data.kind)
    kinds, rows, slopes = _seen_rows(data, labels, plan)
    levels = levels_of.learn(data.dense, labels, data.kind, len(data.names))
    seen, held_out = _side(rows, data, labels, _row_folds(len(rows), plan), plan.seen, slopes)
    unseen = likeness.learn(data.dense, data.right, data.kind, plan.unseen)
    about = About(
        models=models,
        default=_better(data),
        kinds=data.names,
        features=features.NAMES,
        trained_on=trained_on,
        scale=scale_of(held_out),
    )
    return Router(about, kinds, levels, seen, unseen)


def _better(data: Read) -> int:
    """Which of the pair is better over kinds, each kind counted once; the strong one where they are even."""
    by_kind = np.asarray([data.right[data.kind == number].mean(0) for number in range(len(data.names))])
    return int(by_kind[:, 1].mean() >= by_kind[:, 0].mean())


def _row_folds(count: int, plan: Plan) -> Rows:
    return np.random.default_rng(plan.seed).permutation(count) % plan.row_folds


def _seen_rows(data: Read, labels: Doubles, plan: Plan) -> tuple[Kinds, Floats, Floats]:
    """What the seen side reads of each row, and the slopes' logits, by kinds and levels that did not see the row."""
    count = len(data.names)
    folds = _row_folds(len(data.kind), plan)
    rows: list[Floats] = [np.empty(0, dtype=np.float32)] * len(folds)
    slopes = np.zeros((len(folds), data.right.shape[1]), dtype=np.float32)
    own = np.zeros((len(folds), 2), dtype=np.float32)
    foreign = np.zeros((len(folds), 2), dtype=np.float32)
    for fold in range(plan.row_folds):
        learned = np.flatnonzero(folds != fold)
        kinds = kinds_of.learn([data.buckets[i] for i in learned], data.kind[learned], data.names)
        levels = levels_of.learn(data.dense[learned], labels[learned], data.kind[learned], count)
        for i in np.flatnonzero(folds == fold):
            fits = kinds.fits(data.buckets[i])
            shares = kinds.shares(fits, len(data.buckets[i]))
            best = int(shares.argmax())
            rows[i] = encode(levels, shares, data.dense[i], best)
            slopes[i] = levels.logits(levels.away(data.dense[i], best), best)
            own[i] = kinds.signs(fits, best)
            foreign[i] = kinds.signs(*_without(kinds, fits, shares, int(data.kind[i])))
    kinds = kinds_of.learn(data.buckets, data.kind, data.names)
    return replace(kinds, novelty=_novelty(own, foreign, count)), np.asarray(rows), slopes


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


def _side(rows: Floats, data: Read, labels: Doubles, folds: Rows, fit: Fit, slopes: Floats) -> tuple[Side, Doubles]:
    """Fit the experts on all rows, and the stacks on what experts without a row's fold say of it."""
    targets = np.column_stack([labels, labels[:, 1] - labels[:, 0]])
    models = labels.shape[1]
    trees, straight = np.zeros(targets.shape), np.zeros(labels.shape)
    for fold in np.unique(folds):
        rest, here = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        fitted, line = _experts(rows, data, targets, fit, rest)
        trees[here] = np.column_stack([one.predict_all(rows[here]) for one in fitted])
        straight[here] = [line.predict(data.dense[i], data.buckets[i]) for i in here]
    experts = np.stack([chance(trees[:, :-1]), straight, chance(slopes)], axis=1)
    stack = np.asarray([stacked(experts[:, :, i], data.right[:, i]) for i in range(models)])
    said = gains(experts, trees[:, -1])
    gain_stack = stacked(said, data.right[:, 1] - data.right[:, 0])
    fitted, line = _experts(rows, data, targets, fit, np.arange(len(rows)))
    side = Side(*joined(fitted), line, stack, gain_stack)
    return side, np.asarray(said @ gain_stack[:-1] + gain_stack[-1])


def _experts(rows: Floats, data: Read, targets: Doubles, fit: Fit, learned: Rows) -> tuple[list[Forest], Linear]:
    """Trees for each model and for the difference, and the linear model, from some rows."""
    fitted = [forest(rows[learned], targets[learned, i], fit) for i in range(targets.shape[1] - 1)]
    fitted.append(gain_forest(rows[learned], targets[learned, -1], fit))
    words = [data.buckets[i] for i in learned]
    return fitted, linear(data.dense[learned], words, targets[learned, :-1], fit.straight)
