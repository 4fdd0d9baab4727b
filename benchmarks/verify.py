"""What the exact checks catch and what they wrongly refuse, on graded answers.

    python benchmarks/verify.py --data DIR

DIR holds gsm8k_train.jsonl.gz (question, solution), gsm8k_answers.jsonl.gz (question, solution, correct),
math_problems.jsonl.gz (id, problem, target) and math_answers.jsonl.gz (id, answer, extracted, correct). The data is
read, never copied.
"""

import argparse
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cothink.core.verdict import Verdict
from cothink.evaluation.outcomes import rows as rows_of
from cothink.verify.arithmetic import check_arithmetic
from cothink.verify.completeness import check_completeness
from cothink.verify.equations import check_equations
from cothink.verify.maths.equality import answers_equal
from cothink.verify.maths.final_answer import final_answer
from cothink.verify.word_problem import check_word_problem

Check = Callable[[str, str], Verdict]
CHECKS: dict[str, Check] = {
    "arithmetic": check_arithmetic,
    "word_problem": check_word_problem,
    "equations": check_equations,
    "completeness": lambda _question, answer: check_completeness(answer),
}


def judge(check: Check, pairs: Sequence[tuple[str, str]]) -> str:
    """Run a check over questions and answers: the shares that stand, fall and are unsure, and the time of one."""
    begin = time.perf_counter()
    found = [check(question, answer).standing for question, answer in pairs]
    each_us = (time.perf_counter() - begin) / max(1, len(pairs)) * 1e6
    shares = " | ".join(f"{found.count(word) / max(1, len(found)):.2%}" for word in ("stands", "falls", "unsure"))
    return f"{len(found):,} | {shares} | {each_us:,.0f}"


def with_slip(solution: str) -> str:
    """The solution with its last computed result one too high, as a slip of the pen."""
    plain = re.sub(r"<<[^<>]*>>", "", solution)
    results = list(re.finditer(r"[-+*/][ \d.,$()]*\d\)?[ ]*=[ ]*\$?(\d+)(?![\d.,%/])", plain))
    if not results:
        return ""
    start, end = results[-1].span(1)
    return f"{plain[:start]}{int(plain[start:end]) + 1}{plain[end:]}"


def equality(problems: list[dict[str, Any]], answers: list[dict[str, Any]]) -> None:
    """Print how far `answers_equal` on the extracted final answer agrees with the source's grade."""
    targets = {row["id"]: row["target"] for row in problems}
    counts: dict[tuple[bool, str], int] = {}
    begin = time.perf_counter()
    for row in answers:
        found = final_answer(row["answer"]) if not row.get("extracted") else None
        text = row.get("extracted") or (found.text if found else "")
        key = (bool(row["correct"]), answers_equal(text, targets[row["id"]]).standing)
        counts[key] = counts.get(key, 0) + 1
    each_us = (time.perf_counter() - begin) / max(1, len(answers)) * 1e6
    print("\n| graded | equal | different | unsure |\n|---|--:|--:|--:|")
    for grade in (True, False):
        print(
            f"| {'right' if grade else 'wrong'} | "
            + " | ".join(str(counts.get((grade, w), 0)) for w in ("stands", "falls", "unsure"))
            + " |"
        )
    sure = sum(n for (_, word), n in counts.items() if word != "unsure")
    agreed = counts.get((True, "stands"), 0) + counts.get((False, "falls"), 0)
    lenient = agreed + counts.get((False, "unsure"), 0)
    print(f"\nequality: {agreed}/{sure} of the sure ones agree ({agreed / max(1, sure):.2%}); with unsure taken as")
    print(f"different {lenient / max(1, len(answers)):.2%} of {len(answers)}; {each_us:,.0f} us a pair")


def main() -> None:
    """Print the tables."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--data", type=Path, required=True, help="folder of the graded answers")
    folder: Path = arguments.parse_args().data
    problems, maths = list(rows_of(folder / "math_problems.jsonl.gz")), list(rows_of(folder / "math_answers.jsonl.gz"))
    asked = {row["id"]: row["problem"] for row in problems}
    words = list(rows_of(folder / "gsm8k_answers.jsonl.gz"))
    train = list(rows_of(folder / "gsm8k_train.jsonl.gz"))
    slips = [(row["question"], with_slip(row["solution"])) for row in train]
    sets = {
        "word problems, solutions": [(r["question"], r["solution"]) for r in train],
        "word problems, one slip put in": [(question, answer) for question, answer in slips if answer],
        "word problems, right": [(r["question"], r["solution"]) for r in words if r["correct"]],
        "word problems, wrong": [(r["question"], r["solution"]) for r in words if not r["correct"]],
        "maths, right": [(asked[r["id"]], r["answer"]) for r in maths if r["correct"]],
        "maths, wrong": [(asked[r["id"]], r["answer"]) for r in maths if not r["correct"]],
        "maths, target as answer": [(r["problem"], f"\\boxed{{{r['target']}}}") for r in problems],
    }
    print("| answers | check | count | stands | falls | unsure | us each |\n|---|---|--:|--:|--:|--:|--:|")
    for title, pairs in sets.items():
        for name, check in CHECKS.items():
            print(f"| {title} | {name} | {judge(check, pairs)} |")
    equality(problems, maths)


if __name__ == "__main__":
    main()
