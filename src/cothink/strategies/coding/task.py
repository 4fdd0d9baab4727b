"""What the user asks for, read from the conversation: the language, the function, the tests that stand in it."""

import re
from dataclasses import dataclass

from cothink.core.request import Request
from cothink.verify.code_blocks import PYTHON_NAMES, blocks
from cothink.verify.code_entry import wanted_function
from cothink.verify.program.check import Task

# Names as people write them -> the language's own name here.
LANGUAGES = {
    "javascript": "javascript",
    "js": "javascript",
    "node": "javascript",
    "typescript": "typescript",
    "ts": "typescript",
    "golang": "go",
    "rust": "rust",
    "java": "java",
    "kotlin": "kotlin",
    "swift": "swift",
    "c++": "cpp",
    "cpp": "cpp",
    "c#": "csharp",
    "csharp": "csharp",
    "ruby": "ruby",
    "php": "php",
    "scala": "scala",
    "haskell": "haskell",
    "lua": "lua",
    "perl": "perl",
    "bash": "bash",
    "sql": "sql",
    "python": "python",
    "python3": "python",
}
ASKED = re.compile(
    r"(?<![\w.])(?:in|with|using|用|write(?: a| an)?|a|an)\s+("
    + "|".join(map(re.escape, LANGUAGES))
    + r"|go|c)(?![\w+#])(?!\.\w)",
    re.IGNORECASE,
)
# Words of a task that ask for speed, or tell of inputs for which it matters.
SPEED = re.compile(
    r"\b(?:fast(?:er|est)?|speed|quick(?:ly)?|slow|performan\w*|efficien\w*|optimi[sz]\w*|complexity|time limit)\b"
    r"|\bO\([^)\n]{1,30}\)|\b10(?:\^|\*\*)\d|性能|效率|高效|优化|复杂度|更快",
    re.IGNORECASE,
)
TESTED = re.compile(r"^\s*(?:assert\b|def test|class Test|import unittest)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CodingTask:
    """A task of code.

    Args:
        language: In lower case.
        task: For the verifier.
    """

    language: str
    task: Task

    @property
    def wants_speed(self) -> bool:
        """The task speaks of speed."""
        return SPEED.search(self.task.prompt) is not None


def coding_task(request: Request, tests: str | None = None, entry_point: str | None = None) -> CodingTask:
    """Read the task.

    Args:
        request: Its last user turn is the task.
        tests: The user's own, where they come beside the words.
        entry_point: Where the user names it.
    """
    question = request.question
    language = language_asked(question)
    found = [block.code for block in blocks(question) if TESTED.search(block.code) and "def " not in _heads(block.code)]
    tests = tests or ("\n".join(found) or None)
    name = entry_point or (wanted_function(question) if language == "python" else None)
    if name is not None and not name.isidentifier():
        name = None
    return CodingTask(language, Task(question, name, tests))


def language_asked(question: str) -> str:
    """The language that a question names, by words or by its blocks; Python where it names none."""
    match = ASKED.search(question)
    if match:
        name = match[1].lower()
        return LANGUAGES.get(name, name)
    for block in blocks(question):
        if block.language and block.language not in PYTHON_NAMES and block.language in LANGUAGES:
            return LANGUAGES[block.language]
    return "python"


def _heads(code: str) -> str:
    """The function heads of a block that are no tests: such a block is code to be mended, not a test."""
    return "\n".join(re.findall(r"^def (?!test)\w+", code, re.MULTILINE))
