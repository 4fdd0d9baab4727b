"""The cursor over the tokens that both halves of the parser move, and the literals that need no more than one token."""

from abc import ABC, abstractmethod
from fractions import Fraction

from cothink.verify.maths.tokens import Token
from cothink.verify.maths.tree import Node, Number, Unreadable

MAX_DEPTH = 40
MINUS = 25


class Cursor(ABC):
    """A place among the tokens, how deep the reading is nested, and how many bars (`|`) are open."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0
        self.bars = 0

    @property
    def now(self) -> Token:
        """The token under the cursor."""
        return self.tokens[self.at]

    def take(self) -> Token:
        """Step over a token and hand it back."""
        token = self.tokens[self.at]
        if token.kind == "end":
            raise Unreadable("it ends too early")
        self.at += 1
        return token

    def accept(self, text: str) -> bool:
        """Step over this sign if it stands here."""
        if self.now.text == text and self.now.kind in {"op", "matrix"}:
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        """Step over this sign, or refuse the text."""
        if not self.accept(text):
            raise Unreadable(f"expected {text!r}, found {self.now.text[:20]!r}")

    @abstractmethod
    def expression(self, power: int) -> Node:
        """Read operators that bind tighter than `power`."""

    @abstractmethod
    def relation(self) -> Node:
        """Read an expression or a relation of expressions."""

    @abstractmethod
    def items(self) -> list[Node]:
        """Read relations between commas."""

    @abstractmethod
    def prefix(self) -> Node:
        """Read one operand with the signs in front of it."""


def digits_of(text: str) -> str:
    """The text itself, where it is all digits."""
    if not text.isdigit():
        raise Unreadable(f"{text[:20]!r} are no digits")
    return text


def literal(text: str) -> Number:
    """Read one number, with an exponent or without."""
    body, _, exponent = text.lower().partition("e")
    places = len(body.partition(".")[2])
    value = Fraction("0" + body if body.startswith(".") else body.rstrip("."))
    if not exponent:
        return Number(value, places)
    shift = int(exponent)
    if abs(shift) > 400:
        raise Unreadable(f"the exponent {shift} is over 400")
    return Number(value * Fraction(10) ** shift, max(0, places - shift))


def repeating(text: str, period: str) -> Number:
    """Read `0.1` with the period `6` as 1/6."""
    start = literal(text)
    size = Fraction(1, 10**start.places)
    return Number(start.value + size * Fraction(int(period), 10 ** len(period) - 1))
