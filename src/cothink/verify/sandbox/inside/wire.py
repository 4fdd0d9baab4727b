"""Values on a line between two cells: plain data is copied, everything else stays where it is and is called there.

The trusted end (tests) never runs code of the other end and never unpickles. A value whose class overrides ``==`` loses
that on the way: a subclass of plain data arrives as plain data, anything else as a `Remote` that equals no plain value.
"""

import builtins
import collections
import importlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

PLAIN_INT = 1 << 62
SEQUENCES: dict[str, Any] = {"tuple": tuple, "set": set, "frozenset": frozenset, "deque": collections.deque}
TEXTS: dict[str, tuple[type, Callable[[Any], str], Callable[[str], Any]]] = {
    "bytes": (bytes, bytes.hex, bytes.fromhex),
    "bytearray": (bytearray, bytearray.hex, bytearray.fromhex),
    "int": (int, hex, lambda text: int(text, 16)),
    "complex": (complex, repr, complex),
    "range": (
        range,
        lambda value: f"{value.start} {value.stop} {value.step}",
        lambda text: range(*map(int, text.split())),
    ),
}
# Imported only where a value needs them: a cell that waits warm costs what it has loaded.
RARE: dict[str, tuple[str, str | None]] = {
    "decimal.Decimal": ("__str__", None),
    "fractions.Fraction": ("__str__", None),
    "datetime.datetime": ("isoformat", "fromisoformat"),
    "datetime.date": ("isoformat", "fromisoformat"),
    "datetime.time": ("isoformat", "fromisoformat"),
}
BASES: tuple[Any, ...] = (int, float, str, bytes, list, tuple, dict, set, frozenset, collections.deque)
COMMON_TYPES = {int, float, str, bool, list, tuple, dict, set, frozenset, bytes, complex, object, type(None)}


class Ends(Protocol):
    """What the codec asks of its end of the line."""

    def export(self, value: object) -> dict[str, Any]:
        """Keep ``value`` here and name it."""

    def find(self, number: int) -> object:
        """The value kept here under a number."""

    def remote(self, named: Mapping[str, Any]) -> object:
        """Stand-in for a value that is kept at the other end."""


def encode(value: Any, ends: Ends) -> Any:
    """Turn a value into JSON's own types; every kind but text, numbers and lists is a dictionary with one tag."""
    kind = type(value)
    if value is None or kind in (bool, float, str) or (kind is int and -PLAIN_INT < value < PLAIN_INT):
        return value
    if kind is list:
        return [encode(item, ends) for item in value]
    if kind is dict:
        return {"dict": [[encode(key, ends), encode(item, ends)] for key, item in value.items()]}
    for tag, sequence in SEQUENCES.items():
        if kind is sequence:
            return {tag: [encode(item, ends) for item in value]}
    for tag, (exact, to_text, _) in TEXTS.items():
        if kind is exact:
            return {tag: to_text(value)}
    rare = f"{kind.__module__}.{kind.__qualname__}"
    if rare in RARE and _rare(rare) is kind:
        return {rare: getattr(kind, RARE[rare][0])(value)}
    if kind is type and value in COMMON_TYPES:
        return {"type": value.__name__}
    base = next((base for base in BASES if isinstance(value, base)), None)
    return ends.export(value) if base is None else encode(_as_base(value, base), ends)


def _rare(name: str) -> Any:
    """A class of the standard library by its full name."""
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


def _as_base(value: Any, base: Any) -> Any:
    """A copy in the plain class, made with the plain class's own methods, so that no override has a say."""
    if base is int:
        return int.__add__(value, 0)
    if base is float:
        return float.__add__(value, 0.0)
    if base in (str, bytes):
        return base.__getitem__(value, slice(None))
    if base is dict:
        return dict(dict.items(value))
    return base(base.__iter__(value))


def decode(data: Any, ends: Ends) -> Any:
    """Turn JSON's types back into a value; an unknown tag is an error of the other end."""
    if isinstance(data, list):
        return [decode(item, ends) for item in data]
    if not isinstance(data, dict):
        return data
    ((tag, content),) = data.items()
    if tag in ("yours", "mine"):
        return ends.find(content) if tag == "yours" else ends.remote(content)
    if tag == "dict":
        return {decode(key, ends): decode(item, ends) for key, item in content}
    if tag in SEQUENCES:
        return SEQUENCES[tag](decode(item, ends) for item in content)
    if tag in TEXTS:
        return TEXTS[tag][2](content)
    if tag in RARE:
        maker = RARE[tag][1]
        return getattr(_rare(tag), maker)(content) if maker else _rare(tag)(content)
    if tag == "type":
        return next(common for common in COMMON_TYPES if common.__name__ == content)
    raise ValueError(f"unknown kind of value on the line: {tag!r}")


def to_bytes(message: Mapping[str, Any]) -> bytes:
    """One message as bytes, its length first."""
    text = json.dumps(message, separators=(",", ":")).encode()
    return len(text).to_bytes(4, "big") + text


def nearest_builtin(kind: type) -> str:
    """The closest built-in ancestor of an exception class."""
    names = (str(base.__name__) for base in kind.__mro__ if getattr(builtins, base.__name__, None) is base)
    return next(names)
