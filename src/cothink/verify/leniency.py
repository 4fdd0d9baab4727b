"""What people write that is no slip though the numbers differ: rounding, unit conversion, a loose order of signs."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from cothink.verify.figures import Figure
from cothink.verify.maths.tree import Undefined
from cothink.verify.maths.units import known_word
from cothink.verify.statements import Statement, is_mixed
from cothink.verify.sums import Order, work_out

_CONVERSIONS = frozenset(
    Fraction(n)
    for n in (
        2,
        3,
        4,
        5,
        7,
        8,
        10,
        12,
        16,
        20,
        24,
        25,
        30,
        36,
        50,
        52,
        60,
        100,
        365,
        1000,
        1440,
        1760,
        3600,
        5280,
        10_000,
        10**6,
    )
)


def joined(row: Sequence[Figure]) -> list[Figure]:
    """Write `2 1/2` as one number."""
    joined = list(row)
    for at in range(len(joined) - 4, -1, -1):
        if is_mixed(joined, at):
            whole, above, below = joined[at], joined[at + 1], joined[at + 3]
            joined[at : at + 4] = [
                replace(whole, value=whole.value + above.value / below.value, end=below.end, places=2)
            ]
    return joined


def agrees(value: Fraction, claimed: Fraction, shown: Figure | None, sign: str) -> bool:
    """Equal, or rounded or cut to the places that the answer shows."""
    if value == claimed:
        return True
    apart = abs(value - claimed)
    if shown is not None and shown.kind == "number" and shown.places:
        unit = Fraction(1, 10**shown.places) * (
            Fraction(1, 100) if shown.is_percent and abs(claimed) < abs(shown.value) else 1
        )
        if apart < unit:
            return True
    if sign == "≈" and value:
        return apart <= abs(value) / 20 or apart < 1
    return False


def may_be_rounded(statement: Statement, readings: Sequence[tuple[Fraction, Fraction]]) -> bool:
    """A whole claim for a value that is not whole may be rounded; so may be operands such as 0.33."""
    for value, claimed in readings:
        if value.denominator != 1 and abs(value - claimed) < 1 and claimed.denominator == 1:
            return True
        if statement.sign == "≈" and abs(value - claimed) <= abs(value) / 10:
            return True
    return _operands_may_be_rounded(statement.left, [claimed for _, claimed in readings])


def _operands_may_be_rounded(left: Sequence[Figure], claims: Sequence[Fraction]) -> bool:
    row = joined(left)
    rounded = [at for at, figure in enumerate(row) if figure.places and _looks_rounded(figure)]
    if not rounded or len(rounded) > 4:
        return False
    values: list[Fraction] = []
    for signs in itertools.product((-1, 1), repeat=len(rounded)):
        shifted = list(row)
        for at, sign in zip(rounded, signs, strict=True):
            half = Fraction(sign, 2 * 10 ** row[at].places)
            shifted[at] = replace(row[at], value=row[at].value + half)
        try:
            values.append(work_out(shifted))
        except Undefined:
            return True
    return any(min(values) <= claim <= max(values) for claim in claims)


def _looks_rounded(figure: Figure) -> bool:
    """`0.33` and `16.7` may be rounded; `0.1`, `0.25` and `12.50` are taken as written."""
    digits = figure.text.rstrip("%").replace(",", "").replace(".", "").lstrip("0")
    return len(digits) > 1 and digits[-1] not in "05"


def may_convert(statement: Statement, plain: str, value: Fraction, claimed: Fraction) -> bool:
    """Wrong by a factor that units convert by (60, 12, 100 …), where units are about."""
    if not value or not claimed:
        return False
    ratio = max(abs(value / claimed), abs(claimed / value))
    around = plain[statement.start : statement.end + 25].lower()
    words = {*statement.labels, *re.findall(r"[a-z]+", around)}
    has_units = any(known_word(word) for word in words) or any(sign in around for sign in "$¢%€£")
    added = any(figure.text in {"+", "-"} for figure in statement.left[1:])
    kinds = {known_word(word) for word in statement.labels} - {None}
    return has_units and (ratio in _CONVERSIONS or (added and len(kinds) > 1))


def is_loose(statement: Statement, claimed: Fraction) -> bool:
    """`2 + 3 x 4 = 20` and `6 / 1/30 = 180` are right in another order of the signs: loose writing, not a slip."""
    row = joined(statement.left)
    orders: tuple[Order, ...] = ("written", "last_first", "tight")
    for order in orders:
        try:
            if work_out(row, order=order) == claimed:
                return True
        except Undefined:
            continue
    return False
