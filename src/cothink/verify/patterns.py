"""Which regular expressions of a schema may run on which strings: Python's engine backtracks and cannot be stopped.

A pattern with a repeat inside a repeat (or an alternation inside one) can take exponential time: it is not run at all.
One with k open repeats takes about n^k steps: it runs where that is below ten million. What was not run is reported.
"""

import re
from dataclasses import dataclass

MAX_PATTERN_CHARS = 1_000
MAX_STEPS = 10_000_000
MAX_OPTIONAL = 12
_REPEAT = re.compile(r"\{(\d{1,9})(,?)(\d{0,9})\}|[*+?]")


@dataclass(slots=True)
class _Group:
    has_repeat: bool = False
    has_choice: bool = False


def longest_safe(pattern: str) -> int:
    """The longest string, in characters, that a pattern may run on; 0 where it may not run at all."""
    if len(pattern) > MAX_PATTERN_CHARS:
        return 0
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return 0
    repeats, optional, is_nested = _scan(pattern)
    if is_nested or optional > MAX_OPTIONAL or repeats > 7:
        return 0
    # An unanchored search also tries every place to start.
    power = repeats + (not pattern.startswith("^"))
    return int(MAX_STEPS ** (1 / power)) if repeats else 1_000_000


def _scan(pattern: str) -> tuple[int, int, bool]:
    """How many open repeats and optional parts there are, and whether one stands inside another."""
    groups = [_Group()]
    closed: _Group | None = None
    repeats = optional = at = 0
    is_nested = False
    while at < len(pattern):
        sign = pattern[at]
        if sign == "\\":
            is_nested = is_nested or pattern[at + 1 : at + 2].isdigit()  # a reference back makes matching exponential
            at, closed = at + 2, None
            continue
        if sign == "[":
            at, closed = _class_end(pattern, at), None
            continue
        if sign == "(":
            groups.append(_Group())
            at, closed = at + (2 if pattern.startswith("(?", at) else 1), None
            continue
        if sign == ")" and len(groups) > 1:
            closed = groups.pop()
            groups[-1].has_repeat |= closed.has_repeat
            at += 1
            continue
        found = _REPEAT.match(pattern, at)
        if found is None:
            groups[-1].has_choice |= sign == "|"
            at, closed = at + 1, None
            continue
        is_open, is_optional = _kind(found)
        if closed is not None and sign != "?":
            is_nested = is_nested or ((closed.has_repeat or closed.has_choice) and (is_open or found[0] != "{1}"))
        groups[-1].has_repeat |= is_open or is_optional
        repeats, optional = repeats + is_open, optional + is_optional
        at, closed = found.end() + (pattern[found.end() : found.end() + 1] in {"?", "+"}), None
    return repeats, optional, is_nested


def _kind(found: re.Match[str]) -> tuple[bool, bool]:
    """Whether a repeat is open (no small upper bound), and whether it is optional (a small range)."""
    if found[0] in {"*", "+"}:
        return True, False
    if found[0] == "?":
        return False, True
    if not found[2]:
        return False, False
    upper = int(found[3]) if found[3] else 10**9
    return upper - int(found[1]) > 8, upper - int(found[1]) <= 8


def _class_end(pattern: str, at: int) -> int:
    """One past the bracket that closes a character class."""
    at += 2 if pattern.startswith("[^", at) else 1
    if pattern.startswith("]", at):
        at += 1
    while at < len(pattern) and pattern[at] != "]":
        at += 2 if pattern[at] == "\\" else 1
    return at + 1
