"""What a scorecard is worth on rows that it has not seen: order, distance, calibration, each with its interval.

An ECE of no model is 0 on a sample: `ece_floor` says what a model that is exactly right would show on as many rows.
"""

from collections.abc import Callable

import msgspec
import numpy as np
import polars as pl

from cothink.measures.calibration import brier, ece
from cothink.measures.columns import Floats
from cothink.measures.intervals import bootstrap, wilson
from cothink.measures.ranking import auc, ks

MEASURES: dict[str, Callable[..., float]] = {"auc": auc, "ks": ks, "brier": brier, "ece": ece}
_FEW = 30  # rows of a group below which nothing is said of it


class Lift(msgspec.Struct, frozen=True):
    """A tenth of the rows, highest probability first.

    Attributes:
        rows: In it.
        said: Mean probability.
        came_true: Share of defaults.
        lift: That share over the share among all.
        caught: Share of all defaults in this and the tenths before.
    """

    rows: int
    said: float
    came_true: float
    lift: float
    caught: float


class Group(msgspec.Struct, frozen=True):
    """What a model does to the rows of one group.

    Attributes:
        name: The group's value; `none` where it is missing.
        rows: In it.
        said: Mean probability.
        came_true: Share of defaults, with its 95% interval beside it.
        low_risk: Share of its rows below the median probability of all rows.
        impact: `low_risk` over that of the best group; below 0.8 is the usual alarm.
        auc, ece: Order and calibration within the group; None where its rows are all alike.
    """

    name: str
    rows: int
    said: float
    came_true: float
    came_true_interval: tuple[float, float]
    low_risk: float
    impact: float
    auc: float | None
    ece: float


def report(chance: Floats, truth: Floats, rounds: int = 300, seed: int = 0) -> dict[str, object]:
    """Return each measure and beside it `NAME_interval`, 95% by bootstrap; and rows, base rate and `ece_floor`."""
    found: dict[str, object] = {"rows": len(truth), "base_rate": float(truth.mean())}
    for name, measure in MEASURES.items():
        interval = bootstrap(measure, chance, truth, rounds=rounds, seed=seed)
        found[name] = interval.value
        found[f"{name}_interval"] = [interval.low, interval.high]
    random = np.random.default_rng(seed)
    found["ece_floor"] = float(
        np.mean([ece(chance, (random.random(len(chance)) < chance).astype(float)) for _ in range(50)])
    )
    return found


def lifts(chance: Floats, truth: Floats, parts: int = 10) -> list[Lift]:
    """Return the rows in parts of equal size, highest probability first."""
    order = np.argsort(-chance, kind="stable")
    caught, found = 0.0, []
    for part in (one for one in np.array_split(order, parts) if one.size):
        rate = float(truth[part].mean())
        caught += float(truth[part].sum())
        found.append(
            Lift(len(part), float(chance[part].mean()), rate, rate / float(truth.mean()), caught / float(truth.sum()))
        )
    return found


def by_group(chance: Floats, truth: Floats, groups: pl.Series) -> list[Group]:
    """Return what the model does to each group of at least 30 rows, in the order of their names."""
    names = groups.cast(pl.String).fill_null("none").to_numpy()
    low = chance <= np.median(chance)
    kept = [(str(name), names == name) for name in np.unique(names) if (names == name).sum() >= _FEW]
    best = max((float(low[here].mean()) for _, here in kept), default=0.0)
    found = []
    for name, here in kept:
        area, n = auc(chance[here], truth[here]), int(here.sum())
        rate = wilson(float(truth[here].sum()), n)
        found.append(
            Group(
                name,
                n,
                float(chance[here].mean()),
                rate.value,
                (rate.low, rate.high),
                float(low[here].mean()),
                float(low[here].mean()) / best if best else 1.0,
                area if np.isfinite(area) else None,
                ece(chance[here], truth[here]),
            )
        )
    return found
