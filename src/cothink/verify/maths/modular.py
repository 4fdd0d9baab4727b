"""Values in the field of integers modulo a large prime: exact, and never larger than 61 bits.

Two rational functions that differ agree at a random point with probability at most degree / prime (J. T. Schwartz,
"Fast probabilistic algorithms for verification of polynomial identities", JACM 27(4), 1980; R. Zippel, EUROSAM 1979).
With prime 2^61 - 1, degree below 2^20 and three points, a wrong "equal" has odds below 2^-120; a difference is certain.
"""

from collections.abc import Mapping

from cothink.verify.maths.tree import Apply, Name, Node, Number, Undefined

PRIME = (1 << 61) - 1
MAX_EXPONENT = 1 << 20


def modular_value(node: Node, point: Mapping[str, int]) -> int:
    """The value of a rational function at a point of the field.

    Raises:
        Undefined: It is no rational function, or a denominator is zero here.
    """
    if isinstance(node, Number):
        return node.value.numerator * _inverse(node.value.denominator) % PRIME
    if isinstance(node, Name):
        if node.name not in point:
            raise Undefined(f"{node.name} is no variable of a rational function")
        return point[node.name]
    if node.head == "^":
        return _power(modular_value(node.args[0], point), node.args[1])
    return _operate(node, [modular_value(argument, point) for argument in node.args])


def _operate(node: Apply, values: list[int]) -> int:
    if node.head == "+":
        return sum(values) % PRIME
    if node.head == "neg":
        return -values[0] % PRIME
    if node.head == "/":
        return values[0] * _inverse(values[1]) % PRIME
    if node.head == "*":
        total = 1
        for value in values:
            total = total * value % PRIME
        return total
    raise Undefined(f"{node.head} is no part of a rational function")


def _power(base: int, exponent: Node) -> int:
    sign = 1
    while isinstance(exponent, Apply) and exponent.head == "neg":
        sign, exponent = -sign, exponent.args[0]
    if not isinstance(exponent, Number) or exponent.value.denominator != 1:
        raise Undefined("an exponent that is no whole number")
    times = sign * exponent.value.numerator
    if abs(times) > MAX_EXPONENT:
        raise Undefined(f"an exponent over {MAX_EXPONENT}")
    return pow(base if times >= 0 else _inverse(base), abs(times), PRIME)


def _inverse(value: int) -> int:
    if value % PRIME == 0:
        raise Undefined("a division by zero")
    return pow(value, -1, PRIME)
