"""A task of code on the disk: a file with words, or a folder with words, tests and the program's place."""

import ast
import difflib
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from cothink.core.errors import BadRequest

TASKS = ("TASK.md", "task.md", "TASK.txt", "task.txt", "README.md")
TESTS = ("test_*.py", "*_test.py", "tests/test_*.py", "*.test.js", "*.test.ts")
ENDINGS = {"python": ".py", "javascript": ".js", "typescript": ".ts"}
IMPORTED = re.compile(r"""(?:from|require\()\s*['"]\.{1,2}/(?:\.\./)*(?:src/)?([\w-]+)(?:\.\w+)?['"]""")
LARGEST = 400_000


@dataclass(frozen=True, slots=True)
class CodeFolder:
    """What was found.

    Args:
        words: The task, with the program that is there.
        tests: All tests in one text, without imports of the program itself.
        target: Where the program goes.
        before: What stands there now; empty where nothing does.
    """

    words: str
    tests: str | None
    target: Path
    before: str

    def diff(self, after: str) -> str:
        """The change as a unified diff."""
        name = self.target.name
        lines = difflib.unified_diff(
            self.before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{name}", f"b/{name}"
        )
        return "".join(lines)


def read_task(path: Path, tests: Path | None, language: str) -> CodeFolder:
    """Read a task.

    Args:
        path: A file with words, or a folder.
        tests: A file with tests; of a folder its own are taken as well.
        language: In which the program is, where the folder does not say it.

    Raises:
        BadRequest: There is no task in it, or a file is no text or too large.
    """
    given = _text(tests) if tests is not None else ""
    if path.is_file():
        target = path.with_name(f"solution{ENDINGS.get(language, '.py')}")
        return CodeFolder(_text(path), given or None, target, _text(target) if target.exists() else "")
    if not path.is_dir():
        raise BadRequest(f"{path} is no file and no folder; a task is one or the other", param="task")
    task = next((path / name for name in TASKS if (path / name).is_file()), None)
    if task is None:
        raise BadRequest(f"{path} holds no task; one of {', '.join(TASKS)} is needed", param="task")
    found = sorted({file for pattern in TESTS for file in path.glob(pattern)})
    texts = [_text(file) for file in found]
    ending = found[0].suffix if found else ENDINGS.get(language, ".py")
    module = _module(texts)
    target = path / f"{module or 'solution'}{ending}"
    before = _text(target) if target.exists() else ""
    words = _text(task)
    if before.strip():
        words += f"\n\nThe program as it is now:\n```\n{before}\n```\n"
    own = [_without(text, module) if ending == ".py" else text for text in texts]
    return CodeFolder(words, "\n\n".join([*own, given]).strip() or None, target, before)


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest(f"{path} cannot be read as text: {error}", param="task") from error
    if len(text) > LARGEST:
        raise BadRequest(f"{path} has {len(text)} characters; at most {LARGEST} are taken", param="task")
    return text


def _module(tests: list[str]) -> str | None:
    """The module that the tests import and that is neither Python's nor a tool of tests."""
    for text in tests:
        if match := IMPORTED.search(text):
            return match[1]
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            continue
        for node in ast.walk(tree):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                top = name.partition(".")[0]
                if top and top not in sys.stdlib_module_names and top not in ("pytest", "hypothesis", "numpy"):
                    return top
    return None


def _without(text: str, module: str | None) -> str:
    """Tests whose imports of the program are left out: its names are there; other names for them are set."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return text
    lines = text.splitlines()
    for node in tree.body:
        if not isinstance(node, ast.ImportFrom) or (node.module or "").partition(".")[0] != module:
            continue
        named = [f"{alias.asname} = {alias.name}" for alias in node.names if alias.asname]
        for number in range(node.lineno - 1, node.end_lineno or node.lineno):
            lines[number] = ""
        lines[node.lineno - 1] = "; ".join(named)
    return "\n".join(lines)
