"""Whether two expressions have the same value, for every value of their variables.

First exactly by fractions; then rational functions modulo a prime (see modular.py); then 80-digit reals, or complex
floats where `i` occurs, at random points. The points come from a seed of the two texts, so the same pair gets the
same answer.
"""

import cmath
import random
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from cothink.verify.maths.exact import exact_value
from cothink.verify.maths.modular import PRIME, modular_value
from cothink.verify.maths.numeric import real_value
from cothink.verify.maths.tree import Apply, Name, Node, Number, Undefined, mentions, names, show

POINTS = 3
MAX_TRIES = 12


def same_value(left: Node, right: Node) -> bool | None:
    """True or False where it is known, None where neither way of evaluating reaches the expressions."""
    if left == right:
        return True
    variables = sorted(names(left) | names(right))
    if not variables:
        try:
            return exact_value(left) == exact_value(right)
        except Undefined:
            pass  # an irrational part: the next ways take it
    source = random.Random(f"{show(left)}|{show(right)}")  # noqa: S311  # no secret: points for an identity test
    if mentions(left, "i") or mentions(right, "i"):
        return _same_complex(left, right, variables, source)
    found = _same_modular(left, right, variables, source)
    return _same_real(left, right, variables, source) if found is None else found


def _same_modular(left: Node, right: Node, variables: list[str], source: random.Random) -> bool | None:
    agreed = 0
    for _ in range(MAX_TRIES):
        point = {name: source.randrange(2, PRIME) for name in variables}
        try:
            if modular_value(left, point) != modular_value(right, point):
                return False
        except Undefined:
            continue
        agreed += 1
        if agreed >= POINTS:
            return True
    return None


def _same_real(left: Node, right: Node, variables: list[str], source: random.Random) -> bool | None:
    agreed = 0
    for _ in range(MAX_TRIES if variables else 1):
        point = {name: Fraction(source.randrange(1_000, 9_000_000), 1_000_003) for name in variables}
        try:
            apart = _apart(real_value(left, point), real_value(right, point))
        except Undefined:
            continue
        if apart > Decimal("1e-30"):
            return False
        if apart > Decimal("1e-50"):
            return None  # between noise and a real difference: no claim
        agreed += 1
        if agreed >= POINTS or not variables:
            return True
    return None


def _apart(left: Decimal, right: Decimal) -> Decimal:
    """The relative distance, absolute below one."""
    return abs(left - right) / max(Decimal(1), abs(left), abs(right))


def _same_complex(left: Node, right: Node, variables: list[str], source: random.Random) -> bool | None:
    agreed = 0
    for _ in range(MAX_TRIES):
        point = {name: complex(source.uniform(0.2, 3), source.uniform(-2, 2)) for name in variables}
        try:
            first, second = complex_value(left, point), complex_value(right, point)
        except (Undefined, OverflowError, ZeroDivisionError, ValueError):
            continue
        if abs(first - second) > 1e-9 * max(1.0, abs(first), abs(second)):
            return False
        agreed += 1
        if agreed >= POINTS:
            return True
    return None


def complex_value(node: Node, point: Mapping[str, complex]) -> complex:
    """The value as a complex float; good to about twelve digits.

    Raises:
        Undefined: A head without a complex value, or an unknown variable.
        OverflowError, ZeroDivisionError, ValueError: As the float arithmetic says.
    """
    if isinstance(node, Number):
        return complex(float(node.value))
    if isinstance(node, Name):
        value = {"pi": complex(cmath.pi), "e": complex(cmath.e), "i": 1j}.get(node.name, point.get(node.name))
        if value is None:
            raise Undefined(f"{node.name} has no complex value")
        return value
    return _complex_step(node, [complex_value(argument, point) for argument in node.args])


def _complex_step(node: Apply, values: list[complex]) -> complex:
    if node.head == "+":
        return sum(values)
    if node.head == "*":
        total = 1 + 0j
        for value in values:
            total *= value
        return total
    if node.head in _COMPLEX and len(values) == 1:
        return complex(_COMPLEX[node.head](values[0]))
    if node.head == "/":
        return values[0] / values[1]
    if node.head == "^":
        return complex(values[0] ** values[1])
    raise Undefined(f"{node.head} has no complex value")


_COMPLEX = {
    "neg": lambda a: -a, "sqrt": cmath.sqrt, "exp": cmath.exp, "ln": cmath.log, "sin": cmath.sin, "cos": cmath.cos,
    "tan": cmath.tan, "abs": abs,
}  # fmt: skip
