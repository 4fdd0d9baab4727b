"""Works a row of figures out exactly; bounded, so that a tower of powers is refused and never computed."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

from cothink.verify.figures import Figure
from cothink.verify.maths.exact import bounded, divide, factorial, power
from cothink.verify.maths.tree import Undefined

Order = Literal["usual", "written", "last_first", "tight"]
MAX_FIGURES = 120
MAX_DEPTH = 30
_BINDS = {"+": 10, "-": 10, "*": 20, "/": 20, "^": 40}


def work_out(row: Sequence[Figure], *, percent: Fraction = Fraction(1, 100), order: Order = "usual") -> Fraction:
    """The value of a row of numbers and signs.

    Args:
        row: Numbers, `+ - * / ^ !` and brackets.
        percent: What a per cent sign multiplies by: a hundredth, or 1 where it is meant as a unit.
        order: `usual`; `written`: all signs from left to right; `last_first`: `6 / 1/30` as 6 divided by a thirtieth;
            `tight`: `7/12 / 1/12` as a quotient of two fractions.

    Raises:
        Undefined: The row is no complete sum, divides by zero, or is over a bound.
    """
    if len(row) > MAX_FIGURES:
        raise Undefined(f"more than {MAX_FIGURES} figures")
    sum_ = _Sum(row, percent, order)
    value = sum_.read(0, 0)
    if sum_.at != len(row):
        raise Undefined("figures are left over")
    return value


class _Sum:
    """A Pratt parser that computes as it reads."""

    def __init__(self, row: Sequence[Figure], percent: Fraction, order: Order) -> None:
        self.row = row
        self.percent = percent
        self.order = order
        self.at = 0

    def sign(self) -> str:
        return self.row[self.at].text if self.at < len(self.row) and self.row[self.at].kind == "op" else ""

    def read(self, binding: int, depth: int) -> Fraction:
        if depth > MAX_DEPTH:
            raise Undefined(f"nested deeper than {MAX_DEPTH}")
        left = self.operand(depth)
        while self.at < len(self.row):
            sign = self.sign()
            if sign == "!":
                self.at += 1
                left = factorial(left)
                continue
            if sign == "(" and binding < 20:
                left = bounded(left * self.read(20, depth + 1))
                continue
            strength = self.strength(sign)
            if strength <= binding:
                break
            self.at += 1
            right = self.read(strength - (sign == "^" or (sign == "/" and self.order == "last_first")), depth + 1)
            left = bounded(_apply(sign, left, right))
        return left

    def strength(self, sign: str) -> int:
        strength = _BINDS.get(sign, 0)
        if self.order == "tight" and sign == "/" and self.row[self.at].glued:
            return 25
        return 10 if self.order == "written" and strength == 20 else strength

    def operand(self, depth: int) -> Fraction:
        if self.at >= len(self.row):
            raise Undefined("a sign without a number behind it")
        figure = self.row[self.at]
        self.at += 1
        if figure.kind == "number":
            return figure.value * self.percent if figure.is_percent else figure.value
        if figure.text == "-":
            return -self.read(30, depth + 1)
        if figure.text == "+":
            return self.read(30, depth + 1)
        if figure.text == "(":
            value = self.read(0, depth + 1)
            if self.sign() != ")":
                raise Undefined("a bracket that is not closed")
            self.at += 1
            return value
        raise Undefined(f"{figure.text!r} starts no number")


def _apply(sign: str, left: Fraction, right: Fraction) -> Fraction:
    if sign == "+":
        return left + right
    if sign == "-":
        return left - right
    if sign == "*":
        return left * right
    return divide(left, right) if sign == "/" else power(left, right)
