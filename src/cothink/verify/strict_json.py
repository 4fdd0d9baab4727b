"""Strict JSON (RFC 8259): no NaN or infinity, no key twice, bounded depth; and the JSON part of a text."""

import json
import math
import re
from collections.abc import Iterator

MAX_DEPTH = 100
MAX_CANDIDATES = 50
_FENCE = re.compile(r"```[ \t]*(?:[a-zA-Z0-9_-]{0,20})[ \t]*\r?\n(.*?)\r?\n?[ \t]*```", re.DOTALL)


class NotStrict(ValueError):
    """The text is no strict JSON; the message says why, in words."""


def load_strict(text: str) -> object:
    """Read a JSON text.

    Raises:
        NotStrict: It is no JSON, holds NaN or an infinity, has a key twice, or is nested deeper than 100.
    """
    if _depth(text) > MAX_DEPTH:
        raise NotStrict(f"it is nested deeper than {MAX_DEPTH}")
    try:
        return json.loads(text, object_pairs_hook=_pairs, parse_constant=_refuse_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise NotStrict(f"{error.msg} at line {error.lineno}, column {error.colno}{_near(text, error.pos)}") from error
    except RecursionError as error:
        raise NotStrict("it is nested too deep to read") from error
    except NotStrict:
        raise
    except ValueError as error:
        raise NotStrict("it holds a number with too many digits") from error


def extract_json(text: str) -> str | None:
    """The JSON object or array in a text with fences or prose around it, or None.

    The largest part that reads as strict JSON wins; nothing is mended, so what comes back is the model's own text.
    """
    stripped = text.strip()
    best: str | None = None
    for candidate in _candidates(stripped):
        if best is not None and len(candidate) <= len(best):
            continue
        try:
            load_strict(candidate)
        except NotStrict:
            continue
        best = candidate
    return best


def _candidates(text: str) -> Iterator[str]:
    yield text
    for found in _FENCE.findall(text)[:MAX_CANDIDATES]:
        yield found.strip()
    at = 0
    for _ in range(MAX_CANDIDATES):
        start = min((place for place in (text.find("{", at), text.find("[", at)) if place >= 0), default=-1)
        if start < 0:
            return
        end = _closing(text, start)
        if end > start:
            yield text[start : end + 1]
        at = max(start, end) + 1


def _closing(text: str, start: int) -> int:
    """Where the bracket at `start` closes, strings skipped; -1 where it does not."""
    depth = 0
    in_string = escaped = False
    for at in range(start, len(text)):
        sign = text[at]
        if in_string:
            in_string = escaped or sign != '"'
            escaped = sign == "\\" and not escaped
        elif sign == '"':
            in_string = True
        elif sign in "{[":
            depth += 1
        elif sign in "}]":
            depth -= 1
            if depth == 0:
                return at
    return -1


def _depth(text: str) -> int:
    """The deepest nesting, strings skipped."""
    depth = deepest = 0
    in_string = escaped = False
    for sign in text:
        if in_string:
            in_string = escaped or sign != '"'
            escaped = sign == "\\" and not escaped
        elif sign == '"':
            in_string = True
        elif sign in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "}]":
            depth -= 1
    return deepest


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise NotStrict(f"the key “{key[:80]}” stands twice in one object")
        found[key] = value
    return found


def _refuse_constant(name: str) -> object:
    raise NotStrict(f"{name} is no JSON value")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise NotStrict(f"the number {text[:40]} is too large")
    return value


def _near(text: str, at: int) -> str:
    piece = " ".join(text[max(0, at - 10) : at + 20].split())
    return f", near “{piece}”" if piece else ""
