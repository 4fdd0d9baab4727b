"""Trains a scorecard: folds, words out of fold, a logistic model and forests, their blend, a calibrator.

What is chosen is chosen by log loss on rows that the candidate has not seen. Where there is a time, the folds are
blocks of time and the last block decides, for which only earlier rows were learned from.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cothink.core.errors import SettingError
from cothink.measures.calibration import log_loss
from cothink.measures.columns import Floats
from cothink.risk.features.form import Form, learn_form, months
from cothink.risk.features.wording import learn_vocabulary, weigh
from cothink.risk.leakage import leaks
from cothink.risk.parts import boosting
from cothink.risk.parts.calibrate import choose, expit
from cothink.risk.parts.linear import design, fit_logistic, knots_of, signs_of
from cothink.risk.scorecard import VERSION, WORDS, About, Scorecard, figure_names, figures_of

FOLDS = 5
_SMALL = 2_000  # rows below which one setting of small trees is tried
_PENALTIES = (3.0, 20.0, 100.0)
_WORD_PENALTY = 2.0
_SIMPLER = 0.0005  # log loss that a heavier blend must gain, and more than its standard error

Trees = tuple[tuple[Any, ...], int, Floats]


def train(
    frame: pl.DataFrame,
    truth: Floats,
    target: str,
    *,
    texts: Sequence[str] = (),
    time: str | None = None,
    signs: Mapping[str, int] | None = None,
    seed: int = 0,
) -> Scorecard:
    """Return a scorecard.

    Args:
        frame: Rows without the target and without what is known only after a decision.
        truth: 1.0 where the loan defaulted, shape (n,).
        target: The target's name, for the records.
        texts: Columns of words.
        time: A column of dates: the folds are blocks of it, and it is no feature.
        signs: Column of numbers -> 1 where more may only raise the risk, -1 where it may only lower it.
        seed: Equal seeds and rows give equal scorecards.

    Raises:
        SettingError: Too few rows of one kind, or a constraint on a column that is no number.
    """
    signs = dict(signs or {})
    if min(truth.sum(), len(truth) - truth.sum()) < 2 * FOLDS:
        raise SettingError(
            f"Training needs {2 * FOLDS} rows of each outcome; {int(truth.sum())} of {len(truth)} are 1."
        )
    fold = _folds(frame, truth, time, seed)
    judged = fold == FOLDS - 1 if time else np.ones(len(truth), dtype=bool)
    seen = frame.drop(time) if time else frame
    form = learn_form(seen, truth, texts, list(signs))
    if odd := [name for name in signs if name not in form.numbers]:
        raise SettingError(f"A monotone constraint needs a column of numbers; {odd[0]!r} is none.", param="monotone")
    vocabulary = learn_vocabulary(seen, texts) if texts else None
    words, told = _words(weigh(seen, vocabulary), truth, fold) if vocabulary else (np.zeros(0), np.zeros(0))
    figures, codes = figures_of(seen, form, vocabulary, words), form.codes(seen)
    if vocabulary:
        figures[:, -1] = told
    ways = _ways(form, signs)
    knots, sizes = knots_of(figures), [len(levels) + 2 for levels in form.categories.values()]
    x = design(figures, codes, knots, sizes)
    scores: dict[str, float] = {}
    weights, plain = _logistic(x, truth, fold, judged, signs_of(knots, sizes, ways), scores)
    trees = _forest(boosting.joined(figures, codes), truth, fold, judged, ways, scores, seed)
    share, score = _blend(plain, trees[2], truth, judged, scores)
    calibrator = choose(score, truth, seed)
    bands = tuple(float(one) for one in np.quantile(calibrator(score), (0.2, 0.4, 0.6, 0.8)))
    rate, found = float(truth.mean()), leaks(frame, truth)
    about = About(
        VERSION, target, len(truth), rate, seed, form, vocabulary, share, calibrator, bands, scores, found, signs
    )  # fmt: skip
    return Scorecard(about, knots, weights, words, x.mean(0), trees[0] if share < 1 else (), trees[1])


def _ways(form: Form, signs: Mapping[str, int]) -> list[int]:
    """For each figure whether more of it may only raise the risk (1), only lower it (-1), or either (0)."""
    names = figure_names(form)
    ways = [signs.get(name, 0) for name in names]
    if WORDS in names:  # the last one
        ways[-1] = 1
    return ways


def _folds(frame: pl.DataFrame, truth: Floats, time: str | None, seed: int) -> NDArray[np.int64]:
    """The fold of each row: blocks of time, or equal shares of both outcomes."""
    fold = np.zeros(len(truth), dtype=np.int64)
    if time:
        order = np.argsort(months(frame[time]), kind="stable")
        fold[order] = np.arange(len(truth)) * FOLDS // len(truth)
        return fold
    random = np.random.default_rng(seed)
    for kind in (0, 1):
        rows = random.permutation(np.flatnonzero(truth == kind))
        fold[rows] = np.arange(len(rows)) % FOLDS
    return fold


def _words(x: Any, truth: Floats, fold: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """The mean weights of the folds' models, and each row's logit by the model that has not seen it."""
    told, weights = np.zeros(len(truth)), []
    for k in range(FOLDS):
        w = fit_logistic(x[fold != k], truth[fold != k], _WORD_PENALTY, rounds=40)
        told[fold == k] = x[fold == k] @ w[:-1] + w[-1]
        weights.append(w)
    return np.mean(weights, axis=0), told


def _logistic(
    x: Floats,
    truth: Floats,
    fold: NDArray[np.int64],
    judged: NDArray[np.bool_],
    signs: Sequence[int],
    scores: dict[str, float],
) -> tuple[Floats, Floats]:
    """The folds' weights at the best penalty, and the logits out of fold."""
    found = []
    for penalty in _PENALTIES:
        told, weights = np.zeros(len(truth)), []
        for k in range(FOLDS):
            w = fit_logistic(x[fold != k], truth[fold != k], penalty, signs)
            told[fold == k] = x[fold == k] @ w[:-1] + w[-1]
            weights.append(w)
        loss = log_loss(expit(told[judged]), truth[judged])
        scores[f"logistic, penalty {penalty:g}"] = loss
        found.append((loss, np.stack(weights), told))
    _, best, told = min(found, key=lambda one: one[0])
    return best, told


