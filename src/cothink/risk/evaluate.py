"""What a scorecard is worth on rows that it has not seen: order, distance, calibration, each with its interval."""

from collections.abc import Callable

from cothink.measures.calibration import brier, ece
from cothink.measures.columns import Floats
from cothink.measures.intervals import bootstrap
from cothink.measures.ranking import auc, ks

MEASURES: dict[str, Callable[..., float]] = {"auc": auc, "ks": ks, "brier": brier, "ece": ece}


def report(chance: Floats, truth: Floats, rounds: int = 300, seed: int = 0) -> dict[str, object]:
    """Return each measure and beside it `NAME_interval`, 95% by bootstrap; and the rows and their base rate."""
    found: dict[str, object] = {"rows": len(truth), "base_rate": float(truth.mean())}
    for name, measure in MEASURES.items():
        interval = bootstrap(measure, chance, truth, rounds=rounds, seed=seed)
        found[name] = interval.value
        found[f"{name}_interval"] = [interval.low, interval.high]
    return found
