"""Substitutes the answer's values into the equations that a question states. It shows that a solution holds, not that it is the only one."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from cothink.core.verdict import Standing, Verdict
from cothink.verify.maths.exact import exact_value
from cothink.verify.maths.final_answer import final_answer
from cothink.verify.maths.numeric import real_value
from cothink.verify.maths.parser import parse
from cothink.verify.maths.reading import read_answer, strip_wrappers
from cothink.verify.maths.tree import Apply, Name, Node, Undefined, Unreadable, names, show

MAX_EQUATIONS = 12
MAX_CHARS = 20_000
MAX_SOLUTIONS = 12
_ASKS = re.compile(
    r"\b(?:solve|find|determine|what (?:is|are)|satisf\w+|value|values|solutions?|roots?|calculate|compute)\b|解|求",
    re.IGNORECASE,
)
# The answer is not the unknown itself: a count, a sum of roots, another expression.
_ASKS_ELSE = re.compile(
    r"\b(?:how many|number of|sum of|product of|difference|largest|smallest|greatest|positive|negative|integer|minimum|maximum|no solution|"
    r"in terms of|domain|range|graph|slope|intercept|vertex|inverse|simplify|factor|expand|modulo?|remainder)\b",
    re.IGNORECASE,
)
_EQUATION = re.compile(
    r"(?:(?<![A-Za-z])[A-Za-z](?![A-Za-z])|\\(?:frac|sqrt|cdot|times|left|right|dfrac|pi)|sqrt|[\d.,+\-−–*/^×·÷(){}|²³√ ]){1,120}"
    r"=(?:(?<![A-Za-z])[A-Za-z](?![A-Za-z])|\\(?:frac|sqrt|cdot|times|left|right|dfrac|pi)|sqrt|[\d.+\-−–*/^×·÷(){}|²³√ ]){1,120}"
)
_VARIABLE = re.compile(r"^[A-Za-z](?:_\w+)?$")
_TUPLE = re.compile(r"^\(?\s*([a-z](?:\s*,\s*[a-z]){1,4})\s*\)?\s*=\s*(\(.+\))$")


def check_equations(question: str, answer: str) -> Verdict:
    """Substitute an answer into the question's equations.

    Args:
        question: The question with its equations, plain or LaTeX.
        answer: The answer; its final answer is read (`x = 4`, `x = 4 or x = -1`, `(x, y) = (3, 4)`, or a bare number where
            there is one unknown).

    Returns:
        `stands` where every equation holds for every solution given, `falls` naming the equation that does not, `unsure`
        where the question states no equation, asks for something else, or the answer gives no value for an unknown.
    """
    equations = stated_equations(question)
    unknowns = sorted(frozenset[str]().union(*(names(equation) for equation in equations)))
    if not equations or not unknowns or not _ASKS.search(question):
        return _verdict("unsure", "The question states no equation to substitute into.")
    solutions = _solutions(question, answer, unknowns)
    if not solutions:
        return _verdict("unsure", f"The answer gives no value for {', '.join(unknowns)} that can be substituted.")
    doubts = 0
    for solution in solutions:
        for equation in equations:
            holds = _holds(equation, solution)
            if holds is None:
                doubts += 1
            elif not holds:
                return _verdict("falls", _fault(equation, solution))
    if doubts:
        return _verdict("unsure", "Not every equation could be evaluated at the answer.")
    given = "; ".join(_given(solution) for solution in solutions)
    return _verdict("stands", f"Substituted {given}: every stated equation holds. Other solutions were not looked for.")


def _verdict(standing: Standing, evidence: str) -> Verdict:
    return Verdict(check="equations", standing=standing, evidence=evidence)


def stated_equations(question: str) -> list[Apply]:
    """The equations with at least one unknown that a text states."""
    found: list[Apply] = []
    for piece in re.split(
        r"\$\$?|\\[()\[\]]|\n|;|,(?!\d{3})|\b(?:and|with|where|when|if|for)\b|[?。，；]|\.(?=\s|$)",
        question[:MAX_CHARS],
    ):
        for match in _EQUATION.findall(piece):
            equation = _parse_equation(match)
            if equation is not None and equation not in found:
                found.append(equation)
            if len(found) >= MAX_EQUATIONS:
                return found
    return found


def _parse_equation(text: str) -> Apply | None:
    try:
        node = parse(text.strip(" ,."))
    except Unreadable:
        return None
    if not isinstance(node, Apply) or node.head != "=" or not names(node):
        return None
    # `f(x) = 2x + 3` and `y = 5` define something; neither is an equation to solve alone, but both may be given.
    return None if any(len(name) > 1 for name in names(node)) else node


def _solutions(question: str, answer: str, unknowns: Sequence[str]) -> list[dict[str, Node]]:
    """The assignments that the final answer makes; empty where one unknown is left without a value."""
    found = final_answer(answer)
    text = (
        answer.strip()
        if len(answer) <= 200 and "=" in answer and "boxed" not in answer
        else found.text
        if found
        else ""
    )
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
    asks = rf"\b(?:solve for|find|determine|value of|values of|what is|solve for the value of)\s+(?:all\s+|the\s+(?:real\s+)?values?\s+of\s+)?\$?{letter}\$?\s*(?:[.?,:;]|$|\b(?:if|when|given|such|that|in)\b)"
    return bool(
        re.search(asks, question) or re.search(r"\bsolve (?:the equation|for)?[^.?]{0,60}=", question, re.IGNORECASE)
    )


def _bare_values(text: str) -> list[Node]:
    node = read_answer(text).node
    if node is None or names(node) or (isinstance(node, Apply) and node.head in {"tuple", "=", "<", ">", "matrix"}):
        return []
    if isinstance(node, Apply) and node.head in {"list", "set"}:
        return [one for value in node.args[:MAX_SOLUTIONS] for one in _spread(value)]
    return _spread(node)


def _holds(equation: Apply, solution: Mapping[str, Node]) -> bool | None:
    left, right = (_with_values(side, solution) for side in equation.args)
    try:
        return exact_value(left) == exact_value(right)
    except Undefined:
        pass  # irrational or without a value: the real numbers decide
    try:
        first, second = real_value(left, {}), real_value(right, {})
    except Undefined:
        return None
    apart = abs(first - second) / max(Decimal(1), abs(first), abs(second))
    if apart < Decimal("1e-30"):
        return True
    return _is_clearly_off(apart, solution)


def _is_clearly_off(apart: Decimal, solution: Mapping[str, Node]) -> bool | None:
    return None if apart < Decimal("0.02") or not solution else False


def _with_values(node: Node, solution: Mapping[str, Node]) -> Node:
    if isinstance(node, Name):
        return solution.get(node.name, node)
    if isinstance(node, Apply):
        return Apply(node.head, tuple(_with_values(argument, solution) for argument in node.args))
    return node


def _given(solution: Mapping[str, Node]) -> str:
    return ", ".join(f"{name} = {_shown(value)}" for name, value in solution.items())


def _shown(value: Node) -> str:
    try:
        return show(value) if not isinstance(value, Apply) else str(exact_value(value))
    except Undefined:
        return show(value)[:60]


def _fault(equation: Apply, solution: Mapping[str, Node]) -> str:
    sides = [_side(_with_values(side, solution)) for side in equation.args]
    return f"With {_given(solution)} the left side of {show(equation)[:120]} is {sides[0]}, the right side {sides[1]}."


def _side(node: Node) -> str:
    try:
        return str(exact_value(node))[:40]
    except Undefined:
        pass  # irrational: shown as a decimal
    try:
        return f"{real_value(node, {}):.6g}"
    except Undefined:
        return "without a value"
