"""Recorded answers that this repository wrote itself."""

import gzip
import json
from pathlib import Path
from typing import Any

SUMS = {"a": ("What is 2 + 2?", "4", "5"), "b": ("What is 3 + 4?", "8", "7"), "c": ("What is 5 + 5?", "10", "10")}


def write(folder: Path, name: str = "sums", *, graded: bool = True, zipped: bool = True) -> Path:
    """Three sums; R1 is right in a and c, the pro in b and c."""
    truth = {"a": "4", "b": "7", "c": "10"}
    prompts = [{"prompt_id": key, "prompt": SUMS[key][0], "group": "sums", "reference": truth[key]} for key in SUMS]
    outcomes = [
        {"prompt_id": key, "model": model, "samples": [_sample(SUMS[key][place], truth[key], graded)]}
        for key in SUMS
        for place, model in ((1, "cheap"), (2, "dear"))
    ]
    for kind, rows in (("prompts", prompts), ("outcomes", outcomes)):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        if zipped:
            (folder / f"{name}.{kind}.jsonl.gz").write_bytes(gzip.compress(text.encode()))
        else:
            (folder / f"{name}.{kind}.jsonl").write_text(text)
    return folder


def _sample(answer: str, truth: str, graded: bool) -> dict[str, Any]:
    sample: dict[str, Any] = {"answer": answer, "text": f"So it is.\nAnswer: {answer}"}
    return sample | {"score": float(answer == truth)} if graded else sample
