"""Boosted trees by LightGBM: a few small settings, stopped where the rows aside say so, written as LightGBM's own text.

Source: Ke et al. (2017). One thread and fixed seeds, so that equal data gives equal trees.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cothink.measures.columns import Floats

SETTINGS: tuple[dict[str, Any], ...] = (
    {"num_leaves": 8, "min_data_in_leaf": 60, "learning_rate": 0.06, "feature_fraction": 0.3},
    {"num_leaves": 16, "min_data_in_leaf": 120, "learning_rate": 0.05, "feature_fraction": 0.4},
)
SMALL: tuple[dict[str, Any], ...] = (
    {"num_leaves": 4, "min_data_in_leaf": 20, "learning_rate": 0.05, "feature_fraction": 0.3},
)
ROUNDS = 400
_FIXED = {
    "objective": "binary",
    "lambda_l2": 20.0,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "cat_smooth": 30.0,
    "cat_l2": 30.0,
    "min_data_per_group": 50,
    "max_bin": 127,
    "num_threads": 1,
    "verbosity": -1,
    "deterministic": True,
    "force_row_wise": True,
}


def joined(figures: Floats, codes: NDArray[np.int32]) -> Floats:
    """Return what the trees see: figures, then codes of categories."""
    return np.column_stack([figures, codes.astype(np.float64)])


def fit_trees(
    setting: dict[str, Any],
    rows: tuple[Floats, Floats],
    aside: tuple[Floats, Floats],
    categories: Sequence[int],
    signs: Sequence[int],
    seed: int,
) -> tuple[Any, list[float]]:
    """Fit trees.

    Args:
        setting: One of `SETTINGS`.
        rows: What is learned from: x of shape (n, p) and truths.
        aside: What is watched.
        categories: The columns of x that are codes.
        signs: For each column 1, -1 or 0: a monotone constraint.
        seed: Of bagging and of the choice of features.

    Returns:
        The booster, and its log loss on the rows aside after each round.
    """
    import lightgbm

    options = {**_FIXED, **setting, "seed": seed}
    if any(signs):
        options |= {"monotone_constraints": list(signs), "monotone_constraints_method": "advanced"}
    learn = lightgbm.Dataset(rows[0], rows[1], categorical_feature=list(categories), free_raw_data=False)
    watch = lightgbm.Dataset(aside[0], aside[1], reference=learn, free_raw_data=False)
    curve: dict[str, Any] = {}
    stop = lightgbm.early_stopping(60, verbose=False)
    booster = lightgbm.train(options, learn, ROUNDS, [watch], callbacks=[lightgbm.record_evaluation(curve), stop])
    return booster, next(iter(curve.values()))["binary_logloss"]


def raw(booster: Any, x: Floats, rounds: int) -> Floats:
    """Return the logits of the first `rounds` trees."""
    return np.asarray(booster.predict(x, raw_score=True, num_iteration=rounds, num_threads=1), dtype=np.float64)


def as_text(booster: Any, rounds: int) -> str:
    """Return the first `rounds` trees in LightGBM's own form."""
    return str(booster.model_to_string(num_iteration=rounds))


def from_text(text: str) -> Any:
    """Return trees from LightGBM's own form."""
    import lightgbm

    return lightgbm.Booster(model_str=text)
