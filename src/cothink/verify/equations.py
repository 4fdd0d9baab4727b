"""Substitutes the answer's values into the question's equations: a solution holds, but may not be the only one."""

import re
from collections.abc import Mapping
from decimal import Decimal

from cothink.core.verdict import Standing, Verdict
from cothink.verify.maths.exact import exact_value
from cothink.verify.maths.numeric import real_value
from cothink.verify.maths.parser import parse
from cothink.verify.maths.tree import Apply, DividedByZero, Name, Node, Number, Undefined, Unreadable, names, show
from cothink.verify.solutions import solutions_of

MAX_EQUATIONS = 12
MAX_CHARS = 20_000
_ASKS = re.compile(
    r"\b(?:solve|find|determine|what (?:is|are)|satisf\w+|value|values|solutions?|roots?|calculate|compute)\b|解|求",
    re.IGNORECASE,
)
_LETTER = r"(?<![A-Za-z])[A-Za-z](?![A-Za-z])"
_SIGN = rf"(?:{_LETTER}|\\(?:frac|sqrt|cdot|times|left|right|dfrac|pi)|sqrt|[\d.,+\-−–*/^×·÷(){{}}|²³√ ])"
_EQUATION = re.compile(rf"{_SIGN}{{1,120}}={_SIGN}{{1,120}}")
_SPACING = re.compile(r"\\[!,;: ]|\\(?:left|right|displaystyle)(?![A-Za-z])")


def check_equations(question: str, answer: str) -> Verdict:
    """Substitute an answer into the question's equations.

    Args:
        question: The question with its equations, plain or LaTeX.
        answer: The answer; its final answer is read (`x = 4`, `x = 4 or x = -1`, `(x, y) = (3, 4)`, or a bare number
            where there is one unknown).

    Returns:
        `stands` where every equation holds for every solution given, `falls` naming the equation that does not,
        `unsure` where the question states no equation, asks for something else, or the answer gives no value for an
        unknown.
    """
    equations = stated_equations(question)
    unknowns = sorted(frozenset[str]().union(*(names(equation) for equation in equations)))
    if not equations or not unknowns or not _ASKS.search(question):
        return _verdict("unsure", "The question states no equation to substitute into.")
    solutions = solutions_of(question, answer, unknowns)
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
    plain = _SPACING.sub(" ", question[:MAX_CHARS])
    for piece in re.split(
        r"\$\$?|\\[()\[\]]|\n|;|,(?!\d{3})|\b(?:and|with|where|when|if|for)\b|[?。，；]|\.(?=\s|$)",
        plain,
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


def _holds(equation: Apply, solution: Mapping[str, Node]) -> bool | None:
    sides = [_with_values(side, solution) for side in equation.args]
    try:
        apart = _apart(*sides)
    except DividedByZero:
        return False
    except Undefined:
        return None
    if apart < Decimal("1e-30"):
        return True
    is_rounded = any(isinstance(value, Number) and value.places for value in solution.values())
    # A rounded solution misses by a little; below 1e-20 it may be noise of the 50 digits.
    return None if apart < Decimal("0.02" if is_rounded else "1e-20") else False


def _apart(left: Node, right: Node) -> Decimal:
    """The relative distance of two values, exact where they are rational."""
    try:
        gap = exact_value(left) - exact_value(right)
        if not gap:
            return Decimal(0)
    except DividedByZero:
        raise
    except Undefined:
        pass  # irrational: the real numbers decide
    first, second = real_value(left, {}), real_value(right, {})
    return abs(first - second) / max(Decimal(1), abs(first), abs(second))


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
