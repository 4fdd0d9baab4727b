"""The numbers behind a metric: whole numbers by label values, with a bound on how many series there can be."""

from bisect import bisect_left
from collections.abc import Callable
from typing import TypeVar

from cothink.monitor.snapshot import Sample
from cothink.monitor.table import Metric

T = TypeVar("T")
BILLION = 1_000_000_000
OTHER = "other"  # the label value of all that is beyond a bound
NONE = "none"  # the label value where there is nothing to say
MAX_SERIES = 2_000  # of one metric
MAX_WORD_CHARS = 100


class Count:
    """A number that is added to in place."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0


class Spread:
    """How many values fell into each bucket, and their sum in billionths."""

    __slots__ = ("_bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0

    def add(self, value: float) -> None:
        """Count a value; a value on a bound belongs to the bucket below it."""
        self.total += int(value * BILLION)  # first: it raises on NaN before anything was changed
        self.counts[bisect_left(self._bounds, value)] += 1


class Counts:
    """The series of one counter or gauge."""

    def __init__(self, metric: Metric) -> None:
        self._series: dict[tuple[str, ...], Count] = {}
        self._labels = len(metric.labels)
        if not metric.labels:
            self._series[()] = Count()  # without labels it is known from the start, as 0

    def at(self, *labels: str) -> Count:
        """Return the series of some label values, in the table's order; beyond the bound it is the one of the rest."""
        return _at(self._series, labels, self._labels, Count)

    def samples(self) -> tuple[Sample, ...]:
        """Return what was counted so far."""
        return tuple([Sample(labels, count.value) for labels, count in self._series.items()])


class Spreads:
    """The series of one histogram."""

    def __init__(self, metric: Metric) -> None:
        self._series: dict[tuple[str, ...], Spread] = {}
        self._metric = metric

    def at(self, *labels: str) -> Spread:
        """Return the series of some label values, in the table's order; beyond the bound it is the one of the rest."""
        return _at(self._series, labels, len(self._metric.labels), lambda: Spread(self._metric.bounds))

    def samples(self) -> tuple[Sample, ...]:
        """Return what was counted so far."""
        return tuple([Sample(labels, spread.total, tuple(spread.counts)) for labels, spread in self._series.items()])


class Words:
    """The values that one label has taken, so that whoever chooses them cannot make them many.

    Args:
        most: How many are kept apart; all later ones are ``other``.
        known: Values that are always kept apart, and do not count.
    """

    def __init__(self, most: int, known: frozenset[str] = frozenset()) -> None:
        self._most = most
        self._known = known
        self._seen: set[str] = set()

    def take(self, word: str | None) -> str:
        """Return the label value for a word."""
        if not word:
            return NONE
        word = word[:MAX_WORD_CHARS]
        if word in self._known or word in self._seen:
            return word
        if len(self._seen) >= self._most:
            return OTHER
        self._seen.add(word)
        return word


def _at(series: dict[tuple[str, ...], T], labels: tuple[str, ...], arity: int, make: Callable[[], T]) -> T:
    found = series.get(labels)
    if found is not None:
        return found
    if len(labels) != arity:
        raise ValueError(f"{labels} are {len(labels)} label values; the table has {arity} labels for this metric.")
    if len(series) >= MAX_SERIES:
        return series.setdefault((OTHER,) * arity, make())
    return series.setdefault(labels, make())
