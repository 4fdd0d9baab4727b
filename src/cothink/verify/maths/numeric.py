"""Real values to 80 digits with the decimal module, for roots, powers, logarithms and angles; each step is bounded."""

import decimal
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction

from cothink.verify.maths.exact import factorial
from cothink.verify.maths.tree import Name, Node, Number, Undefined

DIGITS = 80
# Exponents end at a million, so that a tower of powers overflows at once instead of filling the memory.
_CONTEXT = decimal.Context(
    prec=DIGITS,
    Emax=1_000_000,
    Emin=-1_000_000,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
PI = Decimal("3.1415926535897932384626433832795028841971693993751058209749445923078164062862089986280348253421170679")
MAX_ANGLE = 1_000_000


def real_value(node: Node, point: Mapping[str, Fraction]) -> Decimal:
    """The value at a point, to about 75 good digits.

    Raises:
        Undefined: There is no real value here, a variable is unknown, or a step is over its bound.
    """
    try:
        with decimal.localcontext(_CONTEXT):
            return _value(node, point)
    except decimal.DecimalException as error:
        raise Undefined(f"no real value: {type(error).__name__}") from error


def _value(node: Node, point: Mapping[str, Fraction]) -> Decimal:
    if isinstance(node, Number):
        return _decimal(node.value)
    if isinstance(node, Name):
        return _named(node.name, point)
    values = [_value(argument, point) for argument in node.args]
    if node.head == "+":
        return sum(values, Decimal(0))
    if node.head == "*":
        total = Decimal(1)
        for value in values:
            total *= value
        return total
    step = _STEPS.get(node.head)
    if step is None:
        raise Undefined(f"{node.head} has no real value")
    return step(*values)


def _named(name: str, point: Mapping[str, Fraction]) -> Decimal:
    if name == "pi":
        return +PI
    if name == "e":
        return Decimal(1).exp()
    if name not in point:
        raise Undefined(f"{name} has no value")
    return _decimal(point[name])


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    if base < 0 and exponent != exponent.to_integral_value():
        inverse = 1 / exponent
        odd = inverse.to_integral_value()
        if abs(inverse - odd) < Decimal("1e-40") and odd % 2 != 0:
            return -((-base) ** exponent)
    return base**exponent


def _root(value: Decimal, degree: Decimal) -> Decimal:
    if degree != degree.to_integral_value() or not 1 <= degree <= 64:
        raise Undefined("a root of an odd degree")
    if value < 0 and degree % 2 != 0:
        return -((-value) ** (1 / degree))
    return value ** (1 / degree)


def _logarithm(value: Decimal) -> Decimal:
    """The natural logarithm; the decimal module would say that of zero is minus infinity."""
    if value <= 0:
        raise Undefined("a logarithm of what is not positive")
    return value.ln()


def _sine(angle: Decimal) -> Decimal:
    """Taylor's series after the angle is brought into one turn."""
    if abs(angle) > MAX_ANGLE:
        raise Undefined(f"an angle over {MAX_ANGLE}")
    angle %= 2 * PI
    term = total = angle
    for index in range(1, 80):
        term *= -angle * angle / ((2 * index) * (2 * index + 1))
        total += term
    return total if abs(total) > Decimal("1e-60") else Decimal(0)


def _cosine(angle: Decimal) -> Decimal:
    return _sine(angle + PI / 2)


def _arctangent(value: Decimal) -> Decimal:
    """Halve the argument three times, then the series."""
    for _ in range(4):
        value = value / (1 + (1 + value * value).sqrt())
    term = total = value
    for index in range(1, 90):
        term *= -value * value
        total += term / (2 * index + 1)
    return total * 16


def _arcsine(value: Decimal) -> Decimal:
    if abs(value) == 1:
        return value * PI / 2
    return _arctangent(value / (1 - value * value).sqrt())


def _factorial(value: Decimal) -> Decimal:
    return _decimal(factorial(Fraction(value)))


_STEPS: dict[str, Callable[..., Decimal]] = {
    "/": lambda a, b: a / b,
    "^": _power,
    "neg": lambda a: -a,
    "!": _factorial,
    "abs": abs,
    "sqrt": lambda a: a.sqrt(),
    "root": _root,
    "exp": lambda a: a.exp(),
    "ln": _logarithm,
    "log": lambda a: _logarithm(a) / _logarithm(Decimal(10)),
    "log_base": lambda a, b: _logarithm(a) / _logarithm(b),
    "sin": _sine,
    "cos": _cosine,
    "tan": lambda a: _sine(a) / _cosine(a),
    "cot": lambda a: _cosine(a) / _sine(a),
    "sec": lambda a: 1 / _cosine(a),
    "csc": lambda a: 1 / _sine(a),
    "arctan": _arctangent,
    "arcsin": _arcsine,
    "arccos": lambda a: PI / 2 - _arcsine(a),
    "floor": lambda a: a.to_integral_value(decimal.ROUND_FLOOR),
    "ceil": lambda a: a.to_integral_value(decimal.ROUND_CEILING),
    "min": min,
    "max": max,
    "binom": lambda a, b: _factorial(a) / (_factorial(b) * _factorial(a - b)),
}
