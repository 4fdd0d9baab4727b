"""Reads the values that an answer gives to a question's unknowns: `x = 4`, `(x, y) = (3, 4)`, a bare number."""

import re
from collections.abc import Sequence

from cothink.verify.maths.final_answer import final_answer
from cothink.verify.maths.parser import parse
from cothink.verify.maths.reading import read_answer, strip_wrappers
from cothink.verify.maths.tree import Apply, Node, Unreadable, names

MAX_SOLUTIONS = 12
# The answer is not the unknown itself: a count, a sum of roots, another expression.
_ASKS_ELSE = re.compile(
    r"\b(?:how many|number of|sum of|product of|difference|largest|smallest|greatest|positive|negative|integer|"
    r"minimum|maximum|no solution|"
    r"in terms of|domain|range|graph|slope|intercept|vertex|inverse|simplify|factor|expand|modulo?|remainder)\b",
    re.IGNORECASE,
)
_VARIABLE = re.compile(r"^[A-Za-z](?:_\w+)?$")
_TUPLE = re.compile(r"^\(?\s*([a-z](?:\s*,\s*[a-z]){1,4})\s*\)?\s*=\s*(\(.+\))$")


def solutions_of(question: str, answer: str, unknowns: Sequence[str]) -> list[dict[str, Node]]:
    """The assignments that the final answer makes; empty where one unknown is left without a value."""
    found = final_answer(answer)
    text = found.text if found is not None else ""
    if "=" in answer and len(answer) <= 200 and (found is None or found.sureness == "guessed"):
        text = answer.strip()
    text = strip_wrappers(text).rstrip(".")
    paired = _TUPLE.match(text)
    if paired is not None:
        letters = [letter.strip() for letter in paired[1].split(",")]
        node = read_answer(paired[2]).node
        values = node.args if isinstance(node, Apply) and node.head == "tuple" else ()
        return (
            [dict(zip(letters, values, strict=True))]
            if len(values) == len(letters) and set(letters) >= set(unknowns)
            else []
        )
    assigned = _assignments(text)
    if assigned is not None:
        return _combine(assigned, unknowns)
    is_plain = found is not None and found.sureness != "guessed"
    if len(unknowns) == 1 and (is_plain or len(answer) <= 40) and _asks_for(question, unknowns[0]):
        return [{unknowns[0]: value} for value in _bare_values(text)]
    return []


def _assignments(text: str) -> list[tuple[str, Node]] | None:
    """Read `x = 4, y = 6` and `x = 4 or x = -1`; None where a part is something else."""
    result: list[tuple[str, Node]] = []
    for part in re.split(r"\s*(?:,|;|，|、|\band\b|\bor\b|或|和)\s*", text):
        if not part:
            continue
        left, sign, right = part.partition("=")
        if not sign:
            if result and re.fullmatch(r"[-−]?[\d./]+", part):
                left, right = result[-1][0], part
            else:
                return None
        try:
            value = parse(right)
        except Unreadable:
            return None
        name = left.strip().strip("$\\( ")
        if not _VARIABLE.match(name) or (isinstance(value, Apply) and value.head in {"tuple", "list", "set", "="}):
            return None
        result.append((name, value))
    return result or None


def _combine(assigned: Sequence[tuple[str, Node]], unknowns: Sequence[str]) -> list[dict[str, Node]]:
    by_name: dict[str, list[Node]] = {}
    for name, value in assigned[:MAX_SOLUTIONS]:
        for one in _spread(value):
            by_name.setdefault(name, []).append(one)
    if not set(unknowns) <= set(by_name):
        return []
    if len(by_name) == 1:
        name = next(iter(by_name))
        return [{name: value} for value in by_name[name]]
    if any(len(values) != 1 for values in by_name.values()):
        return []
    return [{name: values[0] for name, values in by_name.items()}]


def _spread(value: Node) -> list[Node]:
    """Both values of ±."""
    if isinstance(value, Apply) and value.head == "pm":
        return [Apply("+", value.args), Apply("+", (value.args[0], Apply("neg", (value.args[1],))))]
    return [value]


def _asks_for(question: str, unknown: str) -> bool:
    """Whether a bare number can only be the unknown's value."""
    if _ASKS_ELSE.search(question):
        return False
    letter = re.escape(unknown)
    verbs = r"\b(?:solve for|find|determine|values? of|what is|solve for the value of)"
    objects = r"\s+(?:all\s+|the\s+(?:real\s+)?values?\s+of\s+)?"
    asks = rf"{verbs}{objects}\$?{letter}\$?\s*(?:[.?,:;]|$|\b(?:if|when|given|such|that|in)\b)"
    solve = re.search(r"\bsolve (?:the equation|for)?[^.?]{0,60}=", question, re.IGNORECASE)
    return solve is not None or re.search(asks, question) is not None


def _bare_values(text: str) -> list[Node]:
    node = read_answer(text).node
    if node is None or names(node) or (isinstance(node, Apply) and node.head in {"tuple", "=", "<", ">", "matrix"}):
        return []
    if isinstance(node, Apply) and node.head in {"list", "set"}:
        return [one for value in node.args[:MAX_SOLUTIONS] for one in _spread(value)]
    return _spread(node)
