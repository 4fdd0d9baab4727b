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


Pair = tuple[tuple[Any, ...], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Relation:
    """Two calls whose results must be equal; ``pair`` makes their arguments from an example, or None."""

    name: str
    words: str
    pair: Callable[[tuple[Any, ...]], Pair | None]


def relations(shape: Shape) -> tuple[Relation, ...]:
    """The relations that a task promises."""
    found = []
    for name, pattern, change in TABLE:
        match = re.search(pattern, shape.prose)
        if match:
            found.append(Relation(name, match[0], change))
    if word := WORD.search(shape.text):
        found.append(Relation("whole word", word[0], _whole_word(word["word"])))
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


def _first_text(change: Callable[[str], str]) -> Callable[[tuple[Any, ...]], Pair | None]:
    """The example beside itself with its first argument changed, where that is a text which the change touches."""

    def pair(arguments: tuple[Any, ...]) -> Pair | None:
        if not arguments or not isinstance(arguments[0], str):
            return None
        new = change(arguments[0])
        return (arguments, (new, *arguments[1:])) if new != arguments[0] else None

    return pair


def _rotated(arguments: tuple[Any, ...]) -> Pair | None:
    """A list beside itself with its first half moved to the end."""
    if len(arguments) != 1 or not isinstance(arguments[0], list) or len(arguments[0]) < 2:
        return None
    half = len(arguments[0]) // 2
    return arguments, (arguments[0][half:] + arguments[0][:half],)


def _whole_word(word: str) -> Callable[[tuple[Any, ...]], Pair | None]:
    """A longer word with the same beginning is another word, as good as any."""

    def pair(arguments: tuple[Any, ...]) -> Pair | None:
        if not arguments or not isinstance(arguments[0], str):
            return None
        longer, other = (re.sub(rf"\b{re.escape(word)}\b", new, arguments[0]) for new in (f"{word}xq", "Zxq"))
        return ((longer, *arguments[1:]), (other, *arguments[1:])) if longer != arguments[0] else None

    return pair


WORD = re.compile(r"""\bthe word ["'“](?P<word>[A-Za-z]+)["'”]""")
TABLE: tuple[tuple[str, str, Callable[[tuple[Any, ...]], Pair | None]], ...] = (
    (
        "separators",
        r"\bseparated by (?:commas? or spaces?|spaces? or commas?)\b",
        _first_text(lambda text: text.replace(", ", ",")),
    ),
    ("rotations", r"\b(?:shift|rotat)\w*(?: \w+){0,3} any number of times", _rotated),
    ("capitals", r"\bcase[- ]insensitive|\bignor\w+ (?:the )?case\b|regardless of case", _first_text(str.swapcase)),
)
