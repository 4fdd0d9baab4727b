"""When a result counts as the one that an example shows. The rule for floats is said once, here."""

import fnmatch
import math
from typing import Any

RELATIVE, ABSOLUTE = 1e-6, 1e-9
LEAST_DECIMALS = 2
DEEPEST = 200
RULE = (
    "Numbers are equal within 1e-6 (relative) where one is a float, or when the result rounds to the two or more"
    " decimals that the example shows; everything else must be equal exactly, as Python compares it."
)


def same(got: Any, expected: Any, depth: int = 0) -> bool:
    """Compare plain data by `RULE`."""
    if depth > DEEPEST:
        return False
    if isinstance(expected, float) or (isinstance(got, float) and type(expected) is int):
        return isinstance(got, int | float) and _close(got, expected)
    if isinstance(expected, list | tuple):
        if type(got) is not type(expected) or len(got) != len(expected):
            return False
        return all(same(one, other, depth + 1) for one, other in zip(got, expected, strict=True))
    if isinstance(expected, dict):
        if type(got) is not dict or got.keys() != expected.keys():
            return False
        return all(same(got[key], item, depth + 1) for key, item in expected.items())
    return bool(got == expected)


def _close(got: float, expected: float) -> bool:
    if got == expected:
        return True
    try:
        if math.isnan(got) and math.isnan(expected):
            return True
        if math.isclose(got, expected, rel_tol=RELATIVE, abs_tol=ABSOLUTE):
            return True
        finite = math.isfinite(got)
    except OverflowError:  # an int that no float can hold
        return False
    shown = repr(expected).partition(".")[2]
    decimals = len(shown) if shown.isdigit() else 0
    return finite and decimals >= LEAST_DECIMALS and round(got, decimals) == expected


def same_text(got: str, expected: str) -> bool:
    """Compare printed text line by line: spaces at the ends do not count, ``...`` in an example stands for anything."""
    one = "\n".join(line.rstrip() for line in got.strip().splitlines())
    other = "\n".join(line.rstrip() for line in expected.strip().splitlines())
    if one == other:
        return True
    if "..." not in other:
        return False
    escaped = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in other)
    return fnmatch.fnmatchcase(one, escaped.replace("...", "*"))
