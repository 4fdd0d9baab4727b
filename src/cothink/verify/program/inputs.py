"""Makes inputs for a function: small changes of the calls that its examples show, else plain values of its types.

The same task always gives the same inputs, so that a verdict can be repeated.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from cothink.verify.program.shape import Shape

Kind = Literal["shown", "near", "edge"]
MOST = 48
LARGEST_CHARACTERS = 1500
PLAIN: dict[str, tuple[Any, ...]] = {
    "int": (3, 1, 2, 7, 10, 12),
    "float": (1.5, 2.0, 3.25),
    "str": ("abc", "Hello world", "aba", "a"),
    "list": ([1, 2, 3], [3, 1, 2], [5], [2, 2, 1]),
    "bool": (True, False),
    "dict": ({"a": 1, "b": 2}, {"a": 1}),
    "tuple": ((1, 2, 3), (3, 1, 2)),
    "set": ({1, 2, 3},),
}
ELEMENTS: dict[str, tuple[Any, ...]] = {
    "str": (["a", "bc", "abc"], ["b", "a"], ["aa"]),
    "float": ([1.0, 2.5, 3.0], [3.0, 1.5], [2.0]),
    "bool": ([True, False], [True]),
}


@dataclass(frozen=True, slots=True)
class Input:
    """Arguments for one call.

    ``kind`` is ``shown`` (an example's own), ``near`` (the same values moved, left out or repeated: valid unless
    the task is unusual) or ``edge`` (empty, zero, negative, new letters: often outside of what the task allows).
    """

    arguments: tuple[Any, ...]
    kind: Kind


def inputs(shape: Shape) -> tuple[Input, ...]:
    """At most 48 inputs: those of the examples first, then near ones and edges in turn."""
    shown = list(shape.calls) or _plain(shape)
    near = _in_turn([_changed(call, _near) for call in shown])
    edge = _in_turn([_changed(call, _edge) for call in shown])
    mixed = _crossed(shown)
    found: dict[str, Input] = {}
    ordered = itertools.chain(
        (Input(call, "shown") for call in shown),
        _in_turn([(Input(call, "near") for call in itertools.chain(mixed, near)), (Input(c, "edge") for c in edge)]),
    )
    for one in ordered:
        text = repr(one.arguments)
        if len(text) <= LARGEST_CHARACTERS:
            found.setdefault(text, one)
        if len(found) >= MOST:
            break
    return tuple(found.values())


def _plain(shape: Shape) -> list[tuple[Any, ...]]:
    if not shape.parameters or not all(shape.types):
        return []
    choices = [
        ELEMENTS.get(element, PLAIN[kind]) if kind == "list" else PLAIN[kind]
        for kind, element in zip(shape.types, shape.elements, strict=True)
    ]
    longest = max(len(choice) for choice in choices)
    return [tuple(choice[at % len(choice)] for choice in choices) for at in range(longest)]


def _crossed(shown: list[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Arguments of one example with one argument of another, where both are of a type and no text or list depends."""
    for one, other in itertools.permutations(shown[:4], 2):
        if len(one) != len(other) or len(one) < 2:
            continue
        for at in range(len(one)):
            if type(one[at]) is type(other[at]) and isinstance(one[at], int | float):
                yield (*one[:at], other[at], *one[at + 1 :])


def _changed(call: tuple[Any, ...], change: Any) -> Iterator[tuple[Any, ...]]:
    """The call with one argument changed, the arguments in turn."""
    return _in_turn([_replaced(call, at, change) for at in range(len(call))])


def _replaced(call: tuple[Any, ...], at: int, change: Any) -> Iterator[tuple[Any, ...]]:
    for new in change(call[at]):
        yield (*call[:at], new, *call[at + 1 :])


def _near(value: Any) -> Iterator[Any]:
    """Values that are as valid as the given one, unless the task is unusual."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value + 2, value * 2, value * 3 + 1, value + 7)
        yield from (smaller for smaller in (value - 1, value - 2, value // 2) if smaller >= min(value, 1))
    elif isinstance(value, float):
        yield from (value + 1.0, value * 2.0, value / 2.0)
    elif isinstance(value, str):
        yield from _near_text(value)
    elif isinstance(value, list | tuple):
        yield from _near_items(value)
    elif isinstance(value, dict):
        for key in list(value)[:3]:
            yield {one: item for one, item in value.items() if one != key}
        yield dict(reversed(value.items()))


def _near_text(value: str) -> Iterator[str]:
    if len(value) > 1:
        yield from (value[::-1], value[:-1], value[1:], value[: len(value) // 2])
    if value:
        yield from (value + value, value + value[0], value[-1] + value)
    words = value.split(" ")
    if len(words) > 1:
        yield from (" ".join(reversed(words)), " ".join(words[1:]), words[0])


def _near_items(value: Any) -> Iterator[Any]:
    if len(value) > 1:
        yield from (value[::-1], value[:-1], value[1:], value[:1], value[1:] + value[:1])
    if value:
        yield from (value + value, value + value[:1], value[-1:] * 3)
    if len(value) > 2 and all(type(item) is type(value[0]) and isinstance(item, int | str) for item in value):
        ordered = sorted(value)
        yield type(value)([ordered[1], ordered[0], *ordered[2:]])  # all but in order
    for at, item in enumerate(value[:3]):
        for new in itertools.islice(_near(item), 2):
            yield type(value)([*value[:at], new, *value[at + 1 :]])


def _edge(value: Any) -> Iterator[Any]:
    """Values at the border of what is likely allowed, or beyond."""
    if isinstance(value, bool):
        return
    if isinstance(value, int):
        yield from (0, 1, -1, -value, 100)
    elif isinstance(value, float):
        yield from (0.0, -value)
    elif isinstance(value, str):
        if parted := re.search(r"[.@/:_-]", value):
            yield from (value[parted.start() :], value[: parted.start()])
        yield from (
            "",
            re.sub(r"\b0(\d)", r"\1", value),
            value.swapcase(),
            f" {value}",
            f"{value} ",
            value.replace(" ", "  "),
            "z",
            f"{value}!",
        )
    elif isinstance(value, list | tuple | dict):
        yield type(value)()
        if isinstance(value, list) and value and all(type(item) is int for item in value):
            yield from ([-item for item in value], [0], [0, *value], [1, 1, 1])
        if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
            yield from ([""], [*value, ""], [item.upper() for item in value])


def _in_turn(streams: list[Iterator[Any]]) -> Iterator[Any]:
    waiting = list(streams)
    while waiting:
        for stream in list(waiting):
            try:
                yield next(stream)
            except StopIteration:
                waiting.remove(stream)
