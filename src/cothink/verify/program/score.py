"""A small learned score: how likely a program is right, from what its checks found (logistic regression).

The weights stand in ``score.json``, made by ``benchmarks/verifier.py --train``; without an extra, without a model.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

FEATURES = (
    "failed",
    "failed share",
    "passed",
    "nothing compared",
    "error shown",
    "error near",
    "error edge",
    "indexing near",
    "indexing edge",
    "resources",
    "cut",
    "slip",
    "broken firm",
    "broken loose near",
    "broken loose edge",
    "mixed",
    "none among others",
    "differs",
    "changed",
    "printed",
    "object",
    "smell hard",
    "smell soft",
    "ignores capitals",
    "float for whole",
    "branches",
    "rivals agree",
    "rivals differ",
)


@dataclass(frozen=True, slots=True)
class Weights:
    """The learned numbers.

    Args:
        bias: The constant.
        weights: One for each feature.
        refuse_below: A program with a lower score is refused; set so that at most one right answer in 20 is.
    """

    bias: float
    weights: Mapping[str, float]
    refuse_below: float


@cache
def shipped() -> Weights:
    """The weights that come with the package."""
    data = json.loads((files(__package__) / "score.json").read_text(encoding="utf-8"))
    return Weights(float(data["bias"]), data["weights"], float(data["refuse_below"]))


def score(features: Mapping[str, float], weights: Weights) -> float:
    """The probability, between 0.01 and 0.99."""
    total = weights.bias + sum(weights.weights.get(name, 0.0) * value for name, value in features.items())
    return min(0.99, max(0.01, 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))))


def features(
    counts: Mapping[str, float], passed: int, failed: int, smells: Mapping[str, int], branches: int
) -> dict[str, float]:
    """Counts as features between 0 and about 1.

    Args:
        counts: From `evidence.weigh`, with ``rivals agree`` and ``rivals differ`` where there were any.
        passed: Examples and tests that passed.
        failed: Those that failed.
        smells: How many smells of each name.
        branches: Of the function, see `smells.branch_count`.
    """
    tried = max(1.0, counts.get("tried", 0.0))
    hard = ("undefined name", "no result", "empty body", "recursion without an end", "reads standard input")
    soft = ("unused parameter", "path without a result", "unreachable", "constant result")
    return {
        "failed": float(failed > 0),
        "failed share": failed / max(1, failed + passed),
        "passed": min(passed, 6) / 6,
        "nothing compared": float(passed + failed == 0),
        "error shown": float(counts.get("error shown", 0) > 0),
        "error near": counts.get("error near", 0) / tried,
        "error edge": counts.get("error edge", 0) / tried,
        "indexing near": float(counts.get("indexing near", 0) > 0),
        "indexing edge": float(counts.get("indexing edge", 0) > 0),
        "resources": float(any(counts.get(f"resources {kind}", 0) > 0 for kind in ("shown", "near", "edge"))),
        "cut": counts.get("cut", 0.0),
        "slip": float(counts.get("slip", 0) > 0),
        "broken firm": float(counts.get("broken firm near", 0) + counts.get("broken firm edge", 0) > 0),
        "broken loose near": float(counts.get("broken loose near", 0) > 0),
        "broken loose edge": float(counts.get("broken loose edge", 0) > 0),
        "mixed": counts.get("mixed", 0.0),
        "none among others": counts.get("none among others", 0.0),
        "differs": float(counts.get("differs", 0) > 0),
        "changed": float(counts.get("changed", 0) > 0),
        "printed": counts.get("printed", 0.0),
        "object": float(counts.get("object", 0) > 0),
        "smell hard": float(any(smells.get(name, 0) for name in hard)),
        "smell soft": float(any(smells.get(name, 0) for name in soft)),
        "ignores capitals": float(smells.get("ignores capitals", 0) > 0),
        "float for whole": float(smells.get("float for whole", 0) > 0),
        "branches": min(branches, 20) / 20,
        "rivals agree": counts.get("rivals agree", 0.0),
        "rivals differ": counts.get("rivals differ", 0.0),
    }
