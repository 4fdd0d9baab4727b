"""Recomputes the arithmetic that an answer shows, exactly, and says which step is wrong and what it should be.

It is lenient by design: rounding, run-on chains, per cents as units and unit conversions count as right or as doubtful.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from cothink.core.verdict import Verdict
from cothink.verify.figures import Figure, figures, flatten
from cothink.verify.maths.tree import Undefined, show_number
from cothink.verify.maths.units import known_word
from cothink.verify.statements import Statement, is_mixed, statements
from cothink.verify.sums import Order, work_out

MAX_CHARS = 200_000
MAX_NAMED = 3
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
_TAKEN_BACK = re.compile(
    r"\s{0,3}(?:\?|[.,;!—-]?\s{0,3}(?:\(?\s?(?:wait|no\b|hmm|oops|incorrect|wrong|not\s+(?:right|correct)|actually|which is wrong|is (?:wrong|incorrect|false)|错|不对)))",
    re.IGNORECASE,
)
_HYPOTHETICAL = re.compile(
    r"(?:\bif|suppose|instead of|claim|said|says|wrote|mistake|incorrect|wrong|≠|not)\b[^.\n]{0,40}$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Step:
    """One recomputed statement.

    Args:
        text: As written, in plain text.
        value: What the left side comes to.
        claimed: What the answer says.
        standing: `right`, `wrong` or `doubtful`.
        end: Where it ends in the flattened text.
    """

    text: str
    value: Fraction
    claimed: Fraction
    standing: Literal["right", "wrong", "doubtful"]
    end: int = 0


def check_arithmetic(question: str, answer: str) -> Verdict:
    """Recompute every arithmetic statement of an answer.

    Args:
        question: The question; a wrong statement that it already holds is a quotation and not counted.
        answer: The answer with its steps; its first 200,000 characters are read.

    Returns:
        `falls` with each wrong step and its right value, `stands` when there are steps and all are right (the steps, not
        the reasoning), `unsure` when there is nothing to recompute. It never raises on any text.
    """
    found = steps(answer)
    quoted = _squeeze(question[:MAX_CHARS])
    wrong = [step for step in found if step.standing == "wrong" and _squeeze(step.text) not in quoted]
    wrong = [step for step in wrong if not _is_corrected(step, found)]
    right = sum(step.standing == "right" for step in found)
    if wrong:
        named = "; ".join(_fault(step) for step in wrong[:MAX_NAMED])
        more = f"; and {len(wrong) - MAX_NAMED} more" if len(wrong) > MAX_NAMED else ""
        return Verdict(check="arithmetic", standing="falls", evidence=f"Wrong arithmetic: {named}{more}.")
    if not right:
        return Verdict(
            check="arithmetic", standing="unsure", evidence="No arithmetic step was found that can be recomputed."
        )
    steps_word = "1 arithmetic step is" if right == 1 else f"all {right} arithmetic steps are"
    evidence = (
        f"Recomputed: {steps_word} right. This says nothing of whether they are the steps that the question needs."
    )
    return Verdict(check="arithmetic", standing="stands", evidence=evidence)


def steps(text: str) -> list[Step]:
    """Find and recompute the arithmetic statements of a text, in its order."""
    plain = flatten(text[:MAX_CHARS])
    found = [_judge(statement, plain) for statement in statements(figures(plain))]
    return [step for step in found if step is not None]


def _judge(statement: Statement, plain: str) -> Step | None:
    text = " ".join(plain[statement.start : statement.end].split())
    readings = list(_readings(statement))
    if not readings:
        return None
    value, claimed = readings[0]
    shown = statement.right[-1] if len(statement.right) <= 2 else None
    if any(_agrees(a, b, shown, statement.sign) for a, b in readings):
        return Step(text, value, claimed, "right", statement.end)
    is_doubtful = (
        statement.is_doubtful
        or _may_be_rounded(statement, readings)
        or _may_convert(statement, plain, value, claimed)
        or _is_loose(statement, claimed)
        or _TAKEN_BACK.match(plain, statement.end) is not None
        or _HYPOTHETICAL.search(plain, max(0, statement.start - 60), statement.start) is not None
    )
    return Step(text, value, claimed, "doubtful" if is_doubtful else "wrong", statement.end)


def _readings(statement: Statement) -> Iterator[tuple[Fraction, Fraction]]:
    """Both sides under every reading that people use: a per cent as a hundredth or a unit, a dash as minus or bullet,
    the right side whole or, in a run-on chain, its first number."""
    lefts = [_joined(statement.left)]
    if lefts[0][0].text == "-":
        lefts.append(lefts[0][1:])
    right = _joined(statement.right)
    rights = [right, right[:1]] if len(right) > 1 and right[0].kind == "number" else [right]
    shares = any(figure.is_percent for figure in (*lefts[0], *right))
    factors = (Fraction(1, 100), Fraction(1)) if shares else (Fraction(1),)
    for left, side in itertools.product(lefts, rights):
        for first, second in itertools.product(factors, factors):
            try:
                yield work_out(left, percent=first), work_out(side, percent=second)
            except Undefined:
                continue


def _joined(row: Sequence[Figure]) -> list[Figure]:
    """Write `2 1/2` as one number."""
    joined = list(row)
    for at in range(len(joined) - 4, -1, -1):
        if is_mixed(joined, at):
            whole, above, below = joined[at], joined[at + 1], joined[at + 3]
            joined[at : at + 4] = [
                replace(whole, value=whole.value + above.value / below.value, end=below.end, places=2)
            ]
    return joined


def _agrees(value: Fraction, claimed: Fraction, shown: Figure | None, sign: str) -> bool:
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


def _may_be_rounded(statement: Statement, readings: Sequence[tuple[Fraction, Fraction]]) -> bool:
    """A whole claim for a value that is not whole may be rounded; so may be operands such as 0.33."""
    for value, claimed in readings:
        if value.denominator != 1 and abs(value - claimed) < 1 and claimed.denominator == 1:
            return True
        if statement.sign == "≈" and abs(value - claimed) <= abs(value) / 10:
            return True
    return _operands_may_be_rounded(statement.left, [claimed for _, claimed in readings])


def _operands_may_be_rounded(left: Sequence[Figure], claims: Sequence[Fraction]) -> bool:
    row = _joined(left)
    rounded = [at for at, figure in enumerate(row) if figure.places and figure.text.rstrip("%")[-1] not in "05"]
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


def _may_convert(statement: Statement, plain: str, value: Fraction, claimed: Fraction) -> bool:
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


def _is_loose(statement: Statement, claimed: Fraction) -> bool:
    """`2 + 3 x 4 = 20` and `6 / 1/30 = 180` are right in another order of the signs: loose writing, not a slip."""
    row = _joined(statement.left)
    orders: tuple[Order, ...] = ("written", "last_first", "tight")
    for order in orders:
        try:
            if work_out(row, order=order) == claimed:
                return True
        except Undefined:
            continue
    return False


def _is_corrected(wrong: Step, found: Sequence[Step]) -> bool:
    """Whether a later step computes the same left side rightly."""
    left = _squeeze(wrong.text).partition("=")[0]
    return any(
        step.standing == "right" and step.end > wrong.end and _squeeze(step.text).partition("=")[0] == left
        for step in found
    )


def _squeeze(text: str) -> str:
    return "".join(text.split()).replace("×", "*").replace("$", "").casefold()


def _fault(step: Step) -> str:
    left = re.split(r"[=≈]|\bis\b|\bequals\b", step.text)[0].strip()
    shown = left.replace(" * ", " × ").replace(" / ", " ÷ ")
    return f"{shown[:120]} is {show_number(step.value)[:60]}, the answer says {show_number(step.claimed)[:60]}"