def _forest(
    x: Floats,
    truth: Floats,
    fold: NDArray[np.int64],
    judged: NDArray[np.bool_],
    ways: Sequence[int],
    scores: dict[str, float],
    seed: int,
) -> Trees:
    """The folds' forests of the best setting, how many trees count, and the logits out of fold."""
    categories = range(len(ways), x.shape[1])
    signs = [*ways, *(0 for _ in categories)]
    found = []
    for setting in boosting.SMALL if len(truth) < _SMALL else boosting.SETTINGS:
        fits = []
        for k in range(FOLDS):
            rows, aside = (x[fold != k], truth[fold != k]), (x[fold == k], truth[fold == k])
            fits.append(boosting.fit_trees(setting, rows, aside, categories, signs, seed + k))
        length = min(len(curve) for _, curve in fits)
        rounds = int(np.argmin(np.mean([curve[:length] for _, curve in fits], axis=0))) + 1
        told = np.zeros(len(truth))
        for k, (booster, _) in enumerate(fits):
            told[fold == k] = boosting.raw(booster, x[fold == k], rounds)
        loss = log_loss(expit(told[judged]), truth[judged])
        scores[f"trees, {setting['num_leaves']} leaves, {rounds} rounds"] = loss
        found.append((loss, tuple(booster for booster, _ in fits), rounds, told))
    _, forests, rounds, told = min(found, key=lambda one: one[0])
    return forests, rounds, told


def _blend(
    plain: Floats, trees: Floats, truth: Floats, judged: NDArray[np.bool_], scores: dict[str, float]
) -> tuple[float, Floats]:
    """The logistic model's share, and the blended logits; the logistic model alone unless trees clearly gain."""
    losses = {}
    for share in (1.0, 0.75, 0.5, 0.25):
        mixed = share * plain + (1 - share) * trees
        losses[share] = log_loss(expit(mixed[judged]), truth[judged])
        scores[f"blend, {share:.0%} logistic"] = losses[share]
    best = min(losses, key=lambda share: losses[share])
    gains = _row_loss(plain[judged], truth[judged])
    gains -= _row_loss((best * plain + (1 - best) * trees)[judged], truth[judged])
    share = best if gains.mean() > max(_SIMPLER, gains.std() / np.sqrt(len(gains))) else 1.0
    return share, share * plain + (1 - share) * trees


def _row_loss(logit: Floats, truth: Floats) -> Floats:
    return np.asarray(np.logaddexp(0, logit) - truth * logit)
