"""Trains the learned check: kinds, levels and trees, each judged by rows (or kinds) that it did not learn from.

Every answer is shown several times: with and without its exact verdict, with and without R1's further answers, so that
what is missing at run time was missing in training too. LightGBM and scikit-learn are needed here, not at run time.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from cothink.core.errors import SettingError
from cothink.routing.answers.evidence import MEASURED, Evidence
from cothink.routing.answers.fitting import chances, fit_line, logistic
from cothink.routing.answers.model import (
    NAMES,
    About,
    AnswerCheck,
    Read,
    Seen,
    Unseen,
    blind_row,
    form_row,
    read,
    row_of,
    seen_row,
    tops,
)
from cothink.routing.answers.recorded import Row
from cothink.routing.learned import kinds as kinds_of
from cothink.routing.learned.experts import Fit, forest
from cothink.routing.learned.kinds import Kinds
from cothink.routing.learned.model import scale_of
from cothink.routing.learned.trees import Forest, joined

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Rows = NDArray[np.int64]
LEAST_ROWS = 40
_PRIOR = 2.0  # how many prompts the mean of all weighs in a kind's level
_MOST = 0.9
_STRETCH_PULL, _TOP_PULL = 10.0, 3.0  # how strongly they are drawn to changing nothing, in rows


@dataclass(frozen=True, slots=True)
class Plan:
    """How a check is trained.

    Args:
        row_folds: Into how many parts prompts are cut for what the seen side reads.
        kind_folds: The same with kinds, for the unseen side.
        seed: Of the cuts.
        seen: How the seen side's trees grow.
        unseen: How the unseen side's trees grow.
    """

    row_folds: int = 3
    kind_folds: int = 4
    seed: int = 0
    seen: Fit = field(default_factory=lambda: Fit(rounds=120, leaves=15, least=40, columns=0.3, rate=0.08))
    unseen: Fit = field(default_factory=lambda: Fit(rounds=300, leaves=3, least=100, columns=0.2, share=0.5))


@dataclass(frozen=True, slots=True)
class Shown:
    """Answers as they are shown to the experts, several times each.

    Args:
        rows: The features, without what comes of the kinds.
        buckets: The words of each prompt.
        right: Whether R1 was right, and how often the pro was; (rows, 2).
        weight: How much each counts: an answer one over its prompt's answers.
        prompt: The number of each row's prompt.
        kind: The number of each row's kind.
        names: The kinds' names.
        full: Rows that show all there is, one an answer.
        measured: See `About`.
    """

    rows: Floats
    buckets: list[NDArray[np.int32]]
    right: Doubles
    weight: Doubles
    prompt: Rows
    kind: Rows
    names: tuple[str, ...]
    full: NDArray[np.bool_]
    measured: tuple[str, ...]


def variants(found: Evidence, number: int) -> list[Evidence]:
    """Return an answer as it may be shown; the first shows all there is."""
    shown = [found]
    if found.exact != "unsure":
        shown.append(replace(found, exact="unsure", others=()))
    if found.others:
        some = found.others[: 1 + number % len(found.others)]
        shown += [replace(found, others=()), replace(found, exact="unsure", others=some)]
    return shown


def show(rows: Sequence[Row], texts: Sequence[Read]) -> Shown:
    """Show some answers, whose texts were read, in all variants."""
    measured = tuple(name for name in MEASURED if _is_recorded(rows, name))
    samples = Counter((row.dataset, row.prompt_id) for row in rows)
    names, kind = np.unique([row.kind for row in rows], return_inverse=True)
    prompt = np.unique([f"{row.dataset} {row.prompt_id}" for row in rows], return_inverse=True)[1]
    found: list[Floats] = []
    place: list[int] = []
    weight: list[float] = []
    full: list[bool] = []
    for at, row in enumerate(rows):
        shown = variants(row.evidence, at)
        for count, one in enumerate(shown):
            found.append(row_of(one, texts[at], measured))
            place.append(at)
            weight.append(1 / len(shown) / samples[row.dataset, row.prompt_id])
            full.append(count == 0)
    at_row = np.asarray(place)
    return Shown(
        np.asarray(found, dtype=np.float32),
        [texts[i].buckets for i in place],
        np.asarray([(float(rows[i].right), rows[i].pro) for i in place]),
        np.asarray(weight),
        prompt[at_row].astype(np.int64),
        kind[at_row].astype(np.int64),
        tuple(map(str, names)),
        np.asarray(full),
        measured,
    )


def train(
    rows: Sequence[Row], models: tuple[str, str], plan: Plan | None = None, texts: Sequence[Read] | None = None
) -> AnswerCheck:
    """Train a check on recorded answers; ``texts`` are what was read of them already.

    Raises:
        SettingError: Too few answers, or all are right or all wrong.
    """
    if len(rows) < LEAST_ROWS or len({row.right for row in rows}) < 2:
        words = f"A check needs {LEAST_ROWS} answers, right ones and wrong ones; there are {len(rows)}"
        raise SettingError(f"{words}, {sum(row.right for row in rows)} of them right.", param="data")
    plan = plan or Plan()
    shown = show(rows, texts or [read(row.evidence) for row in rows])
    return train_shown(shown, models, dict(Counter(row.dataset for row in rows)), plan)


def train_shown(data: Shown, models: tuple[str, str], trained_on: dict[str, int], plan: Plan) -> AnswerCheck:
    """Train a check on features that were read already."""
    random = np.random.default_rng(plan.seed)
    by_prompt = (random.permutation(int(data.prompt.max()) + 1) % plan.row_folds)[data.prompt]
    parts = min(plan.kind_folds, len(data.names))
    by_kind = (random.permutation(len(data.names)) % parts)[data.kind] if parts > 1 else by_prompt
    kinds, levels, rows = _seen_rows(data, by_prompt)
    seen, held_out = _seen(rows, data, by_prompt, plan.seen)
    unseen = _unseen(data, by_kind, plan.unseen)
    full = data.full
    gains = _quantile_rows(held_out[full, 1] - held_out[full, 0], data.weight[full])
    about = About(models, data.names, NAMES, data.measured, trained_on, scale_of(gains))
    return AnswerCheck(about, kinds, levels, seen, unseen)


def _seen_rows(data: Shown, folds: Rows) -> tuple[Kinds, Floats, Floats]:
    """The kinds, their levels, and what the seen side reads of each row by kinds and levels without its fold."""
    rows: list[Floats] = [np.empty(0, dtype=np.float32)] * len(folds)
    for fold in np.unique(folds):
        kinds, levels = _learn(data, np.flatnonzero(folds != fold))
        shares: dict[int, Floats] = {}
        for i in np.flatnonzero(folds == fold):
            prompt = int(data.prompt[i])
            if prompt not in shares:
                shares[prompt] = kinds.shares(kinds.fits(data.buckets[i]), len(data.buckets[i]))
            rows[i] = seen_row(shares[prompt], levels, data.rows[i])
    kinds, levels = _learn(data, np.arange(len(folds)))
    return kinds, levels, np.asarray(rows)


def _learn(data: Shown, learned: Rows) -> tuple[Kinds, Floats]:
    _, firsts = np.unique(data.prompt[learned], return_index=True)
    once = learned[firsts]
    kinds = kinds_of.learn([data.buckets[i] for i in once], data.kind[once], data.names)
    weight, kind = data.weight[learned], data.kind[learned]
    right = data.right[learned]
    mean = (right * weight[:, None]).sum(0) / weight.sum()
    count = len(data.names)
    sums = np.stack([np.bincount(kind, weights=weight * right[:, i], minlength=count) for i in range(2)], axis=1)
    sizes = np.bincount(kind, weights=weight, minlength=count)[:, None]
    return kinds, ((sums + _PRIOR * mean) / (sizes + _PRIOR)).astype(np.float32)


def _seen(rows: Floats, data: Shown, folds: Rows, fit: Fit) -> tuple[Seen, Doubles]:
    """Grow trees on all rows, stretched by what trees without a row's fold say of it; those chances come too."""
    weight = data.weight / data.weight.mean()
    said = np.zeros((len(rows), 2))
    for fold in np.unique(folds):
        rest, here = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        for i, one in enumerate(_grown(rows[rest], data.right[rest], fit, weight[rest])):
            said[here, i] = one.predict_all(rows[here])
    stretch = np.asarray(
        [logistic(said[:, [i]], data.right[:, i], weight, _STRETCH_PULL, np.ones(1)) for i in range(2)]
    )
    grown, firsts = joined(_grown(rows, data.right, fit, weight))
    return Seen(grown, firsts, stretch.astype(np.float32)), chances(said * stretch[:, 0] + stretch[:, 1])


