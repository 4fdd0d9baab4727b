"""Equations and inequalities: the same line written in two ways, and `x > 3` as an interval."""

import random
from fractions import Fraction

from cothink.verify.maths.exact import exact_value
from cothink.verify.maths.same_value import same_value
from cothink.verify.maths.tree import Apply, Name, Node, Number, Undefined, add, multiply, names

_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}
_INFINITY = Name("inf")
_MINUS_INFINITY = Apply("neg", (_INFINITY,))


def same_relation(left: Apply, right: Apply) -> bool | None:
    """Whether two relations say the same: their differences of sides are one multiple of each other.

    Returns:
        True for a constant multiple (a positive one, for inequalities); False for equations in the same variables whose
        differences are not proportional and linear; None otherwise, since `x^2 = x` and `x(x - 1) = 0` have many forms.
    """
    first, second = _difference(left), _difference(right)
    if names(first) != names(second):
        return None
    ratio = _ratio(first, second)
    if ratio is None or ratio == 0:
        return None
    same = same_value(first, multiply(Number(ratio), second))
    if not same:
        return same
    direction = right.head if ratio > 0 else _FLIPPED[right.head]
    return left.head == direction


def _difference(relation: Apply) -> Node:
    return add(relation.args[0], Apply("neg", (relation.args[1],)))


def _ratio(first: Node, second: Node) -> Fraction | None:
    source = random.Random(7)  # noqa: S311  # no secret: any point will do
    for _ in range(5):
        point = {name: Fraction(source.randrange(2, 97)) for name in sorted(names(first))}
        try:
            below = exact_value(second, point)
            if below:
                return exact_value(first, point) / below
        except Undefined:
            continue
    return None


def as_interval(node: Node) -> Node | None:
    """Read `x > 3`, `3 < x`, `1 < x <= 4` as an interval; an interval, tuple of two or union comes back as it is."""
    if not isinstance(node, Apply):
        return None
    if node.head in {"[]", "[)", "(]", "cup"} or (node.head == "tuple" and len(node.args) == 2):
        return node
    if node.head == "and" and len(node.args) == 2:
        return _between(node.args[0], node.args[1])
    if node.head == "list":
        parts = [as_interval(part) for part in node.args]
        known = [part for part in parts if part is not None]
        return Apply("cup", tuple(known)) if len(known) == len(parts) else None
    half = _half_line(node)
    if half is None:
        return None
    _, bound, sign = half
    if sign in {">", ">="}:
        return Apply("tuple" if sign == ">" else "[)", (bound, _INFINITY))
    return Apply("tuple" if sign == "<" else "(]", (_MINUS_INFINITY, bound))


def _half_line(node: Node) -> tuple[str, Node, str] | None:
    """The variable, the bound and the sign as seen from the variable."""
    if not isinstance(node, Apply) or node.head not in {"<", ">", "<=", ">="}:
        return None
    left, right = node.args
    if isinstance(left, Name) and not names(right):
        return left.name, right, node.head
    if isinstance(right, Name) and not names(left):
        return right.name, left, _FLIPPED[node.head]
    return None


def _between(first: Node, second: Node) -> Node | None:
    lower, upper = _half_line(first), _half_line(second)
    if lower is None or upper is None or lower[0] != upper[0]:
        return None
    if lower[2] in {"<", "<="}:
        lower, upper = upper, lower
    if lower[2] not in {">", ">="} or upper[2] not in {"<", "<="}:
        return None
    head = ("[" if lower[2] == ">=" else "(") + ("]" if upper[2] == "<=" else ")")
    return Apply("tuple" if head == "()" else head, (lower[1], upper[1]))
