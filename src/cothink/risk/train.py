"""Trains a scorecard: folds, words out of fold, a logistic model and forests, their blend, a calibrator.

What is chosen is chosen by log loss on rows that the candidate has not seen. Where there is a time, the folds are
blocks of time and the last block decides, for which only earlier rows were learned from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from cothink.core.errors import SettingError
from cothink.measures.calibration import log_loss
from cothink.measures.columns import Floats
from cothink.risk.features.form import Form, learn_form
from cothink.risk.features.wording import Reader, Vocabulary, learn_vocabulary
from cothink.risk.folds import FOLDS, Cuts, cut_rows
from cothink.risk.leakage import leaks
from cothink.risk.parts import boosting
from cothink.risk.parts.calibrate import choose, expit
from cothink.risk.parts.linear import design, fit_logistic, knots_of, signs_of
from cothink.risk.scorecard import VERSION, WORDS, About, Scorecard, figure_names

_SMALL = 4_000  # rows below which the settings for few rows are tried
_PENALTIES = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
_WORD_PENALTY = 4.0
_SHARES = (1.0, 0.75, 0.5, 0.25, 0.0)
_SIMPLER = 0.0005  # log loss that a blend must gain over the logistic model alone
_HEAVIER = 0.0003  # log loss that the next, heavier setting of trees must gain: each row pays for it


@dataclass(frozen=True, slots=True)
class _Sight:
    """What the models see of the rows in one cut."""

    x: Floats
    joined: Floats


@dataclass(frozen=True, slots=True)
class _Forest:
    """The forests of one setting, one a fold and cut, how many trees count, and the logits of rows not seen."""

    name: str
    boosters: tuple[Any, ...]
    rounds: int
    told: Floats


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
    cuts = cut_rows(frame, truth, time, seed)
    seen = frame.drop(time) if time else frame
    form = learn_form(seen, truth, texts, list(signs))
    if odd := [name for name in signs if name not in form.numbers]:
        raise SettingError(f"A monotone constraint needs a column of numbers; {odd[0]!r} is none.", param="monotone")
    vocabulary = learn_vocabulary(seen, texts) if texts else None
    words, figures = _figures(seen, form, vocabulary, truth, cuts)
    codes, ways = form.codes(seen), _ways(form, signs)
    knots, sizes = knots_of(figures[0]), [len(levels) + 2 for levels in form.categories.values()]
    sights = [_Sight(design(one, codes, knots, sizes), boosting.joined(one, codes)) for one in figures]
    scores: dict[str, float] = {}
    weights, plain = _logistic(sights, truth, cuts, signs_of(knots, sizes, ways), scores)
    forests = _forests(sights, truth, cuts, ways, scores, seed)
    share, forest, score = _blend(plain, forests, truth, cuts, scores)
    calibrator = choose(score, truth, seed)
    bands = tuple(float(one) for one in np.quantile(calibrator(score), (0.2, 0.4, 0.6, 0.8)))
    rate, found = float(truth.mean()), leaks(frame, truth)
    about = About(
        VERSION, target, len(truth), rate, seed, form, vocabulary, share, calibrator, bands, scores, found, signs
    )  # fmt: skip
    centre = sights[0].x.mean(0)
    return Scorecard(about, knots, weights, words, centre, forest.boosters if share < 1 else (), forest.rounds)


def _figures(
    seen: pl.DataFrame, form: Form, vocabulary: Vocabulary | None, truth: Floats, cuts: Cuts
) -> tuple[Floats, list[Floats]]:
    """The weights of words, and the figures of each cut; its last column is the words' logit by models that have not
    seen the row."""
    numbers = form.figures(seen)
    if vocabulary is None:
        return np.zeros(0), [numbers] * len(cuts.fold)
    reading = Reader(vocabulary).read(seen)
    told, weights = np.zeros((len(cuts.fold), len(truth))), []
    for cut, aside in cuts.each():
        w = fit_logistic(reading.weights[~aside], truth[~aside], _WORD_PENALTY, rounds=40)
        told[cut, aside] = reading.weights[aside] @ w[:-1] + w[-1]
        weights.append(w)
    return np.mean(weights, axis=0), [np.column_stack([numbers, reading.cues, one]) for one in told]


def _ways(form: Form, signs: Mapping[str, int]) -> list[int]:
    """For each figure whether more of it may only raise the risk (1), only lower it (-1), or either (0)."""
    names = figure_names(form)
    ways = [signs.get(name, 0) for name in names]
    if WORDS in names:  # the last one
        ways[-1] = 1
    return ways


def _logistic(
    sights: Sequence[_Sight], truth: Floats, cuts: Cuts, signs: Sequence[int], scores: dict[str, float]
) -> tuple[Floats, Floats]:
    """The folds' weights at the best penalty, and the logits of rows not seen."""
    found = []
    starts: list[Floats | None] = [None] * len(cuts.each())
    for penalty in sorted(_PENALTIES, reverse=True):
        told, weights = np.zeros(len(truth)), []
        for start, (cut, aside) in zip(starts, cuts.each(), strict=True):
            x = sights[cut].x
            w = fit_logistic(x[~aside], truth[~aside], penalty, signs, start=start)
            told[aside] += (x[aside] @ w[:-1] + w[-1]) / len(cuts.fold)
            weights.append(w)
        starts = list(weights)
        loss = _loss(told, truth, cuts)
        scores[f"logistic, penalty {penalty:g}"] = loss
        found.append((loss, np.stack(weights), told))
        if loss > min(found, key=lambda one: one[0])[0] + _SIMPLER:
            break  # lighter penalties only get worse
    _, best, told = min(found, key=lambda one: one[0])
    return best, told


