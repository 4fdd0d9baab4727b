"""A made-up world of recorded outcomes: kinds whose difficulty grows with the size of their numbers."""

import json
import random
from pathlib import Path

from cothink.routing.learned.train import Fit, Plan

KINDS = {
    "sum": ("Add these numbers and give the total: {}.", 0.9, 0.95),
    "sort": ("Put this list into ascending order: {}.", 0.8, 0.3),
    "prime": ("Which of the following are prime numbers? {}", 0.3, 0.9),
    "median": ("Find the median of the sample {} and explain it.", 0.6, 0.7),
    "spread": ("Compute the standard deviation of the measurements {}.", 0.2, 0.8),
}
QUICK = Plan(
    row_folds=2,
    seen=Fit(rounds=10, leaves=4, least=5, columns=0.5),
)


def write(folder: Path, *, each: int = 24, seed: int = 0, dataset: str = "made-up") -> Path:
    """Write a data set of the made-up world; `third` is another model that is right where both are."""
    chance = random.Random(seed)
    prompts, outcomes = [], []
    for kind, (template, cheap, strong) in KINDS.items():
        for number in range(each):
            count = chance.randint(3, 30)
            text = template.format(", ".join(str(chance.randint(1, 9999)) for _ in range(count)))
            name = f"{dataset}-{kind}-{number}"
            prompts.append({"dataset": dataset, "prompt_id": name, "group": kind, "prompt": text, "reference": "?"})
            easy = (16 - count) / 40
            scores = {"r1": chance.random() < cheap + easy, "pro": chance.random() < strong + easy}
            scores["third"] = scores["r1"] and scores["pro"]
            for model, right in scores.items():
                outcomes.append({"prompt_id": name, "model": model, "samples": [{"score": float(right)}]})
    folder.mkdir(parents=True, exist_ok=True)
    for part, rows in (("prompts", prompts), ("outcomes", outcomes)):
        (folder / f"{dataset}.{part}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder
