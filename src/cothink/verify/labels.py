"""Takes the words that name what a number counts (`5 hours`, `60 miles/hour`) out of a row of figures.

A variable (`2x`), a clause (`9 because`) and a share (`1/3 of Ann`) are no labels: they end or spoil the row.
"""

import re
from dataclasses import dataclass, replace

from cothink.verify.figures import Figure

MAX_LABEL_WORDS = 4
# Words that join clauses: what stands before one counts something else.
_JOINING = frozenset(
    re.findall(
        r"\S+",
        "because so and or then but since gives gave get gets means makes was were he "
        "she they it which that when where while if = have has",
    )
)
SCALES = frozenset(
    re.findall(
        r"\S+",
        "hundred thousand million billion trillion k dozen dozens pair pairs half halves couple score",
    )
)


@dataclass(frozen=True, slots=True)
class Segment:
    """The figures between two equals signs, with labels taken out."""

    row: tuple[Figure, ...]
    labels: frozenset[str]
    is_scaled: bool


def without_labels(segment: list[Figure]) -> Segment:
    """Take out the words that name what a number counts: up to four behind it, before a sign or the end."""
    row: list[Figure] = []
    labels: set[str] = set()
    at = 0
    while at < len(segment):
        end = _label_end(segment, at) if row and (row[-1].kind == "number" or row[-1].text == ")") else at
        words = [figure.text.lower() for figure in segment[at:end] if figure.kind == "word"]
        if end > at and _is_label(segment[at:end], row):
            labels.update(words)
            at = end
            continue
        figure = segment[at]
        row.append(replace(figure, kind="bad") if figure.kind == "word" and _is_variable(figure, row) else figure)
        at += 1
    return Segment(tuple(row), frozenset(labels), bool(labels & SCALES))


def _is_label(part: list[Figure], row: list[Figure]) -> bool:
    """Whether these words count something: no variable (`2a`), clause (`9 because`) or share of a thing."""
    words = [figure for figure in part if figure.kind == "word"]
    if any(_is_letter(figure.text) or figure.text.lower() in _JOINING for figure in words):
        return False
    first = words[0].text
    if (
        part[0].glued
        and part[0] is words[0]
        and (first[0].isupper() or first == "a" or row[-1].text == ")" or "π" in first)
    ):
        return False
    is_share = row[-1].is_percent or (len(row) > 1 and row[-2].text == "/")
    return not (is_share and words[0].text == "of")


def _label_end(segment: list[Figure], at: int) -> int:
    """Where a label that begins here ends; `at` itself where there is none."""
    end = at
    words = 0
    while end < len(segment):
        figure = segment[end]
        joins = figure.text in {"/", "-"} and end + 1 < len(segment) and segment[end + 1].kind == "word"
        if (
            joins
            and (figure.glued or words)
            and not _is_letter(segment[end + 1].text)
            and (figure.text == "/" or figure.glued)
        ):
            end += 1
            continue
        if figure.kind != "word":
            break
        words += 1
        end += 1
    is_closed = end == len(segment) or segment[end].kind == "op"
    return end if words and words <= MAX_LABEL_WORDS and is_closed else at


def _is_variable(figure: Figure, row: list[Figure]) -> bool:
    glued_to_number = figure.glued and bool(row) and row[-1].kind == "number"
    return (
        _is_letter(figure.text) or glued_to_number or (figure.text == "of" and bool(row) and row[-1].kind == "number")
    )


def _is_letter(word: str) -> bool:
    """A single Latin or Greek letter, or one with digits, stands for a variable."""
    return (len(word) == 1 and word != "a" and ord(word) < 0x2E80) or bool(re.fullmatch(r"[A-Za-z]\d+", word))
