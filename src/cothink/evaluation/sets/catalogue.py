"""The data sets by name: which file each wants, where it is published, how it is graded."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from cothink.core.errors import SettingError
from cothink.evaluation.retention import NAME as RETENTION
from cothink.evaluation.sets import choices, maths, own, programs
from cothink.evaluation.sets.files import find
from cothink.evaluation.sets.task import Task


@dataclass(frozen=True, slots=True)
class Adapter:
    """One data set.

    Args:
        files: What its files are called, the best first.
        public: Where it is published.
        graded: How an answer is graded, in words.
        read: Its files become tasks.
    """

    files: tuple[str, ...]
    public: str
    graded: str
    read: Callable[[list[Path]], Iterator[Task]]


ADAPTERS: dict[str, Adapter] = {
    "gsm8k": Adapter(
        ("gsm8k_test.jsonl*", "gsm8k*/test.jsonl", "test.jsonl"),
        "https://github.com/openai/grade-school-math",
        "the number",
        maths.gsm8k,
    ),
    "math": Adapter(
        ("math_problems.jsonl*", "test/*/*.json", "math*/test.jsonl", "test.jsonl"),
        "https://github.com/hendrycks/math (MATH-500: https://github.com/openai/prm800k)",
        "equality of the boxed answer",
        maths.math,
    ),
    "mmlu": Adapter(
        ("*_test.csv", "mmlu*.jsonl*", "test.jsonl"),
        "https://github.com/hendrycks/test",
        "the letter",
        choices.mmlu,
    ),
    "mmlu-pro": Adapter(
        ("mmlu*pro*.jsonl*", "test.jsonl"),
        "https://huggingface.co/datasets/TIGER-Lab/MMLU-Pro (as JSON lines)",
        "the letter",
        choices.mmlu_pro,
    ),
    "arc": Adapter(
        ("ARC-Challenge-Test.jsonl", "ARC-Easy-Test.jsonl"), "https://allenai.org/data/arc", "the letter", choices.arc
    ),
    "gpqa": Adapter(
        ("gpqa_diamond.csv", "gpqa_main.csv"), "https://github.com/idavidrein/gpqa", "the letter", choices.gpqa
    ),
    "bbh": Adapter(("bbh/*.json",), "https://github.com/suzgunmirac/BIG-Bench-Hard", "the same text", own.bbh),
    "humaneval": Adapter(
        ("code/tasks.jsonl*", "HumanEval.jsonl*", "HumanEvalPlus*.jsonl*"),
        "https://github.com/openai/human-eval",
        "its tests, in the sandbox",
        programs.humaneval,
    ),
    "mbpp": Adapter(
        ("code/tasks.jsonl*", "mbpp.jsonl*", "sanitized-mbpp.json"),
        "https://github.com/google-research/google-research/tree/master/mbpp",
        "its tests, in the sandbox",
        programs.mbpp,
    ),
    "cruxeval": Adapter(
        ("cruxeval.jsonl*",), "https://github.com/facebookresearch/cruxeval", "the same Python value", programs.cruxeval
    ),
    "word-problems": Adapter(("problems.jsonl",), "this repository, examples/demo", "the number", own.word_problems),
    "recorded": Adapter(
        ("*.prompts.jsonl*",),
        "your own recordings (see cothink eval replay)",
        "equality with the reference",
        own.recorded,
    ),
    "own": Adapter(("*.jsonl",), "your own file of {id, prompt, answer}", "by its kind", own.own),
}


def adapter(name: str) -> Adapter:
    """Return a data set's adapter.

    Raises:
        SettingError: There is none; the message names the nearest and all.
    """
    if name not in ADAPTERS:
        names = [*ADAPTERS, RETENTION]
        near = get_close_matches(name, names, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise SettingError(f"--set is {name!r}.{hint} Allowed are {', '.join(names)}.", param="set")
    return ADAPTERS[name]


def load(name: str, data: Path | None, limit: int | None = None) -> list[Task]:
    """Read the tasks of a data set.

    Args:
        name: A name of `ADAPTERS`.
        data: The file, or a folder that holds it.
        limit: So many tasks, spread evenly over the set and always the same ones.

    Raises:
        SettingError: No such set, no such file, a row that is not as published, or two tasks of one name.
    """
    chosen = adapter(name)
    if data is None:
        raise SettingError(
            f"{name} needs --data: a file, or a folder with {' or '.join(chosen.files)}; published at {chosen.public}.",
            param="data",
        )
    tasks = list(chosen.read(find(data, name, chosen.files, chosen.public)))
    if not tasks:
        raise SettingError(f"{data} holds no task of {name}.", param="data")
    _refuse_doubles(tasks)
    return spread(tasks, limit)


def spread(tasks: list[Task], limit: int | None) -> list[Task]:
    """So many tasks from all over the set, always the same."""
    if limit is None or limit >= len(tasks):
        return tasks
    return [tasks[number * len(tasks) // limit] for number in range(limit)]


def _refuse_doubles(tasks: list[Task]) -> None:
    seen: set[str] = set()
    for task in tasks:
        if task.id in seen:
            raise SettingError(f"Two tasks of {task.set} are named {task.id!r}; each needs a name of its own.")
        seen.add(task.id)
