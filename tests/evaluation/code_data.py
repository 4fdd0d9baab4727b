"""A small bench of our own in the form of the data folder."""

import gzip
import json
from pathlib import Path
from typing import Any

PROMPT = 'def {name}(a, b):\n    """{words}\n    >>> {name}(1, 2)\n    {result}\n    """\n'
PLUS = (
    "import numpy as np\n\ndef check(candidate):\n"
    "    assert np.allclose(candidate(0.1, 0.2), {exp}, atol=1e-6)\n    assert candidate(1, 2) == {result}\n"
)


def row(name: str, words: str, body: str, result: Any, exp: float, **more: Any) -> dict[str, Any]:
    return {
        "bench": "humaneval",
        "task": f"Own/{name}",
        "prompt": PROMPT.format(name=name, words=words, result=result),
        "entry_point": name,
        "canonical": f"    return {body}\n",
        "base": f"def check(candidate):\n    assert candidate(1, 2) == {result}\n    assert candidate(0, 0) == 0\n",
        "plus": PLUS.format(exp=exp, result=result),
        "canonical_passes": {"base": True, "plus": True},
        **more,
    }


ROWS = [
    row("add", "The sum.", "a + b", 3, 0.3),
    row("times", "The product.", "a * b", 2, 0.02),
    row("minus", "The difference.", "a - b", -1, -0.1, canonical_passes={"base": True, "plus": False}),
    {
        "bench": "mbpp",
        "task": "7",
        "prompt": "Write a function to double a number.",
        "entry_point": "double",
        "canonical": "def double(a):\r\n  return 2 * a",
        "base": "\nassert double(2) == 4\nassert double(0) == 0",
        "plus": None,
        "canonical_passes": {"base": True, "plus": True},
    },
]


def answer(name: str, body: str, models: list[str], grade: str | None) -> dict[str, Any]:
    program = f"def {name}(a, b):\n    return {body}\n"
    return {
        "bench": "humaneval",
        "task": f"Own/{name}",
        "program": program,
        "models": models,
        "recorded": None,
        "base": grade,
        "plus": None,
        "parses": True,
    }


ANSWERS = [
    answer("add", "a + b", ["cheap", "dear"], "pass"),
    answer("times", "a + b", ["cheap"], "fail"),
    answer("times", "a * b", ["dear"], "pass"),
    answer("minus", "a - b", ["cheap"], "pass"),
    answer("minus", "b - a", ["dear"], "fail"),
]


def write(folder: Path) -> Path:
    (folder / "code").mkdir()
    for name, rows in (("tasks", ROWS), ("answers", ANSWERS)):
        with gzip.open(folder / "code" / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(one) + "\n" for one in rows)
    return folder
