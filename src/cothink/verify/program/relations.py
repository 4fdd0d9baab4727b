"""Relations between two results that a task's words promise: another separator, other capitals, and the way back.

Metamorphic testing: no expected value is known, but two calls must agree (Chen et al. 1998, HKUST-CS98-01).
"""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cothink.verify.code_examples import Session, Step
from cothink.verify.program.shape import Shape

TEXTS = ("abc", "hello", "aabbcc", "programming", "a", "abcdefgh", "xy")
INVERSES = (("encode", "decode"), ("encrypt", "decrypt"), ("compress", "decompress"), ("serialize", "deserialize"))


@dataclass(frozen=True, slots=True)
class Relation:
    """Two calls whose results must be equal; ``change`` makes the second's arguments, or None where it says nothing."""

    name: str
    words: str
    change: Callable[[tuple[Any, ...]], tuple[Any, ...] | None]


def relations(shape: Shape) -> tuple[Relation, ...]:
    """The relations that a task promises."""
    found = []
    for name, pattern, change in TABLE:
        match = re.search(pattern, shape.prose)
        if match:
            found.append(Relation(name, match[0], change))
    return tuple(found)


def round_trips(prompt: str, entry_point: str | None) -> tuple[Session, ...]:
    """Where the task gives ``encode_x`` and asks for ``decode_x``: what was encoded must come back.

    The given function's code is the task's own; it runs in the cell of the tests.
    """
    if entry_point is None:
        return ()
    for there, back in INVERSES:
        if back not in entry_point:
            continue
        source = _function(prompt, entry_point.replace(back, there))
        if source is not None:
            name = entry_point.replace(back, there)
            return tuple(
                (Step(source, None), Step(f"{entry_point}({name}({text!r}))", repr(text), f"round trip {at}"))
                for at, text in enumerate(TEXTS, 1)
            )
    return ()


def _function(prompt: str, name: str) -> str | None:
    """A whole function of the prompt, with its body."""
    begin = re.search(rf"^def {re.escape(name)}\b", prompt, re.MULTILINE)
    if begin is None:
        return None
    rest = prompt[begin.start() :]
    after = re.search(r"^(?:def|class) ", rest[4:], re.MULTILINE)
    source = rest[: after.start() + 4] if after else rest
    try:
        body = ast.parse(source).body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    has_body = isinstance(body, ast.FunctionDef) and any(isinstance(node, ast.Return) for node in ast.walk(body))
    return source if has_body else None


def _first_text(change: Callable[[str], str]) -> Callable[[tuple[Any, ...]], tuple[Any, ...] | None]:
    """Change the first argument where it is a text that the change touches."""

    def changed(arguments: tuple[Any, ...]) -> tuple[Any, ...] | None:
        if not arguments or not isinstance(arguments[0], str):
            return None
        new = change(arguments[0])
        return (new, *arguments[1:]) if new != arguments[0] else None

    return changed


TABLE: tuple[tuple[str, str, Callable[[tuple[Any, ...]], tuple[Any, ...] | None]], ...] = (
    (
        "separators",
        r"\bseparated by (?:commas? or spaces?|spaces? or commas?)\b",
        _first_text(lambda text: text.replace(", ", ",")),
    ),
    ("capitals", r"\bcase[- ]insensitive|\bignor\w+ (?:the )?case\b|regardless of case", _first_text(str.swapcase)),
)
