"""Reads the examples that a task shows: doctests, asserts, ``f(3) -> 6``, "f(3) returns 6", "Input: … Output: …".

A parser of our own, on text only: nothing of the task is run here, and an expected value is a literal or is left out.
"""

import ast
import re
from dataclasses import dataclass

MOST_EXAMPLES = 50
LONGEST_LITERAL = 5000
OPENING, CLOSING = "([{", ")]}"
LINK = re.compile(
    r"""\s*[`'"]?\s*(?:
        (?:\#\s*)?(?:==?>|-+>|→|➞|⇒|⟶|===?|==|=)\s*(?:returns?\b)? |
        (?:\#\s*)?(?:should|must|will|would|shall)?\s*
          (?:returns?|return|gives?|outputs?|produces?|evaluates\s+to|yields?)\b
          (?:\s+(?:the\s+)?(?:value|result|list|string|number|integer|tuple|array))?\s*:? |
        (?:\#\s*)?(?:should|must)\s+be\b | (?:\#|,)\s*(?:output|result|returns)\s*:?
    )\s*[`]?\s*""",
    re.VERBOSE | re.IGNORECASE,
)
ATOM = re.compile(r"[-+]?(?:\d[\d_]*\.?\d*(?:[eE][-+]?\d+)?|\.\d+)j?|True\b|False\b|None\b")
STRING_START = re.compile(r"(?:[rRbBuU]|[rR][bB]|[bB][rR])?(?P<quote>'''|\"\"\"|'|\")")
GIVEN = re.compile(r"^\W*(?:sample\s+|example\s+)?input\W*?[:=][\s*_]*(?P<given>.+?)\s*$", re.IGNORECASE)
RESULT = re.compile(r"^\W*(?:sample\s+|example\s+|expected\s+)?output\W*?[:=][\s*_`]*(?P<result>.*)$", re.IGNORECASE)
FOR = re.compile(
    r"\bfor\s+(?P<given>\w+\s*=\s*.+?),?\s+(?:the\s+)?(?:output|result|answer|function)\b(?P<rest>.*)$", re.IGNORECASE
)
BE = re.compile(r".{0,30}?\b(?:be|is|returns?)\b\s*:?\s*", re.IGNORECASE)


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
        sessions += [(step,) for step in _prose(rest, entry_point)]
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
    if _literal(text) or text.startswith("Traceback") or "print" in source or not is_expression:
        return Step(source, text)
    first = _first_literal(want[0])
    return Step(source, first or text if first or len(want) == 1 else None)


def _bare_comparison(tree: ast.Module) -> Step | None:
    """``>>> f(1) == 2`` with nothing below is meant as true; the literal side is what is expected."""
    statement = tree.body[0] if len(tree.body) == 1 else None
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Compare):
        return None
    compare = statement.value
    want = ast.unparse(compare.comparators[0])
    if len(compare.ops) == 1 and isinstance(compare.ops[0], ast.Eq) and _literal(want):
        return Step(ast.unparse(compare.left), want)
    return Step(ast.unparse(compare), "True")


def _literal(text: str) -> bool:
    if len(text) > LONGEST_LITERAL:
        return False
    try:
        ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return False
    return True


def _first_literal(text: str) -> str | None:
    """The literal with which a text begins, if what follows does not carry it on."""
    text = text.lstrip()
    end = _literal_end(text)
    if end is None or not _literal(text[:end]):
        return None
    after = text[end:].lstrip(" \t")
    if (
        after[:1]
        and (after[0] in "+-*/%[(<>=@^&|" or re.match(r"(?:or|and|if|is|in|not)\b", after))
        and not after.startswith("->")
    ):
        return None
    return text[:end] if not (after[:1] and text[end : end + 1].isalnum()) else None


def _literal_end(text: str) -> int | None:
    if text[:1] in OPENING and text:
        return _bracket_end(text)
    if string := STRING_START.match(text):
        return _string_end(text, string)
    atom = ATOM.match(text)
    return atom.end() - (atom[0].endswith(".")) if atom else None


def _string_end(text: str, start: re.Match[str]) -> int | None:
    quote, at = start["quote"], start.end()
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text.startswith(quote, at):
            return at + len(quote)
        else:
            at += 1
    return None


