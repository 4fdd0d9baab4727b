"""Finds the arithmetic statements of a text: what stands left and right of an equals sign and is made of numbers only.

A statement next to a variable, a function, a range or a word that changes its meaning is marked doubtful: it may
count as right, never as wrong, because calling a right answer wrong costs an expert's call.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cothink.verify.figures import Figure
from cothink.verify.labels import SCALES, Segment, without_labels

MAX_STATEMENTS = 500
# Words before a sum that make it part of a larger one, or that say it is not claimed.
_CHANGES = frozenset(
    re.findall(
        r"\S+",
        "of half twice double triple thrice third thirds quarter quarters plus minus times by sum product difference "
        "quotient average mean mod log ln sin cos tan sqrt root square cube than per choose base negative if suppose "
        "not says said claims claimed wrote instead thought would wrong incorrect incorrectly mistake assume assuming "
        "over squared cubed",
    )
)
# Before `of` or `by`: what follows is only what it works on.
_TAKES_PART = frozenset(
    re.findall(
        r"\S+",
        "half halves third thirds quarter quarters fourth fourths fifth fifths sixth eighth tenth tenths twice "
        "double sum digit digits factor factors divisor divisors coefficient "
        "product difference quotient average mean median square cube root power multiple fraction percent percentage "
        "ratio divided multiplied divide multiply dividing multiplying times increased decreased reduced increase "
        "decrease most rest remainder all one two three",
    )
)
_NUMBERED = frozenset(
    re.findall(
        r"\S+",
        "week weeks day days page pages chapter chapters grade grades year years month months step steps item items "
        "question questions",
    )
)
_AFTER = frozenset(re.findall(r"\S+", "remainder rem r x percent squared cubed mod")) | SCALES
_AFTER_IS = frozenset({"more", "less", "fewer", "times", "of"})


@dataclass(frozen=True, slots=True)
class Statement:
    """One equality between two rows of figures.

    Args:
        left: The figures before the sign.
        right: The figures after it.
        sign: `=`, `≈` or `is`.
        start: Where the left side begins in the flattened text.
        end: Where the right side ends.
        is_doubtful: Whether its surroundings could change its meaning.
        labels: The words between the figures (`hours`, `apples`), lower case.
    """

    left: tuple[Figure, ...]
    right: tuple[Figure, ...]
    sign: str
    start: int
    end: int
    is_doubtful: bool
    labels: frozenset[str]


def statements(found: Sequence[Figure]) -> list[Statement]:
    """Find every statement, in the order of the text, up to 500."""
    result: list[Statement] = []
    for run in _runs(found):
        segments, signs = _split(run)
        rows = [without_labels(segment) for segment in segments]
        for at, sign in enumerate(signs):
            statement = _statement(rows[at], rows[at + 1], sign, is_first=at == 0 or signs[at - 1].text == "is")
            if statement is not None:
                result.append(statement)
            if len(result) >= MAX_STATEMENTS:
                return result
    return result


def _runs(found: Sequence[Figure]) -> list[list[Figure]]:
    runs: list[list[Figure]] = [[]]
    for figure in found:
        if figure.kind == "stop":
            runs.append([])
        else:
            runs[-1].append(figure)
    return [run for run in runs if any(figure.kind == "equals" for figure in run)]


def _split(run: list[Figure]) -> tuple[list[list[Figure]], list[Figure]]:
    segments: list[list[Figure]] = [[]]
    signs: list[Figure] = []
    for figure in run:
        if figure.kind == "equals":
            signs.append(figure)
            segments.append([])
        else:
            segments[-1].append(figure)
    return segments, signs


def _statement(before: Segment, after: Segment, sign: Figure, *, is_first: bool) -> Statement | None:
    left, left_doubt = _suffix(before.row)
    right, right_doubt = _prefix(after.row, _AFTER | _AFTER_IS if sign.text == "is" else _AFTER)
    if not left or not right:
        return None
    if sign.text == "is" and (not _has_sum(left) or _has_sign(right) or len(right) != 1):
        return None
    if not _has_sign(left) and not _has_sign(right):
        return None
    is_bare = is_first and not _has_sign(left)
    weak = sign.text == "is" and left[0] is not before.row[0]  # `the last digit of 8^6 is 4`
    weak = weak and any(figure.text == "of" and figure.end <= left[0].start for figure in before.row)
    doubt = weak or left_doubt or right_doubt or before.is_scaled or after.is_scaled or is_bare or _mixes(left, right)
    return Statement(left, right, sign.text, left[0].start, right[-1].end, doubt, before.labels | after.labels)


def _suffix(row: tuple[Figure, ...]) -> tuple[tuple[Figure, ...], bool]:
    """The longest row of figures that ends here, and whether what stands before it is a cause for doubt."""
    start = len(row)
    depth = 0
    while start > 0:
        figure = row[start - 1]
        if figure.kind not in {"number", "op"} or _is_gap(row, start):
            break
        depth += (figure.text == ")") - (figure.text == "(")
        if depth < 0:
            break
        start -= 1
    if depth > 0:
        start = _after_open_bracket(row, start)
    before = row[start - 1] if start else None
    part = row[start:]
    if not part:
        return (), True
    if part[0].text in {"*", "/", "^", "+", "!"} or (before is not None and before.kind == "bad"):
        return (), True
    doubt = before is not None and (before.kind == "number" or _changes(row, start) or _touches(before, part[0]))
    doubt = doubt or _opens_larger(row, start) or _is_range(before, part)
    doubt = doubt or (before is not None and before.text == ")" and part[0].text == "(")
    if part[0].text == "-":
        doubt = doubt or (before is not None and not (len(part) > 1 and part[1].glued))
    return part, doubt


def _changes(row: tuple[Figure, ...], start: int) -> bool:
    """Whether the word before makes the row a part of something: `half of`, but not `a total of`."""
    word = row[start - 1].text.lower()
    if word == "and":
        return start > 1 and row[start - 2].kind == "number"  # `1 and 1/4`
    if word not in {"of", "by"}:
        return word in _CHANGES
    if start < 2:
        return True
    return row[start - 2].kind != "word" or row[start - 2].text.lower() in _TAKES_PART


def _touches(before: Figure, first: Figure) -> bool:
    """`f(3)` calls a function, and `the host (1) + 2` counts the host: a word before a bracket."""
    return first.text == "(" and before.kind == "word"


def _opens_larger(row: tuple[Figure, ...], start: int) -> bool:
    """`100 + (100 * 2 = 300`: the row begins inside a bracket of a larger sum."""
    return start > 1 and row[start - 1].text == "(" and row[start - 2].kind in {"op", "number", "bad"}


def _is_range(before: Figure | None, part: tuple[Figure, ...]) -> bool:
    """`Weeks 1-2`: numbers of things, not a difference."""
    return before is not None and before.text.lower() in _NUMBERED and len(part) > 1 and part[1].text == "-"


def _is_gap(row: tuple[Figure, ...], start: int) -> bool:
    """Two values side by side without a sign: they belong together only as `2 1/2` or `2(3)`."""
    if start >= len(row):
        return False
    this, following = row[start - 1], row[start]
    if following.kind == "number" and (this.kind == "number" or this.text == ")"):
        return not is_mixed(row, start - 1)
    return following.text == "(" and (this.kind == "number" or this.text == ")") and not following.glued


def is_mixed(row: Sequence[Figure], at: int) -> bool:
    """Whether `2 1/2` begins at this place: a whole number, then a fraction below one."""
    if at + 3 >= len(row) or row[at + 2].text != "/" or row[at].places or row[at].kind != "number":
        return False
    above, below = row[at + 1], row[at + 3]
    return above.kind == below.kind == "number" and 0 < above.value < below.value and not above.places


def _after_open_bracket(row: tuple[Figure, ...], start: int) -> int:
    """Leave out a bracket that closes here but opened before the row."""
    depth = 0
    for at in range(len(row) - 1, start - 1, -1):
        depth += (row[at].text == ")") - (row[at].text == "(")
        if row[at].text == ")" and _unmatched(row, start, at):
            return at + 1
    return start


def _unmatched(row: tuple[Figure, ...], start: int, closing: int) -> bool:
    depth = 0
    for at in range(closing, start - 1, -1):
        depth += (row[at].text == ")") - (row[at].text == "(")
        if depth == 0:
            return False
    return True


def _prefix(row: tuple[Figure, ...], doubtful: frozenset[str]) -> tuple[tuple[Figure, ...], bool]:
    """The longest row of figures that begins here, and whether what follows is a cause for doubt."""
    end = 0
    opened: list[int] = []
    while end < len(row) and row[end].kind in {"number", "op"} and not (end and _is_gap(row, end)):
        if row[end].text == "(":
            opened.append(end)
        elif row[end].text == ")":
            if not opened:
                break
            opened.pop()
        end += 1
    following = row[end] if end < len(row) else None
    if opened:
        end, following = opened[0], None
    while end and row[end - 1].kind == "op" and row[end - 1].text not in {")", "!"}:
        end -= 1
        if row[end].text != "-":
            return (), True
    if not end:
        return (), True
    if following is None:
        return row[:end], False
    goes_on = following.text == "(" and end + 1 < len(row) and row[end + 1].kind in {"number", "op"}
    return row[:end], goes_on or following.kind in {"bad", "number"} or following.text.lower() in doubtful


def _has_sign(row: Sequence[Figure]) -> bool:
    """Whether two values are joined in the row; a lone `(-11)` is a value."""
    return any(
        row[at].kind == "op"
        and row[at].text != ")"
        and (row[at - 1].kind == "number" or row[at - 1].text in {")", "!"})
        for at in range(1, len(row))
    )


def _has_sum(row: Sequence[Figure]) -> bool:
    """More than a lone fraction or range, for the weak sign `is`."""
    signs = [figure.text for figure in row if figure.kind == "op" and figure.text not in {"(", ")"}]
    return bool(signs) and signs not in (["/"], ["-"])


def _mixes(left: Sequence[Figure], right: Sequence[Figure]) -> bool:
    """Whether per cents are added to plain numbers: `50 + 20% = 60` has a meaning of its own."""
    numbers = [figure for figure in (*left, *right) if figure.kind == "number"]
    added = any(figure.text in {"+", "-"} for figure in left[1:])
    shares = sum(figure.is_percent for figure in numbers)
    return added and 0 < shares < len(numbers) and any(f.value >= 2 and not f.is_percent for f in numbers)
