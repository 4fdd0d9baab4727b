"""Files in the forms in which the public data sets are published, with questions that this repository wrote itself."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any


def lines(path: Path, *rows: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


def table(path: Path, *rows: list[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


GSM8K = (
    {"question": "Tia has 3 pens and buys 4. How many?", "answer": "She has 3 + 4 = <<3+4=7>>7 pens.\n#### 7"},
    {"question": "A hall has 40 rows of 30 seats. How many seats?", "answer": "40 * 30 = 1200\n#### 1,200"},
)
MATH = {
    "problem": "What is $\\frac{1}{2}+\\frac{1}{3}$?",
    "level": "Level 1",
    "type": "Prealgebra",
    "solution": "The sum is $\\boxed{\\frac{5}{6}}$.",
}
MATH_500 = {
    "problem": "Solve $2x = 6$.",
    "solution": "So $x=\\boxed{3}$.",
    "answer": "3",
    "subject": "Algebra",
    "level": 1,
    "unique_id": "test/algebra/1.json",
}
MMLU = (
    ["Which is a mammal?", "trout", "otter", "heron", "newt", "B"],
    ["Which is red?", "sky", "snow", "blood", "x", "C"],
)
MMLU_ROW = {"question": "Which floats?", "subject": "physics", "choices": ["iron", "cork"], "answer": 1}
MMLU_PRO = {
    "question_id": 70,
    "question": "Which is a prime?",
    "options": ["4", "6", "7", "8", "9", "10"],
    "answer": "C",
    "answer_index": 2,
    "category": "math",
}
ARC = {
    "id": "Own_1",
    "question": {"stem": "What melts?", "choices": [{"text": "ice", "label": "1"}, {"text": "wood", "label": "2"}]},
    "answerKey": "1",
}
GPQA_HEAD = [
    *("Record ID", "Question", "Correct Answer", "Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3"),
    "High-level domain",
]
GPQA = ["rec1", "Which is a noble gas?", "neon", "iron", "water", "salt", "Chemistry"]
BBH = {"canary": "none", "examples": [{"input": "not ( True ) is", "target": "False"}]}
HUMANEVAL = {
    "task_id": "Own/0",
    "prompt": 'def add(a, b):\n    """The sum.\n    >>> add(1, 2)\n    3\n    """\n',
    "entry_point": "add",
    "canonical_solution": "    return a + b\n",
    "test": "def check(candidate):\n    assert candidate(1, 2) == 3\n    assert candidate(0, 0) == 0\n",
}
MBPP = {
    "text": "Write a function to double a number.",
    "code": "def helper(a):\r\n  return a\r\ndef double(a):\r\n  return 2 * helper(a)",
    "task_id": 7,
    "test_setup_code": "",
    "test_list": ["assert double(2) == 4", "assert double(0) == 0"],
    "challenge_test_list": [],
}
SANITIZED = {
    "source_file": "own",
    "task_id": 8,
    "prompt": "Write a function to find a root.",
    "code": "import math\ndef root(a):\n  return math.sqrt(a)",
    "test_imports": ["import math"],
    "test_list": ["assert math.isclose(root(4), 2)"],
}
CRUX = {"code": "def f(a):\n    return a[::-1]", "input": "[1, 2]", "output": "[2, 1]", "id": "sample_0"}
OWN = (
    {"id": "a", "prompt": "2 + 2?", "answer": 4},
    {"id": "b", "prompt": "Capital of Norway?", "answer": "Oslo", "kind": "contained", "group": "towns"},
    {"id": "c", "prompt": "Yes or no?", "answer": ["yes", "yeah"]},
)
