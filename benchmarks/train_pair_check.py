"""Trains the learned part of the semantic cache's second check and writes its weights; prints how it does across sets.

Labelled pairs come from a folder (`--data DIR` or COTHINK_DATA, `cache/*.jsonl.gz`) and from the templates of
`question_pairs.py`. What is written are a mean, a scale and a weight for each sign: no rows, no words.

    python benchmarks/train_pair_check.py --data DIR [--write]
"""

import argparse
import gzip
import json
import os
from pathlib import Path

import numpy as np
from question_pairs import pairs
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from cothink.traffic.cache.semantic.check import Weights
from cothink.traffic.cache.semantic.embed import Sentences
from cothink.traffic.cache.semantic.facts import differs
from cothink.traffic.cache.semantic.signs import NAMES, signs
from cothink.traffic.cache.semantic.words import words_of

THRESHOLD = 0.8
OUT = Path(__file__).parents[1] / "src/cothink/traffic/cache/semantic/weights.json"
Table = tuple[np.ndarray, np.ndarray, int]


def rows_of(path: Path) -> list[dict]:
    """Labelled rows of one set."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [row for row in map(json.loads, lines) if row.get("label") is not None]


def table(rows: list[dict], sentences: Sentences) -> Table:
    """Signs and labels of the pairs whose facts agree, and how many true pairs there were in all."""
    values, labels = [], []
    for row in rows:
        if differs(words_of(row["a"]), words_of(row["b"])) is None:
            values.append(signs(sentences.side(row["a"]), sentences.side(row["b"])))
            labels.append(row["label"])
    return np.array(values), np.array(labels), sum(row["label"] for row in rows)


def train(tables: list[Table]) -> Weights:
    """Fit on the rows of all tables."""
    values = np.concatenate([one[0] for one in tables])
    labels = np.concatenate([one[1] for one in tables])
    scaler = StandardScaler().fit(values)
    model = LogisticRegression(C=0.1, max_iter=3000).fit(scaler.transform(values), labels)
    columns = (scaler.mean_, scaler.scale_, model.coef_[0])
    return Weights(*(tuple(round(float(x), 6) for x in c) for c in columns), float(model.intercept_[0]), THRESHOLD)


def kept(weights: Weights, judged: Table, gate: float = 0.005) -> float:
    """The share of true pairs above the lowest threshold at which no more than the gate are wrong."""
    values, labels, true = judged
    order = np.argsort([-weights.probability(list(row)) for row in values], kind="stable")
    wrong = np.cumsum(1 - labels[order])
    fine = np.flatnonzero(wrong / np.arange(1, len(order) + 1) <= gate)
    return float(labels[order][: fine[-1] + 1].sum() / true) if len(fine) else 0.0


def main() -> None:
    """Train, show, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("COTHINK_DATA"))
    parser.add_argument("--write", action="store_true", help="write the weights into the package")
    options = parser.parse_args()
    if options.data is None:
        raise SystemExit("Give --data DIR or COTHINK_DATA: a folder with cache/*.jsonl.gz.")
    sentences = Sentences(kept=100_000)
    tables = {
        path.name.split(".")[0]: table(rows_of(path), sentences)
        for path in sorted((options.data / "cache").glob("*.gz"))
    }
    tables["templates"] = table(pairs(2500, 1, seen=True, language="en"), sentences)
    print("true pairs kept at <= 0.5% wrong, trained on all the other sets:")
    for name, judged in tables.items():
        others = [one for other, one in tables.items() if other != name]
        print(f"  {name:20} {kept(train(others), judged):6.1%} of {judged[2]}")
    weights = train(list(tables.values()))
    if options.write:
        held = {"signs": list(NAMES), "mean": weights.mean, "scale": weights.scale, "coefficient": weights.coefficient}
        held |= {"intercept": round(weights.intercept, 6), "threshold": weights.threshold}
        OUT.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")
        print(f"wrote {OUT.name}: {OUT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