def _unseen(data: Shown, folds: Rows, fit: Fit) -> Unseen:
    """Grow trees and a line blind to what was found, then weigh on top what they say of kinds that they never saw."""
    sizes = np.bincount(data.kind, weights=data.weight)
    weight = data.weight / np.sqrt(sizes[data.kind])
    once = np.flatnonzero(data.full)  # the blind ones see no difference between the variants of an answer
    rows, form = blind_row(data.rows), form_row(data.rows)
    answer = np.cumsum(data.full) - 1
    own = np.bincount(answer, weights=weight)
    own = own / own.mean()
    said = np.zeros((len(rows), 2))
    for fold in np.unique(folds):
        rest, here = once[folds[once] != fold], np.flatnonzero(folds == fold)
        for i, one in enumerate(_grown(rows[rest], data.right[rest], fit, own[answer[rest]])):
            said[here, i] += one.predict_all(rows[here]) / 2
        said[here] += fit_line(form[rest], data.right[rest], own[answer[rest]]).logits(form[here]) / 2
    x = np.asarray([tops(blind, row) for blind, row in zip(said, data.rows, strict=True)], dtype=np.float64)
    towards = np.r_[1.0, np.zeros(x.shape[2] - 1)]
    weight = weight / weight.mean()
    top = np.asarray([logistic(x[:, i], data.right[:, i], weight, _TOP_PULL, towards) for i in range(2)])
    grown, firsts = joined(_grown(rows[once], data.right[once], fit, own))
    return Unseen(grown, firsts, fit_line(form[once], data.right[once], own), top.astype(np.float32))


def _grown(rows: Floats, right: Doubles, fit: Fit, weight: Doubles) -> list[Forest]:
    return [forest(rows, right[:, i], fit, weight) for i in range(right.shape[1])]


def _quantile_rows(gains: Doubles, weight: Doubles) -> Doubles:
    """The gains, each prompt counted alike: a gain stands once for every thousandth of the weight."""
    order = np.argsort(gains)
    passed = np.cumsum(weight[order]) / weight.sum()
    places = np.searchsorted(passed, np.linspace(0, 1, 1001))
    return np.asarray(gains[order][np.minimum(places, len(gains) - 1)])


def _is_recorded(rows: Sequence[Row], name: str) -> bool:
    """Whether nearly all rows have a figure: where few do, it would only tell which data set a row is of."""
    had = [row.evidence.tokens if name == "tokens" else row.evidence.logprob for row in rows]
    return sum(one is not None for one in had) > _MOST * len(rows)
