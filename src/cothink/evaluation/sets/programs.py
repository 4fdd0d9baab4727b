"""Programs: HumanEval, MBPP and CRUXEval, as published, and the tasks of code of a data folder."""

import re
from collections.abc import Iterator
from pathlib import Path

from cothink.core.errors import SettingError
from cothink.evaluation.code_tasks import CodeTask, tasks
from cothink.evaluation.sets.files import Row, json_rows, one_file
from cothink.evaluation.sets.task import Task, asking

SUITE = frozenset({"base"})
DEFINED = re.compile(r"^def[ \t]+(\w+)", re.MULTILINE)
CALLED = re.compile(r"assert[ \t(]+(?:not[ \t]+)?(?:\w+\.)?(\w+)\(")
CRUX = (
    "What does this call return? Work it out; the code may be odd.\n\n```python\n{code}\n```\n\n"
    "The call is `f({input})`."
)


def humaneval(found: list[Path]) -> Iterator[Task]:
    """Rows of ``task_id, prompt, entry_point, canonical_solution, test``; EvalPlus's rows with ``test`` have them, too.

    Source: https://github.com/openai/human-eval.
    """
    path = one_file(found, "humaneval")
    if path.name.startswith("tasks.jsonl"):
        yield from _folder(path, "humaneval")
        return
    for row in json_rows(path):
        prompt, name, entry = row.text("prompt"), row.text("task_id"), row.text("entry_point")
        test = row.text("test")
        if "def check(" not in test:
            raise row.fault("test", test, "the code of a function check(candidate)")
        own = prompt + row.text("canonical_solution")
        yield _program("humaneval", CodeTask("humaneval", name, prompt, entry, own, test, None, None, SUITE))


def mbpp(found: list[Path]) -> Iterator[Task]:
    """Rows of ``task_id, text or prompt, code, test_list, test_setup_code or test_imports``; plain or sanitized.

    Source: https://github.com/google-research/google-research/tree/master/mbpp.
    """
    path = one_file(found, "mbpp")
    if path.name.startswith("tasks.jsonl"):
        yield from _folder(path, "mbpp")
        return
    for row in json_rows(path):
        tests = row.texts("test_list")
        if not tests:
            raise row.fault("test_list", [], "at least one test")
        code = row.text("code")
        before = row.maybe("test_setup_code") if "test_setup_code" in row.fields else _imports(row)
        base = "\n".join([before, *tests]).strip()
        task = CodeTask(
            "mbpp", row.text("task_id"), row.text("text", "prompt"), _entry(code, tests), code, base, None, None, SUITE
        )
        yield _program("mbpp", task)


def cruxeval(found: list[Path]) -> Iterator[Task]:
    """Rows of ``id, code, input, output``: the output is asked for.

    Source: https://github.com/facebookresearch/cruxeval.
    """
    for row in json_rows(one_file(found, "cruxeval")):
        question = CRUX.format(code=row.text("code").strip(), input=row.text("input"))
        yield Task("cruxeval", row.text("id"), asking("literal", question), "literal", (row.text("output"),))


def _folder(path: Path, bench: str) -> Iterator[Task]:
    if path.parent.name != "code":
        raise SettingError(f"{path} must lie in a folder named code.", param="data")
    for task in tasks(path.parent.parent, bench, "base"):
        yield _program(bench, task)


def _program(bench: str, task: CodeTask) -> Task:
    return Task(bench, task.name, (task.question,), "code", code=task)


def _imports(row: Row) -> str:
    return "\n".join(row.texts("test_imports")) if "test_imports" in row.fields else ""


def _entry(code: str, tests: tuple[str, ...]) -> str | None:
    """The function that the tests call: the first that the solution defines and a test names."""
    defined = DEFINED.findall(code)
    called = {name for test in tests for name in CALLED.findall(test)}
    return next((name for name in defined if name in called), defined[-1] if defined else None)
