"""The tree of a mathematical expression: three frozen kinds of node, and how one is printed again."""

import re
from dataclasses import dataclass
from fractions import Fraction


class Unreadable(Exception):  # the text is no mathematics that we read: an answer, not a fault
    """The text is no mathematics that this parser reads, or is over one of its bounds."""


class Undefined(Exception):
    """The expression has no value here: a division by zero, a root of a negative, or a number over the size bound."""


class DividedByZero(Undefined):
    """The expression divides by zero here."""


@dataclass(frozen=True, slots=True)
class Number:
    """A literal. `places` counts the digits written after the decimal point."""

    value: Fraction
    places: int = 0


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, or one of the constants `pi`, `e`, `i`, `inf`."""

    name: str


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator, function or container over its arguments; `+` and `*` take any number of them."""

    head: str
    args: tuple["Node", ...]


Node = Number | Name | Apply

CONSTANTS = frozenset({"pi", "e", "i", "inf"})
FUNCTIONS = frozenset(
    re.findall(
        r"\S+",
        "sin cos tan cot sec csc arcsin arccos arctan ln log exp sqrt root abs floor ceil gcd lcm min max binom",
    )
)


def names(node: Node) -> frozenset[str]:
    """The variables of an expression, constants left out."""
    if isinstance(node, Name):
        return frozenset() if node.name in CONSTANTS else frozenset({node.name})
    if isinstance(node, Apply):
        return frozenset().union(*(names(argument) for argument in node.args))
    return frozenset()


def mentions(node: Node, name: str) -> bool:
    """Whether a name or a head occurs anywhere in the expression."""
    if isinstance(node, Name):
        return node.name == name
    if isinstance(node, Apply):
        return node.head == name or any(mentions(argument, name) for argument in node.args)
    return False


def add(*terms: Node) -> Node:
    """A sum, flat where a term is itself a sum, so that a long sum is no deep tree."""
    return _flat("+", terms)


def multiply(*factors: Node) -> Node:
    """A product, flat where a factor is itself a product."""
    return _flat("*", factors)


def _flat(head: str, parts: tuple[Node, ...]) -> Node:
    flat: list[Node] = []
    for part in parts:
        if isinstance(part, Apply) and part.head == head:
            flat.extend(part.args)
        else:
            flat.append(part)
    return flat[0] if len(flat) == 1 else Apply(head, tuple(flat))


_BINDS = {"+": 10, "*": 20, "/": 20, "neg": 15, "^": 30}
_BRACKETS = {
    "tuple": ("(", ")"),
    "set": ("{", "}"),
    "list": ("", ""),
    "[]": ("[", "]"),
    "[)": ("[", ")"),
    "(]": ("(", "]"),
}
_RELATIONS = frozenset({"=", "<", ">", "<=", ">=", "!="})


def show(node: Node) -> str:
    """Print an expression in plain text; the parser reads the same value back."""
    if isinstance(node, Number):
        return show_number(node.value)
    if isinstance(node, Name):
        return node.name
    if node.head == "+":
        return _show_sum(node.args)
    if node.head in _BINDS:
        inner = [
            _show_inside(argument, _BINDS[node.head] + (node.head != "*" or at > 0))
            for at, argument in enumerate(node.args)
        ]
        return f"-{inner[0]}" if node.head == "neg" else f" {node.head} ".join(inner).replace(" ^ ", "^")
    parts = [show(argument) for argument in node.args]
    if node.head in _RELATIONS:
        return f" {node.head} ".join(parts)
    if node.head == "!":
        return f"({parts[0]})!"
    opening, closing = _BRACKETS.get(node.head, (f"{node.head}(", ")"))
    return f"{opening}{', '.join(parts)}{closing}"


def _show_sum(terms: tuple[Node, ...]) -> str:
    shown = show(terms[0])
    for term in terms[1:]:
        if isinstance(term, Apply) and term.head == "neg":
            shown += f" - {_show_inside(term.args[0], 16)}"
        else:
            shown += f" + {_show_inside(term, 16)}"
    return shown


def _show_inside(node: Node, binding: int) -> str:
    """A part, in brackets where it binds no tighter than its surroundings."""
    shown = show(node)
    strength = _BINDS.get(node.head, 50) if isinstance(node, Apply) else 50
    is_plain = not shown.startswith("-") and not (isinstance(node, Number) and "/" in shown)
    return shown if strength >= binding and is_plain else f"({shown})"


def show_number(value: Fraction) -> str:
    """Print a number as people write it: whole, as a short decimal where that is exact, else as a fraction."""
    if value.denominator == 1:
        return str(value.numerator)
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest == 1 and value.denominator <= 10**8:
        places = 0
        scaled = value
        while scaled.denominator != 1:
            scaled *= 10
            places += 1
        sign = "-" if value < 0 else ""
        digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
        return f"{sign}{digits[:-places]}.{digits[-places:]}"
    return f"{value.numerator}/{value.denominator}"