def _bracket_end(text: str) -> int | None:
    """The position behind the bracket that closes the first one, strings stepped over."""
    depth, at = 0, 0
    while at < min(len(text), LONGEST_LITERAL):
        if text[at] in "'\"" and (string := STRING_START.match(text, at)):
            end = _string_end(text, string)
            if end is None:
                return None
            at = end
            continue
        depth += (text[at] in OPENING) - (text[at] in CLOSING)
        at += 1
        if depth == 0:
            return at
    return None


def _prose(text: str, entry_point: str) -> list[Step]:
    """Examples outside doctests: calls with literal arguments joined to a literal, and pairs of input and output."""
    found = []
    # "f(1) = 3" beside "f(n) = …" is part of a definition, often a recursive one, and no example.
    defined = re.search(rf"\b{re.escape(entry_point)}\([^()'\"\[\]]*[a-z][^()'\"\[\]]*\)\s*=(?![=>])", text) is not None
    for call in re.finditer(rf"(?<![\w.]){re.escape(entry_point)}\s*(?=\()", text):
        end = _bracket_end(text[call.end() :])
        if end is None:
            continue
        source = text[call.start() : call.end() + end]
        if not _is_literal_call(source):
            continue
        link = LINK.match(text, call.end() + end)
        if link and defined and link[0].strip() == "=":
            continue
        want = _first_literal(text[link.end() : link.end() + LONGEST_LITERAL]) if link else None
        if want is not None:
            found.append(Step(source, want))
        elif re.search(r"\bassert\s+(?P<no>not\s+)?$", text[: call.start()]) and not link:
            wanted = "False" if re.search(r"\bassert\s+not\s+$", text[: call.start()]) else "True"
            found.append(Step(f"bool({source})", wanted))
    return found + _pairs(text, entry_point)


def _is_literal_call(source: str) -> bool:
    """Every argument is a literal, so that the call means the same anywhere."""
    try:
        call = ast.parse(source.strip(), mode="eval").body
        if not isinstance(call, ast.Call):
            return False
        for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
            ast.literal_eval(argument)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return False
    return True


def _pairs(text: str, entry_point: str) -> list[Step]:
    """``Input: … Output: …`` on lines of their own, and "For x = … the output should be …"."""
    found = []
    count = _parameters(text, entry_point)
    lines = text.splitlines()
    for at, line in enumerate(lines):
        given, want = None, None
        if match := GIVEN.match(line):
            given = match["given"]
            following = " ".join(lines[at + 1 : at + 3]).strip()
            result = RESULT.match(following) or re.search(
                r"\boutput\W*?[:=][\s*_`]*(?P<result>.*)$", given, re.IGNORECASE
            )
            given = re.split(r"[,;]?\s*\boutput\b", given, flags=re.IGNORECASE)[0]
            want = _first_literal(result["result"]) if result else None
        elif match := FOR.search(line):
            be = BE.match(match["rest"])
            given, want = match["given"], _first_literal(match["rest"][be.end() :]) if be else None
        arguments = _arguments(given, count) if given is not None and want is not None else None
        if arguments is not None:
            found.append(Step(f"{entry_point}({arguments})", want))
    return found


def _arguments(given: str, count: int | None) -> str | None:
    """Arguments from ``[1, 2], 3``, ``x = 1, y = 2`` or ``(1, 2)``; the number of parameters decides what is meant."""
    named = re.sub(r"(^|,\s*)\w+\s*=\s*(?!=)", r"\1", given.strip().strip("`").rstrip(".,;"))
    if not _is_literal_call(f"f({named})"):
        return None
    if count is None:
        return named
    call = ast.parse(f"f({named})", mode="eval").body
    given_count = len(call.args) if isinstance(call, ast.Call) else 0
    if given_count == count:
        return named
    if given_count == 1 and count > 1 and named.startswith("(") and len(ast.literal_eval(named)) == count:
        return named[1:-1]
    return None


def _parameters(text: str, entry_point: str) -> int | None:
    """How many parameters the prompt gives the function; None where it shows no signature."""
    signature = re.search(rf"def\s+{re.escape(entry_point)}\s*(?=\()", text)
    if signature is None:
        return None
    end = _bracket_end(text[signature.end() :])
    try:
        head = ast.parse(f"def f{text[signature.end() : signature.end() + (end or 0)]}: pass").body[0]
    except (SyntaxError, ValueError):
        return None
    return len(head.args.args) if isinstance(head, ast.FunctionDef) else None
