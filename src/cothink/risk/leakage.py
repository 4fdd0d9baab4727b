"""Columns that may be known only after a decision: by their name, or because they alone tell the outcome too well."""

import re

import numpy as np
import polars as pl

from cothink.measures.columns import Floats
from cothink.measures.ranking import auc
from cothink.risk.features.form import numbers

_LATER = re.compile(
    r"lender_|recover|collect|charged?_?off|grade|int_rate|last_pymnt|total_(pymnt|rec)|settle|chgoff|writ(e|ten)_?off"
)
_TOO_WELL = 0.9
_ENOUGH = 50  # rows, to say anything by


def leaks(frame: pl.DataFrame, truth: Floats) -> tuple[str, ...]:
    """Return a warning for each column that looks as if it were known only after the decision."""
    found = []
    for name in frame.columns:
        if _LATER.search(name.lower()):
            found.append(f"{name}: by its name it is known only after a decision; drop it, or be sure of it.")
        alone = _alone(frame[name], truth)
        if alone > _TOO_WELL:
            found.append(f"{name}: alone it has an AUC of {alone:.3f}; it may be a trace of the outcome.")
    return tuple(found)


def _alone(column: pl.Series, truth: Floats) -> float:
    """The AUC of one column: a number either way round, and what its exact values tell of rows left out.

    A loan that was cut short by its default has an odd term: only the exact values show that.
    """
    found = 0.5
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        value = numbers(column)
        there = ~np.isnan(value)
        area = auc(value[there], truth[there]) if there.sum() > _ENOUGH else 0.5
        found = max(area, 1 - area) if np.isfinite(area) else 0.5
    _, places = np.unique(column.cast(pl.String).fill_null("").to_numpy().astype(str), return_inverse=True)
    if places.max() + 1 > len(places) / 5 or len(places) <= _ENOUGH:
        return found
    rows, defaults, drawn = np.bincount(places), np.bincount(places, truth), 2.0  # drawn to the rate by two rows
    others = (defaults[places] - truth + drawn * truth.mean()) / (rows[places] - 1 + drawn)
    area = auc(others, truth)
    return max(found, area) if np.isfinite(area) else found
