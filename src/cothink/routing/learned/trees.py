"""Boosted trees as plain arrays: all trees are walked at once with numpy, so LightGBM is needed only to train."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees laid end to end; a leaf points at itself.

    Args:
        roots: Where each tree begins.
        feature: The feature that a node asks; 0 at a leaf.
        threshold: Left where the feature is not more.
        left, right: The next nodes.
        value: What a leaf adds; 0 elsewhere.
        depth: The most steps that a walk takes.
    """

    roots: NDArray[np.int32]
    feature: NDArray[np.int16]
    threshold: Floats
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: Floats
    depth: int

    def sums(self, row: Floats, ends: NDArray[np.int64]) -> Floats:
        """Return the sums of several forests that were laid end to end; each begins at the tree of one of ``ends``."""
        at = self.roots
        for _ in range(self.depth):
            at = np.where(row[self.feature[at]] <= self.threshold[at], self.left[at], self.right[at])
        return np.asarray(np.add.reduceat(self.value[at], ends), dtype=np.float32)

    def predict_all(self, rows: Floats) -> Floats:
        """Return the sums of many rows."""
        at = np.broadcast_to(self.roots, (len(rows), len(self.roots)))
        index = np.arange(len(rows))[:, None]
        for _ in range(self.depth):
            goes_left = rows[index, self.feature[at]] <= self.threshold[at]
            at = np.where(goes_left, self.left[at], self.right[at])
        return np.asarray(self.value[at].sum(1), dtype=np.float32)


def joined(forests: Sequence[Forest]) -> tuple[Forest, NDArray[np.int64]]:
    """Lay forests end to end, so that one walk serves all; return it and the place of each one's first tree."""
    nodes = np.cumsum([0, *(len(one.value) for one in forests)])
    parts = list(zip(forests, nodes[:-1], strict=True))
    whole = Forest(
        np.concatenate([one.roots + start for one, start in parts]).astype(np.int32),
        np.concatenate([one.feature for one in forests]),
        np.concatenate([one.threshold for one in forests]),
        np.concatenate([one.left + start for one, start in parts]).astype(np.int32),
        np.concatenate([one.right + start for one, start in parts]).astype(np.int32),
        np.concatenate([one.value for one in forests]),
        max(one.depth for one in forests),
    )
    return whole, np.cumsum([0, *(len(one.roots) for one in forests[:-1])])


def of_booster(booster: Any, start: float = 0.0) -> Forest:
    """Return the arrays of a LightGBM booster that was trained on numbers without gaps.

    Args:
        booster: The trained booster.
        start: What is added once, for a booster whose first tree does not hold the mean.
    """
    parts = _Parts()
    trees = booster.dump_model()["tree_info"]
    for tree in trees:
        parts.roots.append(parts.add(tree["tree_structure"], 0))
    if not trees or start:
        parts.roots.append(parts.leaf(start))
    return Forest(
        np.asarray(parts.roots, dtype=np.int32),
        np.asarray(parts.feature, dtype=np.int16),
        np.asarray(parts.threshold, dtype=np.float32),
        np.asarray(parts.left, dtype=np.int32),
        np.asarray(parts.right, dtype=np.int32),
        np.asarray(parts.value, dtype=np.float32),
        parts.depth,
    )


class _Parts:
    def __init__(self) -> None:
        self.roots: list[int] = []
        self.feature: list[int] = []
        self.threshold: list[float] = []
        self.left: list[int] = []
        self.right: list[int] = []
        self.value: list[float] = []
        self.depth = 0

    def add(self, node: dict[str, Any], depth: int) -> int:
        """Append a node and all under it; return its place."""
        self.depth = max(self.depth, depth)
        if "split_index" not in node:
            return self.leaf(node["leaf_value"])
        place = self.leaf(0.0)
        self.feature[place] = node["split_feature"]
        # Trained on 32-bit numbers: the threshold stays on the same side of them when it is rounded down.
        self.threshold[place] = _not_over(node["threshold"])
        self.left[place] = self.add(node["left_child"], depth + 1)
        self.right[place] = self.add(node["right_child"], depth + 1)
        return place

    def leaf(self, value: float) -> int:
        place = len(self.value)
        self.feature.append(0)
        self.threshold.append(float("inf"))
        self.left.append(place)
        self.right.append(place)
        self.value.append(value)
        return place


def _not_over(threshold: float) -> float:
    near = np.float32(threshold)
    return float(near if near <= threshold else np.nextafter(near, np.float32(-np.inf)))
