"""Exact values by fractions, each step bounded: a power that would not fit is Undefined, never computed."""

import math
from collections.abc import Callable, Mapping
from fractions import Fraction

from cothink.verify.maths.tree import DividedByZero, Name, Node, Number, Undefined

MAX_BITS = 8_192
MAX_FACTORIAL = 300


def exact_value(node: Node, values: Mapping[str, Fraction] | None = None) -> Fraction:
    """The value as a fraction.

    Args:
        node: An expression without relations or containers.
        values: What the variables stand for.

    Raises:
        Undefined: It has none: an irrational constant, an unknown variable, a division by zero, or a number over the
        bound.
    """
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        if values is None or node.name not in values:
            raise Undefined(f"{node.name} has no exact value")
        return values[node.name]
    step = _STEPS.get(node.head)
    if step is None:
        raise Undefined(f"{node.head} has no exact value")
    return bounded(step([exact_value(argument, values) for argument in node.args]))


def bounded(value: Fraction) -> Fraction:
    """Hand the value back, or refuse it where it is too large to work with."""
    if value.numerator.bit_length() > MAX_BITS or value.denominator.bit_length() > MAX_BITS:
        raise Undefined(f"a number of more than {MAX_BITS} bits")
    return value


def power(base: Fraction, exponent: Fraction) -> Fraction:
    """`base ** exponent` where it is rational and small enough to compute."""
    if exponent.denominator != 1:
        return power(root(base, exponent.denominator), Fraction(exponent.numerator))
    times = exponent.numerator
    if base in {0, 1, -1}:
        if base == 0 and times <= 0:
            raise Undefined("zero to a power that is not positive")
        return base if times % 2 or base != -1 else Fraction(1)
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if bits * abs(times) > MAX_BITS:
        raise Undefined(f"a power of more than {MAX_BITS} bits")
    return base**times


def root(value: Fraction, degree: int) -> Fraction:
    """The exact root where there is one."""
    if not 1 <= degree <= 64:
        raise Undefined(f"a root of degree {degree}")
    if value < 0:
        if degree % 2 == 0:
            raise Undefined("an even root of a negative number")
        return -root(-value, degree)
    return Fraction(_whole_root(value.numerator, degree), _whole_root(value.denominator, degree))


def _whole_root(value: int, degree: int) -> int:
    if degree == 2:
        found = math.isqrt(value)
    else:
        low, high = 0, 1 << (value.bit_length() // degree + 1)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if middle**degree <= value else (low, middle - 1)
        found = low
    if found**degree != value:
        raise Undefined("the root is irrational")
    return found


def factorial(value: Fraction) -> Fraction:
    """`n!` up to a bound."""
    return Fraction(math.factorial(_small(value, MAX_FACTORIAL)))


def divide(above: Fraction, below: Fraction) -> Fraction:
    """A quotient, or Undefined by zero."""
    if below == 0:
        raise DividedByZero("a division by zero")
    return above / below


def _small(value: Fraction, most: int) -> int:
    if value.denominator != 1 or not 0 <= value <= most:
        raise Undefined(f"a whole number from 0 to {most} is wanted")
    return value.numerator


def _product(values: list[Fraction]) -> Fraction:
    total = Fraction(1)
    for value in values:
        total = bounded(total * value)
    return total


def _whole(value: Fraction) -> int:
    if value.denominator != 1:
        raise Undefined("a whole number is wanted")
    return value.numerator


def _log_base(values: list[Fraction]) -> Fraction:
    """The logarithm where it is whole: log base 2 of 8 is 3."""
    value, base = values
    if base <= 1 or value <= 0:
        raise Undefined("a logarithm out of range")
    for exponent in range(-64, 65):
        if power(base, Fraction(exponent)) == value:
            return Fraction(exponent)
    raise Undefined("the logarithm is no small whole number")


_STEPS: dict[str, Callable[[list[Fraction]], Fraction]] = {
    "+": lambda v: sum(v, Fraction(0)),
    "*": _product,
    "/": lambda v: divide(v[0], v[1]),
    "^": lambda v: power(v[0], v[1]),
    "neg": lambda v: -v[0],
    "!": lambda v: factorial(v[0]),
    "sqrt": lambda v: root(v[0], 2),
    "root": lambda v: root(v[0], _small(v[1], 64)),
    "abs": lambda v: abs(v[0]),
    "floor": lambda v: Fraction(math.floor(v[0])),
    "ceil": lambda v: Fraction(math.ceil(v[0])),
    "min": min,
    "max": max,
    "gcd": lambda v: Fraction(math.gcd(*(_whole(x) for x in v))),
    "lcm": lambda v: Fraction(math.lcm(*(_whole(x) for x in v))),
    "binom": lambda v: Fraction(math.comb(_small(v[0], 400), _small(v[1], 400))),
    "log_base": _log_base,
}
