"""A made-up world of recorded answers: wrong ones are long, hedge or are empty."""

import json
import random
from pathlib import Path

from cothink.routing.answers.train import Plan
from cothink.routing.learned.train import Fit

KINDS = {
    "sum": ("Add these numbers and give the total: {}.", 0.8, 0.95),
    "sort": ("Put this list into ascending order: {}.", 0.7, 0.3),
    "prime": ("Which of the following are prime numbers? {}", 0.4, 0.9),
    "median": ("Find the median of the sample {} and explain it.", 0.6, 0.7),
}
QUICK = Plan(
    row_folds=2,
    kind_folds=2,
    seen=Fit(rounds=15, leaves=4, least=5, columns=0.5),
    unseen=Fit(rounds=15, leaves=3, least=5, columns=0.5),
)


def write(folder: Path, *, each: int = 16, seed: int = 0, dataset: str = "made-up", samples: int = 2) -> Path:
    """Write a data set of the made-up world."""
    chance = random.Random(seed)
    prompts, outcomes = [], []
    for kind, (template, cheap, strong) in KINDS.items():
        for number in range(each):
            text = template.format(", ".join(str(chance.randint(1, 9999)) for _ in range(chance.randint(3, 12))))
            name = f"{dataset}-{kind}-{number}"
            prompts.append({"dataset": dataset, "prompt_id": name, "group": kind, "prompt": text, "reference": "?"})
            for model, share, count in (("r1", cheap, samples), ("pro", strong, 1)):
                said = [_sample(chance, chance.random() < share) for _ in range(count)]
                outcomes.append({"prompt_id": name, "model": model, "samples": said})
    folder.mkdir(parents=True, exist_ok=True)
    for part, rows in (("prompts", prompts), ("outcomes", outcomes)):
        (folder / f"{dataset}.{part}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def _sample(chance: random.Random, right: bool) -> dict[str, object]:
    if right:
        return {"score": 1.0, "answer": "42", "text": "<answer>42</answer>"}
    if chance.random() < 0.3:
        return {"score": 0.0}
    words = " ".join(f"perhaps {chance.randint(1, 99)}" for _ in range(chance.randint(8, 20)))
    return {"score": 0.2, "answer": words, "text": f"I cannot be sure: {words}"}
