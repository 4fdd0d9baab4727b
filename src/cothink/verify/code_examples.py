"""Reads the examples that a task shows: doctests, asserts, ``f(3) -> 6``, "f(3) returns 6", "Input: … Output: …".

A parser of our own, on text only: nothing of the task is run here, and an expected value is a literal or is left out.
"""

import ast
from dataclasses import dataclass

from cothink.verify.code_literals import first_literal, is_literal
from cothink.verify.code_prose import prose_examples

MOST_EXAMPLES = 50


@dataclass(frozen=True, slots=True)
class Step:
    """One line of an example: source, the text that it should show (None: nothing is compared), the check's name."""

    source: str
    want: str | None
    check: str = ""


Session = tuple[Step, ...]


def examples(prompt: str, entry_point: str | None = None) -> tuple[Session, ...]:
    """All examples in a prompt.

    Args:
        prompt: The task's text, with or without code.
        entry_point: The function's name; without it only doctests are read.

    Returns:
        Sessions of steps that share a namespace; each example in prose is a session of its own. At most 50 examples.
    """
    sessions, rest = _doctests(prompt)
    if entry_point:
        sessions += [(Step(source, want),) for source, want in prose_examples(rest, entry_point)]
    return _named(sessions)


def _named(sessions: list[Session]) -> tuple[Session, ...]:
    """Number the examples and leave out repeated ones."""
    seen: set[Session] = set()
    named, number = [], 0
    for session in sessions:
        if session in seen or number >= MOST_EXAMPLES:
            continue
        seen.add(session)
        steps = []
        for step in session:
            number += step.want is not None
            steps.append(Step(step.source, step.want, f"example {max(number, 1)}"))
        named.append(tuple(steps))
    return tuple(named)


def _doctests(prompt: str) -> tuple[list[Session], str]:
    """Sessions of ``>>>`` lines, and the text without them; a blank line does not end a session, prose does."""
    sessions: list[Session] = []
    steps: list[Step] = []
    rest: list[str] = []
    lines = prompt.splitlines()
    at = 0
    while at < len(lines):
        text = lines[at].strip()
        if not text.startswith(">>>"):
            if text and steps:
                sessions.append(tuple(steps))
                steps = []
            rest.append(lines[at])
            at += 1
            continue
        source = [text[3:].removeprefix(" ")]
        at += 1
        while at < len(lines) and lines[at].strip().startswith("...") and not _is_whole("\n".join(source)):
            source.append(lines[at].strip()[3:].removeprefix(" "))
            at += 1
        want, at = _want(lines, at)
        if (step := _doctest_step("\n".join(source), want)) is not None:
            steps.append(step)
    if steps:
        sessions.append(tuple(steps))
    return sessions, "\n".join(rest)


def _is_whole(source: str) -> bool:
    """It needs no further line: a complete simple statement."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return not (tree.body and hasattr(tree.body[-1], "body"))


def _want(lines: list[str], at: int) -> tuple[list[str], int]:
    want: list[str] = []
    while at < len(lines):
        text = lines[at].strip()
        if not text or text.startswith((">>>", '"""', "'''")):
            break
        ended = text.endswith(('"""', "'''")) and not text.startswith(("'", '"'))
        want.append(text.removesuffix('"""').removesuffix("'''").strip() if ended else text)
        at += 1
        if ended:
            break
    return want, at


def _doctest_step(source: str, want: list[str]) -> Step | None:
    """One step; a comparison that shows nothing is meant as true, prose below an expression is not compared."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    is_expression = len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr)
    if not want:
        return _bare_comparison(tree) or Step(source, None)
    text = "\n".join(want)
    if is_literal(text) or text.startswith("Traceback") or "print" in source or not is_expression:
        return Step(source, text)
    first = first_literal(want[0])
    return Step(source, first or text if first or len(want) == 1 else None)


def _bare_comparison(tree: ast.Module) -> Step | None:
    """``>>> f(1) == 2`` with nothing below is meant as true; the literal side is what is expected."""
    statement = tree.body[0] if len(tree.body) == 1 else None
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Compare):
        return None
    compare = statement.value
    want = ast.unparse(compare.comparators[0])
    if len(compare.ops) == 1 and isinstance(compare.ops[0], ast.Eq) and is_literal(want):
        return Step(ast.unparse(compare.left), want)
    return Step(ast.unparse(compare), "True")