def _forests(
    sights: Sequence[_Sight],
    truth: Floats,
    cuts: Cuts,
    ways: Sequence[int],
    scores: dict[str, float],
    seed: int,
) -> list[_Forest]:
    """The forests of each setting."""
    categories = range(len(ways), sights[0].joined.shape[1])
    signs = [*ways, *(0 for _ in categories)]
    found = []
    for setting in boosting.SMALL if len(truth) < _SMALL else boosting.SETTINGS:
        boosters = []
        for place, (cut, aside) in enumerate(cuts.each()):
            x = sights[cut].joined
            rows, watched = (x[~aside], truth[~aside]), (x[aside], truth[aside])
            boosters.append(boosting.fit_trees(setting, rows, watched, categories, signs, seed + place))
        forest = _longest(boosting.name_of(setting), boosters, sights, truth, cuts)
        scores[f"{forest.name}, {forest.rounds} rounds"] = _loss(forest.told, truth, cuts)
        found.append(forest)
    return found


def _longest(name: str, boosters: Sequence[Any], sights: Sequence[_Sight], truth: Floats, cuts: Cuts) -> _Forest:
    """The forest with as many trees as do best together: forests that are averaged may be longer than one alone."""
    found: list[_Forest] = []
    for rounds in boosting.LENGTHS:
        told = np.zeros(len(truth))
        for booster, (cut, aside) in zip(boosters, cuts.each(), strict=True):
            told[aside] += boosting.raw(booster, sights[cut].joined[aside], rounds) / len(cuts.fold)
        found.append(_Forest(name, tuple(boosters), rounds, told))
        if len(found) > 2 and _loss(found[-3].told, truth, cuts) < min(
            _loss(one.told, truth, cuts) for one in found[-2:]
        ):
            break
    return min(found, key=lambda one: _loss(one.told, truth, cuts))


def _loss(logit: Floats, truth: Floats, cuts: Cuts) -> float:
    """The log loss on the judged rows."""
    return log_loss(expit(logit[cuts.judged]), truth[cuts.judged])


def _blend(
    plain: Floats, forests: Sequence[_Forest], truth: Floats, cuts: Cuts, scores: dict[str, float]
) -> tuple[float, _Forest, Floats]:
    """The logistic model's share, the forest beside it, and the blended logits; logistic alone unless trees gain."""
    found = []
    for place, forest in enumerate(forests):
        for share in _SHARES:
            mixed = share * plain + (1 - share) * forest.told
            loss = _loss(mixed, truth, cuts)
            if 0 < share < 1:
                scores[f"{share:.0%} logistic, {forest.name}"] = loss
            # An even mean is the safest blend of few rows: to leave it must gain more, the fewer rows there are.
            even = abs(share - 0.5) * 2 / cuts.judged.sum()
            cost = 0.0 if share == 1 else _SIMPLER + place * _HEAVIER + even
            found.append((loss + cost, share, forest, mixed))
    _, share, forest, mixed = min(found, key=lambda one: one[0])
    return share, forest, mixed
