"""Properties that a task's words promise of every result: sorted, of a length, a subset, a palindrome, and so on.

Each is a guess at what words mean, so one that does not hold lowers the score; only few decide alone (see `judge`).
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cothink.verify.program.shape import Shape, told_type

Holds = Callable[[tuple[Any, ...], Any], bool | None]
"""Whether it holds for arguments and result; None where it says nothing of them."""


@dataclass(frozen=True, slots=True)
class Property:
    """One promise: its name, the words that it was read from, and its test."""

    name: str
    words: str
    holds: Holds


def properties(shape: Shape) -> tuple[Property, ...]:
    """The promises that a task makes."""
    found = [*_typed(shape)]
    for name, pattern, holds in TABLE:
        match = re.search(pattern, shape.prose)
        if match:
            found.append(Property(name, match[0], holds))
    found += _lengths(shape)
    found += _formats(shape)
    # A promise that the task's own examples break was misread.
    shown = list(zip(shape.calls, shape.results, strict=True))
    return tuple(one for one in found if all(_safe(one.holds, *pair) is not False for pair in shown))


def broken(one: Property, arguments: tuple[Any, ...], value: Any) -> bool:
    """Whether a result breaks a promise."""
    return _safe(one.holds, arguments, value) is False


def _safe(holds: Holds, arguments: tuple[Any, ...], value: Any) -> bool | None:
    """Values of mixed types cannot always be compared; then a promise says nothing."""
    try:
        return holds(arguments, value)
    except (TypeError, ValueError, IndexError, RecursionError, OverflowError):
        return None


def _typed(shape: Shape) -> list[Property]:
    kinds = {type(result) for result in shape.results}
    found = []
    if len(kinds) == 1 and len(shape.results) >= 1:
        kind = kinds.pop()
        if kind in (bool, str, list, tuple, dict):
            found.append(Property("type of the examples", kind.__name__, lambda _, value: type(value) is kind))
        elif kind in (int, float):
            numbers = (int, float)
            found.append(Property("type of the examples", "number", lambda _, value: type(value) in numbers))
    if shape.returns:
        allowed = {"float": ("int", "float")}.get(shape.returns, (shape.returns,))
        found.append(Property("annotated type", shape.returns, lambda _, value: type(value).__name__ in allowed))
    told = told_type(shape.prose)
    if told and not shape.results and not shape.returns:
        found.append(Property("type that is told", told, lambda _, value: type(value).__name__ == told))
    return found


def _lengths(shape: Shape) -> list[Property]:
    """``a list of length k``, ``the first n …``, ``k largest …``: as long as the parameter says."""
    found = []
    for at, name in enumerate(shape.parameters):
        word = re.escape(name.lower())
        pattern = rf"\bof (?:length|size) {word}\b|\b(?:the )?(?:first|maximum|largest|smallest) {word} \w+"
        match = re.search(pattern, shape.prose)
        if match and "arr" not in name:
            found.append(Property("length", match[0], _long_as(at)))
    match = re.search(r"\bfirst (\w+) \+ 1 ", shape.prose)
    if match and shape.parameters and match[1] == shape.parameters[0].lower():
        found.append(Property("length", match[0], _long_as(0, 1)))
    return found


def _formats(shape: Shape) -> list[Property]:
    """``in the format mm-dd-yyyy`` beside a truth value: what is not as wide is false."""
    match = re.search(r"\bformat:? [\"'`]?(?P<form>[a-z]{1,4}(?:[-/.:][a-z]{1,4})+)\b", shape.prose)
    if match is None or not any(type(result) is bool for result in shape.results):
        return []
    widths = "".join(
        f"\\d{{{len(part)}}}" if part.isalpha() else re.escape(part) for part in re.split(r"([-/.:])", match["form"])
    )

    def holds(arguments: tuple[Any, ...], value: Any) -> bool | None:
        if not isinstance(arguments[0], str) or re.fullmatch(widths, arguments[0]):
            return None
        return value is False

    return [Property("format", match[0], holds)]


def _long_as(at: int, more: int = 0) -> Holds:
    def holds(arguments: tuple[Any, ...], value: Any) -> bool | None:
        length = arguments[at]
        if not isinstance(value, list | str) or type(length) is not int or length < 0:
            return None
        longest = [len(other) for other in arguments if isinstance(other, list | str)]
        return None if longest and length > max(longest) else len(value) == length + more

    return holds


def _ascending(_: tuple[Any, ...], value: Any) -> bool | None:
    return value == sorted(value) if isinstance(value, list) else None


def _descending(_: tuple[Any, ...], value: Any) -> bool | None:
    return value == sorted(value, reverse=True) if isinstance(value, list) else None


def _subset(arguments: tuple[Any, ...], value: Any) -> bool | None:
    lists = [given for given in arguments if isinstance(given, list | str)]
    if len(lists) != 1 or not isinstance(value, list | str) or type(value) is not type(lists[0]):
        return None
    return not Counter(map(repr, value)) - Counter(map(repr, lists[0]))


def _permutation(arguments: tuple[Any, ...], value: Any) -> bool | None:
    lists = [given for given in arguments if isinstance(given, list | str)]
    if len(lists) != 1 or type(value) is not type(lists[0]):
        return None
    return Counter(map(repr, value)) == Counter(map(repr, lists[0]))


def _distinct(_: tuple[Any, ...], value: Any) -> bool | None:
    return len(set(map(repr, value))) == len(value) if isinstance(value, list) else None


def _not_negative(_: tuple[Any, ...], value: Any) -> bool | None:
    return value >= 0 if type(value) in (int, float) else None


def _palindrome(_: tuple[Any, ...], value: Any) -> bool | None:
    return value == value[::-1] if isinstance(value, str) else None


def _truth(_: tuple[Any, ...], value: Any) -> bool | None:
    return isinstance(value, bool)


def _same_length(arguments: tuple[Any, ...], value: Any) -> bool | None:
    lists = [given for given in arguments if isinstance(given, list | str)]
    return len(value) == len(lists[0]) if len(lists) == 1 and isinstance(value, list | str) else None


def _position(arguments: tuple[Any, ...], value: Any) -> bool | None:
    lists = [given for given in arguments if isinstance(given, list | str)]
    return -1 <= value < max(1, len(lists[0])) if len(lists) == 1 and type(value) is int else None


def _even(_: tuple[Any, ...], value: Any) -> bool | None:
    return all(item % 2 == 0 for item in value) if isinstance(value, list) else None


def _whole_words(arguments: tuple[Any, ...], value: Any) -> bool | None:
    has_space = len(arguments) == 1 and isinstance(arguments[0], str) and arguments[0].split() != [arguments[0]]
    return all(word and not re.search(r"\s", word) for word in value) if has_space and isinstance(value, list) else None


def _mentions_none(_: tuple[Any, ...], value: Any) -> bool | None:
    return value is not None


TABLE: tuple[tuple[str, str, Holds], ...] = (
    (
        "ascending",
        r"\b(?:returns? (?:a |the )?sorted|in (?:ascending|increasing|sorted) order|sorted (?:list|array))\b",
        _ascending,
    ),
    ("descending", r"\bin (?:descending|decreasing) order\b", _descending),
    ("subset", r"\b(?:filter|remove|delete|eliminate|only the|keep)\w*\b", _subset),
    ("same members", r"\b(?:reverse|rotate|shuffle|rearrange|permut)\w*\b|\bsort (?:the|a|given)\b", _permutation),
    (
        "distinct",
        r"\bunique (?:elements|digits|values|numbers)|without duplicates|no duplicates|distinct elements\b",
        _distinct,
    ),
    (
        "not negative",
        r"\b(?:return|count|find|number of|how many)[^.]{0,30}\b(?:number of|count of|how many|length of)\b",
        _not_negative,
    ),
    ("palindrome", r"\b(?:shortest|longest|make a|find the) palindrom", _palindrome),
    ("truth value", r"\breturns? true\b|\btrue if\b|\bfalse otherwise\b|\breturns? a boolean\b", _truth),
    (
        "same length",
        r"\b(?:each|every) (?:element|number|letter|character)[^.]{0,60}\b(?:by|to|with|replac)",
        _same_length,
    ),
    ("position", r"\breturns? (?:the )?(?:\w+ )?index\b", _position),
    ("even members", r"\breturn the even\b", _even),
    ("whole words", r"\bsplit on whitespace|separated by whitespace\b", _whole_words),
    ("not none", r"^(?!.*\b(?:none|null|nothing)\b)", _mentions_none),
)
