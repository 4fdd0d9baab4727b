"""A scorecard: from rows of applications to calibrated probabilities, with an interval and the reasons.

Each fold of the training rows left one logistic model and one forest; their logits are averaged. How far the folds lie
apart tells how sure the figure is (delete-a-group jackknife, Kott 2001).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from cothink.measures.columns import Floats
from cothink.risk.features.cues import names as cue_names
from cothink.risk.features.form import Form
from cothink.risk.features.wording import Reader, Vocabulary
from cothink.risk.folds import FOLDS
from cothink.risk.parts.boosting import joined, raw
from cothink.risk.parts.calibrate import Calibrator, to_logit
from cothink.risk.parts.linear import design, owners_of

VERSION = 2
WORDS = "own words"
BANDS = "ABCDE"


class About(msgspec.Struct, frozen=True):
    """What a model says of itself.

    Attributes:
        version: Of the files' form.
        target: The column that was learned.
        rows: Trained on.
        base_rate: Share of defaults among them.
        seed: Of folds and trees.
        form: How a row is read.
        vocabulary: The words that are weighed; None where there is no text.
        logistic_share: Weight of the logistic model in the blend, 0..1.
        calibrator: From the blend to the probability.
        bands: The probabilities at which a band ends, lowest first.
        scores: What each candidate came to on rows aside, in words -> log loss.
        warnings: Of leakage, and of columns that were left out.
        signs: Column -> 1 (more raises the risk) or -1.
    """

    version: int
    target: str
    rows: int
    base_rate: float
    seed: int
    form: Form
    vocabulary: Vocabulary | None
    logistic_share: float
    calibrator: Calibrator
    bands: tuple[float, ...]
    scores: dict[str, float]
    warnings: tuple[str, ...]
    signs: dict[str, int]


@dataclass(frozen=True, slots=True)
class Scored:
    """What is said of each row: arrays of shape (n,), but `reasons`.

    Attributes:
        chance: Probability of default.
        low, high: Its 90% interval.
        band: A (least) to E.
        reasons: For each row up to three words such as `dti raises`, the weightiest first.
        apart: Distance of the two parts in log-odds.
        review: Whether a person should look.
    """

    chance: Floats
    low: Floats
    high: Floats
    band: list[str]
    reasons: list[list[str]]
    apart: Floats
    review: list[bool]


@dataclass(frozen=True)
class Scorecard:
    """A trained model.

    Args:
        about: What it says of itself.
        knots: Bends of each figure.
        weights: Of the logistic models, one a fold of each cut, shape (models, p + 1).
        words: Of the words, shape (tokens + 1,); empty where there is no text.
        centre: Mean of the logistic model's columns over the training rows.
        forests: One booster a fold of each cut; none where the logistic model stands alone.
        rounds: Trees of each that count.
    """

    about: About
    knots: list[Floats]
    weights: Floats
    words: Floats
    centre: Floats
    forests: tuple[Any, ...]
    rounds: int

    @property
    def names(self) -> list[str]:
        """Names of figures, then of categories."""
        return [*figure_names(self.about.form), *self.about.form.categories]

    @cached_property
    def _reader(self) -> Reader | None:
        return Reader(self.about.vocabulary) if self.about.vocabulary else None

    def score(self, frame: pl.DataFrame, prior: float | None = None) -> Scored:
        """Return what is said of each row.

        Args:
            frame: Rows with the columns of the form.
            prior: Another base rate that holds where the rows come from, 0..1.
        """
        return self.score_inputs(*self.inputs(frame), prior)

    def inputs(self, frame: pl.DataFrame) -> tuple[Floats, NDArray[np.int32]]:
        """Return all that is read of each row, as numbers: its figures and the places of its levels."""
        return self.figures(frame), self.about.form.codes(frame)

    def score_inputs(self, figures: Floats, codes: NDArray[np.int32], prior: float | None = None) -> Scored:
        """Return what is said of rows that were read before: the same as `score` said."""
        about = self.about
        x = design(figures, codes, self.knots, _sizes(about.form))
        plain = x @ self.weights[:, :-1].T + self.weights[:, -1]
        blend, apart = plain, np.zeros(len(x))
        if self.forests:
            seen = joined(figures, codes)
            trees = np.column_stack([raw(one, seen, self.rounds) for one in self.forests])
            blend = about.logistic_share * plain + (1 - about.logistic_share) * trees
            apart = np.abs(plain.mean(1) - trees.mean(1))
        middle, half = blend.mean(1), 1.645 * np.sqrt(FOLDS - 1) * blend.std(1)
        shift = 0.0 if prior is None else float(to_logit(np.asarray([prior]))[0] - _odds(about.base_rate))
        chance, low, high = (about.calibrator(one, shift) for one in (middle, middle - half, middle + half))
        places = np.searchsorted(about.bands, chance)
        review = (np.searchsorted(about.bands, low) + 1 < np.searchsorted(about.bands, high)) | (apart > 1.5)
        return Scored(chance, low, high, [BANDS[p] for p in places], self._reasons(x), apart, review.tolist())

    def figures(self, frame: pl.DataFrame) -> Floats:
        """Return the figures of each row: numbers, what derives from them, cues, and the logit of its words."""
        parts = [self.about.form.figures(frame)]
        if self._reader:
            reading = self._reader.read(frame)
            parts += [reading.cues, np.asarray(reading.weights @ self.words[:-1] + self.words[-1])[:, None]]
        return np.column_stack(parts)

    def _reasons(self, x: Floats) -> list[list[str]]:
        """The columns that move the logistic part most, away from the mean application."""
        owners = owners_of(self.knots, _sizes(self.about.form))
        pull = (x.T - self.centre[:, None]) * self.weights[:, :-1].mean(0)[:, None]  # as it lies in memory
        by_owner = np.add.reduceat(pull, np.flatnonzero(np.diff(owners, prepend=-1)), axis=0).T
        weight = np.abs(by_owner)
        few = np.argpartition(weight, -min(3, weight.shape[1]), axis=1)[:, -3:]
        order = np.argsort(-np.take_along_axis(weight, few, axis=1), axis=1, kind="stable")
        first = np.take_along_axis(few, order, axis=1)
        size = np.take_along_axis(by_owner, first, axis=1)
        words = np.asarray([f"{name} {way}" for name in self.names for way in ("lowers", "raises")], dtype=object)
        told: list[list[str]] = words[first * 2 + (size > 0)].tolist()
        return told


def figure_names(form: Form) -> tuple[str, ...]:
    """Return the names of a row's figures, in the order of `Scorecard.figures`."""
    return (*form.names, *cue_names(form.texts), *([WORDS] if form.texts else []))


def _sizes(form: Form) -> list[int]:
    return [len(levels) + 2 for levels in form.categories.values()]


def _odds(chance: float) -> float:
    return float(np.log(chance / (1 - chance)))
