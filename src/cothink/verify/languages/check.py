"""Judges a program in another language than Python: syntax, structure; tests in JavaScript and TypeScript."""

import re

from cothink.core.errors import NotReady
from cothink.verify import code_blocks
from cothink.verify.languages import node
from cothink.verify.languages.erase import erase
from cothink.verify.languages.grammars import GRAMMARS, LARGEST_CHARACTERS, WITHOUT_FUNCTIONS, known
from cothink.verify.languages.structure import Structure, structure
from cothink.verify.program.report import ProgramCheck, ProgramReport, Word
from cothink.verify.sandbox.config import Limits
from cothink.verify.sandbox.sandbox import Sandbox

LONGEST_LINE = 200
MOST_BRANCHES = 25
RUN = ("javascript", "typescript")
NAMED = re.compile(r"\bfunction\s+(\w+)|\b(?:const|let|var)\s+(\w+)\s*=\s*(?:async\s*)?(?:\(|\w+\s*=>)")


async def check_language(
    language: str, answer: str, tests: str | None, *, prompt: str = "", sandbox: Sandbox, limits: Limits
) -> ProgramReport:
    """Judge a program.

    Args:
        language: Its name in lower case, one of `GRAMMARS`.
        answer: The model's words, or bare code.
        tests: The user's tests, in the same language.
        prompt: The task, for its examples.
        sandbox: Where programs run.
        limits: Of one run.

    Returns:
        ``fail`` where it does not parse or a test fails, ``pass`` where tests passed, else ``unsure``; what was not run
        is told.
    """
    code = _code(answer, language)
    if not known(language):
        words = f"there is no grammar for {language!r}; known are {', '.join(sorted(GRAMMARS))}"
        return _report((ProgramCheck("syntax", "not_run", words),), code)
    if len(code) > LARGEST_CHARACTERS:
        words = f"the program has {len(code)} characters; at most {LARGEST_CHARACTERS} are read"
        return _report((ProgramCheck("syntax", "not_run", words),), code)
    try:
        shape = structure(language, code)
    except NotReady as error:
        return _report((ProgramCheck("syntax", "not_run", error.message),), code)
    checks = _by_structure(shape, language)
    if not shape.faults:
        checks += await _run(language, code, tests, prompt, sandbox, limits)
    return _report(checks, code)


async def _run(
    language: str, code: str, tests: str | None, prompt: str, sandbox: Sandbox, limits: Limits
) -> tuple[ProgramCheck, ...]:
    if language not in RUN:
        return (ProgramCheck("tests", "not_run", f"{language} is not run here, only its text is checked"),)
    match = NAMED.search(code)
    shown = node.example_tests(prompt, (match[1] or match[2]) if match else None)
    wanted = "\n".join(part for part in (shown, tests) if part)
    if not wanted:
        return (ProgramCheck("tests", "not_run", "no example and no test says what it should compute"),)
    if language == "typescript":
        code, made = erase(code)
        wanted, more = erase(wanted)
        if made or more:
            words = f"it needs a compiler, which is not used here: {'; '.join((*made, *more)[:4])}"
            return (ProgramCheck("tests", "not_run", words),)
    try:
        return await node.run_tests(code, wanted, sandbox=sandbox, limits=limits)
    except NotReady as error:
        return (ProgramCheck("tests", "not_run", error.message),)


def _by_structure(shape: Structure, language: str) -> tuple[ProgramCheck, ...]:
    if shape.faults:
        return (ProgramCheck("syntax", "fail", "; ".join(shape.faults)),)
    checks = [ProgramCheck("syntax", "pass", "it parses")]
    untidy = ["tabs and spaces are mixed"] * shape.indents
    untidy += [f"a line has {shape.longest_line} characters"] * (shape.longest_line > LONGEST_LINE)
    checks.append(ProgramCheck("formatting", "doubt" if untidy else "pass", "; ".join(untidy) or "even"))
    if language not in WITHOUT_FUNCTIONS:
        worst = max(shape.functions, key=lambda one: one.branches, default=None)
        deepest = max(shape.functions, key=lambda one: one.depth, default=None)
        words = f"{len(shape.functions)} functions, {shape.lines} lines"
        if worst is not None and deepest is not None:
            words += f"; most branches: {worst.name}, {worst.branches}; deepest loops: {deepest.name}, {deepest.depth}"
        is_tangled = worst is not None and worst.branches > MOST_BRANCHES
        checks.append(ProgramCheck("complexity", "doubt" if is_tangled else "pass", words))
    return tuple(checks)


def _code(answer: str, language: str) -> str:
    """The blocks of that language, else the largest, else the whole."""
    found = code_blocks.blocks(answer)
    short = {"javascript": ("js", "javascript", "node"), "typescript": ("ts", "typescript"), "cpp": ("c++", "cpp")}
    names = short.get(language, (language,))
    own = [block.code for block in found if block.language in names]
    if own:
        return "\n".join(own)
    return max((block.code for block in found), key=len, default=answer)


def _report(checks: tuple[ProgramCheck, ...], code: str) -> ProgramReport:
    failed = any(check.status == "fail" for check in checks)
    ran = [
        check for check in checks if check.name not in ("syntax", "formatting", "complexity") and check.status == "pass"
    ]
    verdict: Word = "fail" if failed else "pass" if ran else "unsure"
    score = {"fail": 0.05, "unsure": 0.5, "pass": (len(ran) + 1) / (len(ran) + 2)}[verdict]
    missing = tuple(f"{check.name}: {check.detail}" for check in checks if check.status == "not_run")
    return ProgramReport(verdict=verdict, score=round(score, 4), checks=checks, not_covered=missing, program=code)
