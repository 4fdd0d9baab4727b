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
    """The AUC of one column, either way round; a category by the share of defaults of its levels."""
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        value = numbers(column)
        there = ~np.isnan(value)
    else:
        words = column.cast(pl.String).fill_null("")
        if words.n_unique() > len(words) / 20:
            return 0.5
        table = pl.DataFrame({"w": words, "y": truth})
        value = table.select(pl.col("y").mean().over("w"))["y"].to_numpy()
        there = np.ones(len(value), dtype=bool)
    area = auc(value[there], truth[there]) if there.sum() > 50 else 0.5
    return max(area, 1 - area) if np.isfinite(area) else 0.5
