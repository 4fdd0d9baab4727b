"""Which function a question asks for, where nobody names it."""

import ast
import re

_HEAD = re.compile(r"^[ \t]*(?:async\s+)?def\s+(\w+)\s*\(", re.MULTILINE)
_NAMED = re.compile(
    r"\b(?:functions?|methods?)\s+(?:(?:named|called)\s+)?[`'\"]?([A-Za-z_]\w*)[`'\"]?\s?(?=\()"
    r"|\b(?:named|called)\s+[`'\"]?([A-Za-z_]\w*)|`([A-Za-z_]\w*)\("
    r"|(?:>>>\s+|\bassert\s+)([A-Za-z_]\w*)\(|(?:名为|叫做?|函数)\s?[`'\"]?([A-Za-z_]\w*)"
)
_CALLED = re.compile(r"(?<![\w.])([A-Za-z_]\w*)\s*\(")


def wanted_function(question: str) -> str | None:
    """The name of the function that a question asks for: the last head that it shows, or one that it names."""
    heads = _HEAD.findall(question)
    if heads:
        return str(heads[-1])
    match = _NAMED.search(question)
    return None if match is None else next(name for name in match.groups() if name)


def entry_point_of(prompt: str, program: str, tests: str | None = None) -> str | None:
    """The function that a task is about: what it asks for, where the program has it; else the one that the tests call
    first; else the last that the program defines at its top."""
    defined = _defined(program)
    wanted = wanted_function(prompt)
    if wanted is not None and (wanted in defined or not defined):
        return wanted
    called = [name for name in _CALLED.findall(tests or "") if name in defined]
    if called:
        return str(called[0])
    return wanted or (defined[-1] if defined else None)


def _defined(program: str) -> list[str]:
    try:
        tree = ast.parse(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [str(name) for name in re.findall(r"^def\s+(\w+)", program, re.MULTILINE)]
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
