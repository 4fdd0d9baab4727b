"""Columns of figures: what every measure asks of its input, checked in one place."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Column = Sequence[float] | Sequence[int] | Sequence[bool] | NDArray[Any]


def floats(name: str, column: Column) -> Floats:
    """Return the column as float64 of shape (n,).

    Raises:
        ValueError: It is empty, has more than one dimension, or holds a value that is not finite.
    """
    array = np.asarray(column, dtype=np.float64)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"{name}: a column of at least one figure is needed, got the shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(
            f"{name}: every figure must be finite, {int((~np.isfinite(array)).sum())} of {array.size} are not"
        )
    return array


def same_length(**columns: Floats) -> None:
    """Check that all columns have one length.

    Raises:
        ValueError: They differ; the message names each with its length.
    """
    if len({len(column) for column in columns.values()}) > 1:
        lengths = ", ".join(f"{name} {len(column)}" for name, column in columns.items())
        raise ValueError(f"columns must have one length, got {lengths}")


def labels(name: str, column: Column) -> Floats:
    """Return the column of truths as 0.0 and 1.0.

    Raises:
        ValueError: A value is neither 0 nor 1.
    """
    array = floats(name, column)
    strange = array[(array != 0) & (array != 1)]
    if strange.size:
        raise ValueError(f"{name}: every label must be 0 or 1, got {strange[0]:g}")
    return array


def chances(name: str, column: Column) -> Floats:
    """Return the column of probabilities.

    Raises:
        ValueError: A value lies outside 0 to 1.
    """
    array = floats(name, column)
    strange = array[(array < 0) | (array > 1)]
    if strange.size:
        raise ValueError(f"{name}: every probability must lie in 0..1, got {strange[0]:g}")
    return array
