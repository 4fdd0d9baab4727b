"""Tasks of code from a folder: HumanEval, MBPP and EvalPlus's tests for both, each with its own solution.

``code/tasks.jsonl.gz`` in it holds JSON lines ``{bench, task, prompt, entry_point, canonical, base, plus,
canonical_passes}``; ``code/answers.jsonl.gz`` recorded answers of models. They are read in place.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cothink.core.errors import SettingError
from cothink.evaluation.outcomes import rows

Suite = Literal["base", "plus"]
BENCHES = ("humaneval", "mbpp")
TASKS, ANSWERS = "code/tasks.jsonl.gz", "code/answers.jsonl.gz"


@dataclass(frozen=True, slots=True)
class CodeTask:
    """One task.

    Args:
        bench: ``humaneval`` or ``mbpp``.
        name: The task's name in it.
        prompt: What the model sees: the head of a function, or words.
        entry_point: The function; None where the data does not say it.
        canonical: The bench's own solution, whole.
        plus_canonical: EvalPlus's own, where it has another.
        base: The bench's own tests.
        plus: EvalPlus's tests; None where there are none.
        sound: The suites that the bench's own solution passes, by the data's word.
    """

    bench: str
    name: str
    prompt: str
    entry_point: str | None
    canonical: str
    base: str
    plus: str | None
    plus_canonical: str | None
    sound: frozenset[str]

    def tests(self, suite: Suite) -> str | None:
        """The tests of a suite."""
        return self.base if suite == "base" else self.plus

    def solution(self, suite: Suite) -> str:
        """The solution that must pass a suite."""
        return self.plus_canonical or self.canonical if suite == "plus" else self.canonical

    @property
    def question(self) -> str:
        """The task as a user would put it."""
        if self.bench == "humaneval":
            return f"Complete this function.\n```python\n{self.prompt}```"
        first = next((line for line in self.base.splitlines() if line.startswith("assert")), "")
        return f"{self.prompt} The function must pass this test:\n{first}" if first else self.prompt


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """What a model once answered to a task, and its grade in the data; None where it was not graded."""

    bench: str
    name: str
    program: str
    models: tuple[str, ...]
    right: bool | None


def tasks(folder: Path, bench: str, suite: Suite) -> list[CodeTask]:
    """The tasks of a bench that have the suite and whose own solution passes it.

    Raises:
        SettingError: The folder has no such file, or no such bench.
    """
    if bench not in BENCHES:
        raise SettingError(f"bench is {bench!r}; allowed are {', '.join(BENCHES)}", param="bench")
    found = [_task(row) for row in _rows(folder / TASKS) if row["bench"] == bench]
    return [one for one in found if suite in one.sound and one.tests(suite) is not None]


def recorded(folder: Path, bench: str) -> list[RecordedAnswer]:
    """The recorded answers of a bench that parse. The grade is by plus where it was run, else base, else the source's.

    Raises:
        SettingError: The folder has no such file.
    """
    found = []
    for row in _rows(folder / ANSWERS):
        grade = row["plus"] or row["base"] or row["recorded"]
        if row["bench"] == bench and row["parses"]:
            right = None if grade is None else grade in ("pass", True)
            found.append(RecordedAnswer(bench, row["task"], row["program"], tuple(row["models"]), right))
    return found


def _task(row: dict[str, Any]) -> CodeTask:
    plus = row.get("plus_canonical")
    return CodeTask(
        row["bench"],
        row["task"],
        row["prompt"],
        row["entry_point"],
        _whole(row, row["canonical"]),
        row["base"],
        row["plus"],
        _whole(row, plus) if plus else None,
        frozenset(suite for suite, passes in row["canonical_passes"].items() if passes),
    )


def _whole(row: dict[str, Any], solution: str) -> str:
    """HumanEval's solutions go on where the prompt ends; a whole function is left as it is."""
    is_rest = row["bench"] == "humaneval" and f"def {row['entry_point']}" not in solution
    return row["prompt"] + solution if is_rest else solution


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        raise SettingError(f"data holds no {path.name}: {path} is not there", param="data")
    yield from rows(path)
