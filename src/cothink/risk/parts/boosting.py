"""Boosted trees by LightGBM: a few small settings, stopped where the rows aside say so, written as LightGBM's own text.

Source: Ke et al. (2017). One thread and fixed seeds, so that equal data gives equal trees.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cothink.measures.columns import Floats

Setting = dict[str, Any]

# Five forests of at most a hundred trees are averaged: quick steps, whose roughness the mean takes away, and few trees
# to ask of each row.
SETTINGS: tuple[Setting, ...] = (
    {"num_leaves": 8, "min_data_in_leaf": 60, "learning_rate": 0.15, "feature_fraction": 0.3, "lambda_l2": 20.0},
    {"num_leaves": 16, "min_data_in_leaf": 120, "learning_rate": 0.12, "feature_fraction": 0.4, "lambda_l2": 20.0},
)
_FEW = {"learning_rate": 0.06, "min_data_per_group": 20, "cat_smooth": 10.0, "cat_l2": 10.0}
SMALL: tuple[Setting, ...] = (
    # cuts at random: many weak trees, which few rows cannot be learned by heart with
    {**_FEW, "num_leaves": 16, "min_data_in_leaf": 5, "feature_fraction": 0.3, "lambda_l2": 5.0, "extra_trees": True},
    {**_FEW, "num_leaves": 31, "min_data_in_leaf": 5, "feature_fraction": 0.6, "lambda_l2": 1.0},
)
ROUNDS, ROUNDS_SMALL = 100, 400
LENGTHS = (25, 50, 75, 100, 150, 200, 300, 400)  # how many trees may count
_FIXED = {
    "objective": "binary",
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "cat_smooth": 30.0,
    "cat_l2": 30.0,
    "max_cat_to_onehot": 8,
    "min_data_per_group": 50,
    "max_bin": 127,
    "num_threads": 1,
    "verbosity": -1,
    "deterministic": True,
    "force_row_wise": True,
}


def name_of(setting: Setting) -> str:
    """Return a setting in words."""
    return f"trees of {setting['num_leaves']} leaves" + (", cut at random" if setting.get("extra_trees") else "")


def joined(figures: Floats, codes: NDArray[np.int32]) -> Floats:
    """Return what the trees see: figures, then codes of categories."""
    return np.column_stack([figures, codes.astype(np.float64)])


def fit_trees(
    setting: Setting,
    rows: tuple[Floats, Floats],
    aside: tuple[Floats, Floats],
    categories: Sequence[int],
    signs: Sequence[int],
    seed: int,
) -> Any:
    """Fit trees.

    Args:
        setting: One of `SETTINGS`.
        rows: What is learned from: x of shape (n, p) and truths.
        aside: What is watched.
        categories: The columns of x that are codes.
        signs: For each column 1, -1 or 0: a monotone constraint.
        seed: Of bagging and of the choice of features.

    Returns:
        The booster; it ends 60 rounds after the rows aside gained nothing more.
    """
    import lightgbm

    options = {**_FIXED, **setting, "seed": seed}
    if any(signs):
        options |= {"monotone_constraints": list(signs), "monotone_constraints_method": "advanced"}
    learn = lightgbm.Dataset(rows[0], rows[1], categorical_feature=list(categories), free_raw_data=False)
    watch = lightgbm.Dataset(aside[0], aside[1], reference=learn, free_raw_data=False)
    stop = lightgbm.early_stopping(60, verbose=False)
    rounds = ROUNDS_SMALL if setting in SMALL else ROUNDS
    return lightgbm.train(options, learn, rounds, [watch], callbacks=[stop])


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
