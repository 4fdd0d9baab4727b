"""The form of an application, learned once: which columns are numbers, categories, dates, and what derives."""

import re
from collections.abc import Sequence
from itertools import permutations

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from cothink.measures.columns import Floats
from cothink.risk.parts.calibrate import expit
from cothink.risk.parts.linear import design, fit_logistic, knots_of

_MOST_LEVELS = 60
_LEAST_ROWS = 20  # of a level; rarer ones are told as "rare"
_MOST_RATIOS = 12
_MOST_AMOUNTS = 24
_ENOUGH = 5_000  # rows, to choose ratios by
_LEAST_GAIN = 3.0  # of log-likelihood
_ALIKE = 0.9
_DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?.*")
_OVER_TIME = ("mean", "most", "least", "change", "above zero")
_ID = re.compile(r"(.*_)?id")


class Series(msgspec.Struct, frozen=True):
    """Columns that are one figure over time: pay_1, pay_2, …"""

    name: str
    columns: tuple[str, ...]


class Form(msgspec.Struct, frozen=True):
    """What is read of a row.

    Attributes:
        numbers: Columns of numbers.
        dates: Columns of dates (`2011-05`, `2011-05-31`), read as months.
        categories: Column -> its levels; what is not among them is "rare", and nothing is "none".
        texts: Columns of words.
        ratios: Pairs of numbers, the first divided by the second.
        series: Columns that are one figure over time.
    """

    numbers: tuple[str, ...]
    dates: tuple[str, ...]
    categories: dict[str, tuple[str, ...]]
    texts: tuple[str, ...]
    ratios: tuple[tuple[str, str], ...] = ()
    series: tuple[Series, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that a row must have."""
        return (*self.numbers, *self.dates, *self.categories, *self.texts)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the figures, in the order of `figures`."""
        series = [f"{one.name} {what}" for one in self.series for what in _OVER_TIME]
        return (*self.numbers, *self.dates, *(f"{a} / {b}" for a, b in self.ratios), *series)

    def figures(self, frame: pl.DataFrame) -> Floats:
        """Return numbers and what derives from them, shape (n, len(names)); nan where one is missing."""
        raw = {name: numbers(frame[name]) for name in self.numbers}
        dates = [months(frame[name]) for name in self.dates]
        series = _all_over_time(self.series, raw)
        every = {**raw, **series}
        ratios = [ratio(every[a], every[b]) for a, b in self.ratios]
        columns = [*raw.values(), *dates, *ratios, *series.values()]
        return np.column_stack(columns) if columns else np.zeros((frame.height, 0))

    def codes(self, frame: pl.DataFrame) -> NDArray[np.int32]:
        """Return the places of the levels, shape (n, categories): 0 is none, 1 is rare, 2 the first level."""
        columns = []
        for name, levels in self.categories.items():
            words = frame[name].cast(pl.String)
            known = words.cast(pl.Enum(levels), strict=False).to_physical().cast(pl.Int32) + 2
            columns.append(np.where(words.is_null().to_numpy(), 0, known.fill_null(1).to_numpy()))
        return np.column_stack(columns).astype(np.int32) if columns else np.zeros((frame.height, 0), np.int32)


def learn_form(frame: pl.DataFrame, truth: Floats, texts: Sequence[str], fixed: Sequence[str]) -> Form:
    """Return the form of a table of applications.

    Args:
        frame: Training rows without the target.
        truth: Their truths, by which ratios are chosen.
        texts: Columns of words.
        fixed: Columns with a monotone constraint: nothing derives from them, or the constraint would not hold.
    """
    plain, dates, categories = [], [], {}
    for column in frame.drop([name for name in texts if name in frame.columns]):
        if _is_name(column):
            continue
        if column.dtype.is_numeric() or column.dtype == pl.Boolean:
            plain.append(column.name)
        elif _is_date(column):
            dates.append(column.name)
        elif levels := _levels(column):
            categories[column.name] = levels
    free = [name for name in plain if name not in fixed]
    series, raw = _series(free), {name: numbers(frame[name]) for name in free}
    ratios = _ratios({**raw, **_all_over_time(series, raw)}, truth) if frame.height >= _ENOUGH else ()
    return Form(tuple(plain), tuple(dates), categories, tuple(texts), ratios, series)


def numbers(column: pl.Series) -> Floats:
    """Return a column as floats; nan where there is none. Words are read: `1.5`, `true`."""
    if column.dtype == pl.String:
        column = column.str.strip_chars().str.to_lowercase().replace({"true": "1", "false": "0"})
    array = column.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy().astype(np.float64)
    return np.where(np.isinf(array), np.nan, array)


def months(column: pl.Series) -> Floats:
    """Return a column of dates as months since the year 0; nan where there is none."""
    words = column.cast(pl.String)
    years = words.str.slice(0, 4).cast(pl.Float64, strict=False)
    return numbers(years * 12 + words.str.slice(5, 2).cast(pl.Float64, strict=False))


def ratio(a: Floats, b: Floats) -> Floats:
    """Return a / b, nan where b is nothing."""
    return np.divide(a, b, out=np.full_like(a, np.nan), where=(b != 0) & ~np.isnan(b))


def _all_over_time(series: Sequence[Series], raw: dict[str, Floats]) -> dict[str, Floats]:
    """What each series tells, by name."""
    told = {}
    for one in series:
        stack = np.column_stack([raw[name] for name in one.columns])
        figures = (stack.mean(1), stack.max(1), stack.min(1), stack[:, 0] - stack[:, -1], (stack > 0).sum(1))
        told.update({f"{one.name} {what}": figure for what, figure in zip(_OVER_TIME, figures, strict=True)})
    return told


def _is_name(column: pl.Series) -> bool:
    """An id, or words that differ in nearly every row, tell one row from another and nothing else."""
    many = column.n_unique() > 0.9 * len(column)
    whole = column.dtype.is_integer() or column.dtype == pl.String
    return whole and many and (column.dtype == pl.String or _ID.fullmatch(column.name.lower()) is not None)


def _is_date(column: pl.Series) -> bool:
    if column.dtype.is_temporal():
        return True
    some = column.drop_nulls().head(100).to_list()
    return bool(some) and all(isinstance(one, str) and _DATE.fullmatch(one) for one in some)


def _levels(column: pl.Series) -> tuple[str, ...]:
    words = column.cast(pl.String, strict=False).drop_nulls()
    least = min(_LEAST_ROWS, max(5, len(column) // 100))
    counts = words.value_counts(sort=True).filter(pl.col("count") >= least)
    return tuple(sorted(counts[column.name].head(_MOST_LEVELS).to_list()))


def _ratios(columns: dict[str, Floats], truth: Floats) -> tuple[tuple[str, str], ...]:
    """The ratios of amounts that tell most of what a logistic model of all numbers leaves, no two of them alike."""
    amounts = [
        name for name, one in columns.items() if np.nanmedian(np.abs(one)) > 300 and len(np.unique(one[:2000])) > 50
    ][:_MOST_AMOUNTS]
    if len(amounts) < 2:
        return ()
    figures = np.column_stack(list(columns.values()))
    x = design(figures, np.zeros((len(truth), 0), np.int32), knots_of(figures), ())
    weights = fit_logistic(x, truth, 10.0, rounds=60)
    chance = expit(x @ weights[:-1] + weights[-1])
    found = []
    for a, b in permutations(amounts, 2):
        level = _level(ratio(columns[a], columns[b]))
        found.append((_gain(level, truth - chance, chance * (1 - chance)), a, b, level))
    kept: list[tuple[str, str, Floats]] = []
    for gain, a, b, level in sorted(found, key=lambda one: -one[0]):
        if gain < _LEAST_GAIN or len(kept) == _MOST_RATIOS:
            break
        if all({a, b} != {c, d} and abs(np.corrcoef(level, other)[0, 1]) < _ALIKE for c, d, other in kept):
            kept.append((a, b, level))
    return tuple((a, b) for a, b, _ in kept)


def _level(column: Floats) -> Floats:
    """The place of each figure among 16 of equal size; -1 where there is none."""
    if np.isnan(column).all():
        return np.full(len(column), -1.0)
    cuts = np.unique(np.nanquantile(column, np.linspace(0, 1, 17)[1:-1]))
    return np.where(np.isnan(column), -1.0, np.searchsorted(cuts, column, side="right").astype(np.float64))


def _gain(level: Floats, rest: Floats, spread: Floats) -> float:
    """What a step of each level would gain in log-likelihood (a score test), less what it gains by chance."""
    place = (level + 1).astype(np.int64)
    pull, weight = np.bincount(place, rest), np.bincount(place, spread)
    there = weight > 0
    return float((pull[there] ** 2 / weight[there]).sum() / 2 - there.sum() / 2)


def _series(names: Sequence[str]) -> tuple[Series, ...]:
    stems: dict[str, list[str]] = {}
    for name in names:
        if found := re.fullmatch(r"(.*?)_?\d+", name):
            stems.setdefault(found[1], []).append(name)
    return tuple(Series(stem, tuple(columns)) for stem, columns in stems.items() if len(columns) >= 3)
