"""How well the graders of `cothink eval run` agree with the grades that the sources of recorded answers gave.

python benchmarks/graders.py --data DIR      (or COTHINK_DATA)
"""

import argparse
import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from cothink.evaluation.grade import grade
from cothink.evaluation.outcomes import rows
from cothink.evaluation.sets.task import Kind, Task

RECORDED: dict[str, Kind] = {
    "zeroeval-math-l5": "maths",
    "zeroeval-gsm8k": "number",
    "lineage-2025-03": "exact",
    "farel": "exact",
    "planbench": "puzzle",
}
KEPT_WHOLE = ("o1-preview", "deepseek-r1", "o1-mini", "o1", "gpt-4o-mini")  # of others only the final answer was kept
Graded = Iterator[tuple[Task, str, bool]]


def maths(data: Path) -> Graded:
    """Answers of several models to problems of MATH, whole."""
    problems = {row["id"]: row["target"] for row in rows(data / "maths/math_problems.jsonl.gz")}
    for row in rows(data / "maths/math_answers.jsonl.gz"):
        if row["id"] in problems:
            task = Task("math", str(row["id"]), ("?",), "maths", (problems[row["id"]],))
            yield task, row["answer"] or "", bool(row["correct"])


def gsm8k(data: Path) -> Graded:
    """Solutions of two models to GSM8K."""
    for row in rows(data / "maths/gsm8k_answers.jsonl.gz"):
        truth = row["truth"].rpartition("A:")[2].strip().replace(",", "")
        yield Task("gsm8k", "x", ("?",), "number", (truth,)), row["solution"], bool(row["correct"])


def recorded(data: Path, name: str, kind: Kind) -> Graded:
    """Recorded outcomes whose words were kept."""
    prompts = {row["prompt_id"]: row for row in rows(data / f"routing/{name}.prompts.jsonl.gz")}
    for row in rows(data / f"routing/{name}.outcomes.jsonl.gz"):
        prompt = prompts[row["prompt_id"]]
        truths = () if kind == "puzzle" else (str(prompt["reference"]),)
        for sample in row["samples"] if row["model"] in KEPT_WHOLE else ():
            if sample.get("text"):
                yield Task(name, "x", (prompt["prompt"],), kind, truths), sample["text"], sample["score"] >= 0.99


async def agreement(answers: Graded) -> Counter[tuple[bool | None, bool]]:
    """Count what we say beside what the source says."""
    return Counter([((await grade(task, [text])).right, said) for task, text, said in answers])


def main() -> None:
    """Print a line a set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("COTHINK_DATA"))
    data = Path(parser.parse_args().data)
    sets = {"MATH": maths(data), "GSM8K": gsm8k(data)}
    sets |= {name: recorded(data, name, kind) for name, kind in RECORDED.items()}
    print("| set | answers | agree | we right, source wrong | we wrong, source right | not graded |")
    print("|---|--:|--:|--:|--:|--:|")
    for name, answers in sets.items():
        count = asyncio.run(agreement(answers))
        bare = count[None, True] + count[None, False]
        graded = count.total() - bare
        agree = count[True, True] + count[False, False]
        print(
            f"| {name} | {count.total()} | {100 * agree / max(1, graded):.1f}% "
            f"| {count[True, False]} | {count[False, True]} | {bare} |"
        )


if __name__ == "__main__":
    main()
