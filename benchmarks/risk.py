"""Scorecards on real loans: logistic, boosting, with and without text, ours, each on rows aside, with intervals.

    python benchmarks/risk.py --data DIR [--set NAME]

DIR holds credit/*.parquet with `part` (train, test) and `default`. The last column
is the speed of scoring, rows a second.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path

import msgspec

from cothink.risk import table
from cothink.risk.evaluate import MEASURES, report
from cothink.risk.scorecard import Scorecard
from cothink.risk.train import train

TEXTS = {"lendingclub": ["desc", "title", "emp_title"]}
DROPS = {"lendingclub": ["lender_*"]}


def ways(model: Scorecard, name: str) -> dict[str, Scorecard]:
    """The parts of a model on their own, then the model."""
    about = model.about
    found = {"logistic": replace(model, about=msgspec.structs.replace(about, logistic_share=1.0), forests=())}
    if model.forests:
        found["boosting"] = replace(model, about=msgspec.structs.replace(about, logistic_share=0.0))
    return {**{f"{way}, {name}": one for way, one in found.items()}, f"ours, {name}": model}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--set", action="append")
    args = parser.parse_args()
    print("| set | way | AUC | KS | Brier | ECE | rows/s |\n|---|---|---|---|---|---|--:|")
    for name in args.set or ["lendingclub", "taiwan", "german", "sba"]:
        frame = table.without(table.read_table(args.data / "credit" / f"{name}.parquet"), DROPS.get(name, []))
        rows, aside = table.part_of(frame, "train"), table.part_of(frame, "test")
        truth = table.truths(rows, "default")
        texts = TEXTS.get(name, [])
        sights = {"numbers": (rows.drop(["default", "part", *texts]), [])}
        if texts:
            sights["all"] = (rows.drop(["default", "part"]), texts)
            sights["text alone"] = (rows.select(texts), texts)
        for sight, (seen, words) in sights.items():
            model = train(seen, truth, "default", texts=words)
            for way, one in ways(model, sight).items():
                began = time.perf_counter()
                chance = one.score(aside).chance
                speed = aside.height / (time.perf_counter() - began)
                found = report(chance, table.truths(aside, "default"), rounds=200)
                cells = [
                    f"{found[m]:.4f} [{found[f'{m}_interval'][0]:.3f}, {found[f'{m}_interval'][1]:.3f}]"
                    for m in MEASURES
                ]
                print(f"| {name} | {way} | {' | '.join(cells)} | {speed:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
