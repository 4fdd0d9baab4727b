"""Whether two answers to a mathematical question are the same answer, and in words why.

The value decides (see same_value.py); a unit is converted where both answers have one; containers are compared by
their parts.
"""

from fractions import Fraction
from typing import Literal

from cothink.core.verdict import Verdict
from cothink.verify.maths.containers import CONTAINERS, RELATIONS, same_answer
from cothink.verify.maths.exact import exact_value
from cothink.verify.maths.numeric import real_value
from cothink.verify.maths.reading import Reading, read_answer
from cothink.verify.maths.tree import Apply, Name, Node, Number, Undefined, multiply, names, show_number
from cothink.verify.maths.units import Unit

SURE_PLACES = 10

# What a unit without a counterpart may also mean: 25% is 0.25, and 90° is π/2.
_MEANINGS: dict[tuple[tuple[str, int], ...], Node] = {
    (("share", 1),): Number(Fraction(1, 100)),
    (("angle", 1),): Apply("/", (Name("pi"), Number(Fraction(180)))),
}


def answers_equal(first: str, second: str) -> Verdict:
    """Compare two final answers.

    Args:
        first: One answer: plain text or LaTeX, a number, expression, equation, tuple, set, interval, matrix, letter
            or word.
        second: The other; the order does not matter.

    Returns:
        A verdict of the check `equality`: `stands` when they are the same, `falls` when they differ, `unsure` when that
        cannot be told, or when one is a rounding of the other. It never raises on any text.
    """
    verdict = _compare(read_answer(first), read_answer(second), first, second)
    if verdict.stands or not any("," in text for text in (first, second)):
        return verdict
    # `(1,234)` may be a pair: read both again with every comma as a separator.
    left, right = read_answer(first, thousands=False), read_answer(second, thousands=False)
    again = _compare(left, right, first, second)
    return again if again.stands else verdict


def _verdict(standing: Literal["stands", "falls", "unsure"], evidence: str) -> Verdict:
    return Verdict(check="equality", standing=standing, evidence=evidence)


def _compare(left: Reading, right: Reading, first: str, second: str) -> Verdict:
    pair = f"{_short(first)} and {_short(second)}"
    if left.text and left.text == right.text and (left.node == right.node or _one_case(left, right)):
        return _verdict("stands", f"{pair} are the same text.")
    if left.node is None or right.node is None:
        return _compare_words(left, right, pair)
    if left.choice and right.choice:
        return _verdict("falls", f"{pair} are different choices.")
    if left.label and right.label and not _same_label(left.label, right.label):
        return _verdict("unsure", f"{pair} count different things.")
    if left.unit is not None and right.unit is not None:
        factor = _factor(left.unit, right.unit)
        if isinstance(factor, str):
            return _verdict("unsure", f"{pair} {factor}.")
        note = "" if factor == 1 else f" ({left.unit.words} converted to {right.unit.words})"
        return _by_value(same_answer(_scaled(left.node, factor), right.node), pair, note, left, right)
    return _compare_values(left, right, pair)


def _one_case(left: Reading, right: Reading) -> bool:
    """Whether texts that differ in capitals only can differ in no variable: neither uses both cases of a letter."""
    if left.node is None or right.node is None:
        return left.node is right.node
    return all(len({name.casefold() for name in names(node)}) == len(names(node)) for node in (left.node, right.node))


def _compare_words(left: Reading, right: Reading, pair: str) -> Verdict:
    both_words = left.node is None and right.node is None
    if both_words and left.text.isalpha() and right.text.isalpha() and left.text.isascii() and right.text.isascii():
        return _verdict("falls", f"{pair} are different words.")
    return _verdict("unsure", f"{pair} cannot both be read as mathematics.")


def _same_label(first: str, second: str) -> bool:
    return first.rstrip("s") == second.rstrip("s") or first in second or second in first


def _factor(left: Unit, right: Unit) -> Fraction | str:
    """What converts the left unit to the right one, or in words why nothing does."""
    if left.dimensions != right.dimensions:
        return f"measure different things: {left.words} and {right.words}"
    return left.factor_to(right) or f"cannot be converted from {left.words} to {right.words}"


def _scaled(node: Node, factor: Fraction) -> Node:
    if factor == 1:
        return node
    if isinstance(node, Apply) and node.head in CONTAINERS:
        return Apply(node.head, tuple(_scaled(part, factor) for part in node.args))
    return multiply(node, Number(factor))


def _compare_values(left: Reading, right: Reading, pair: str) -> Verdict:
    same = _same_readings(left, right)
    with_unit, other = (left, right) if left.unit is not None else (right, left)
    if with_unit.unit is None:
        return _by_value(same, pair, "", left, right)
    if same:
        return _by_value(True, pair, f" by the number; only one names the unit {with_unit.unit.words}", left, right)
    meaning = _MEANINGS.get(with_unit.unit.dimensions)
    if meaning is not None and with_unit.node is not None and other.node is not None:
        same = same_answer(multiply(with_unit.node, meaning), other.node)
    return _by_value(same, pair, "", left, right)


def _same_readings(left: Reading, right: Reading) -> bool | None:
    """Compare the values; `x = 5` gets its name back where the other answer is an equation."""
    nodes = []
    for reading, other in ((left, right), (right, left)):
        node = reading.node
        if node is None:
            return None
        is_equation = isinstance(other.node, Apply) and other.node.head in RELATIONS
        nodes.append(Apply("=", (Name(reading.name), node)) if reading.name and is_equation else node)
    return same_answer(nodes[0], nodes[1])


def _by_value(same: bool | None, pair: str, note: str, left: Reading, right: Reading) -> Verdict:
    if same:
        return _verdict("stands", f"{pair} are equal{note}.")
    if same is None:
        return _verdict("unsure", f"{pair} could not be compared.")
    rounded = _rounding(left, right)
    if rounded is None:
        return _verdict("falls", f"{pair} are not equal{_difference(left, right)}.")
    is_fine = left.is_rough or right.is_rough or rounded.places >= SURE_PLACES
    standing: Literal["stands", "unsure"] = "stands" if is_fine else "unsure"
    return _verdict(standing, f"{pair}: one is the other rounded to {rounded.places} places.")


def _rounding(left: Reading, right: Reading) -> Number | None:
    """The side that is a decimal rounded or cut from the other, finer one."""
    if left.unit and right.unit and left.unit.factor != right.unit.factor:
        return None
    for short, long in ((left.node, right.node), (right.node, left.node)):
        if isinstance(short, Apply) and short.head == "neg" and long is not None:
            short, long = short.args[0], Apply("neg", (long,))  # noqa: PLW2901  # both signs turned
        if long is None or not isinstance(short, Number):
            continue
        places = short.places
        is_finer = not isinstance(long, Number) or long.places > places or long.value.denominator % 3 == 0
        if places < 1 or not is_finer:
            continue
        try:
            apart = abs(Fraction(real_value(long, {})) - short.value)
        except Undefined:
            continue
        # A long decimal is a float's print, which may be off by one in its last place.
        allowed = Fraction(1, 10**places) if places >= SURE_PLACES else Fraction(1, 2 * 10**places)
        if apart <= allowed:
            return short
    return None


def _difference(left: Reading, right: Reading) -> str:
    """In words, by how much two plain numbers differ."""
    if left.node is None or right.node is None or left.unit != right.unit:
        return ""
    try:
        gap = show_number(abs(exact_value(left.node) - exact_value(right.node)))
    except Undefined:
        return ""
    return f"; they differ by {gap}" if len(gap) <= 20 else ""


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return f"“{plain[:80]}…”" if len(plain) > 80 else f"“{plain}”"
