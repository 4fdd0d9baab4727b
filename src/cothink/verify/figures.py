"""Cuts prose into the figures and signs that arithmetic is written with; everything else is a word or a break.

LaTeX is flattened first. Each pattern is linear; the length of the text is bounded by the caller.
"""

import re
from dataclasses import dataclass, replace
from fractions import Fraction

_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]{1,80})\}\s*\{([^{}]{1,80})\}")
_TEXT = re.compile(r"\\(?:text|mathrm|mbox|textbf|mathbf)\s*\{([^{}]{0,120})\}")
_MIXED = re.compile(r"(?<![\d.}])(\d{1,6})\s?\\[dt]?frac\s*\{(\d{1,6})\}\s*\{(\d{1,6})\}")
_REPLACED = (
    (re.compile(r"<<[^<>\n]{0,120}>>"), ""),
    (re.compile(r"\\(?:times|cdot|ast)(?![a-zA-Z])|[×·⋅∗✕✖]"), " * "),
    (re.compile(r"\\div(?![a-zA-Z])|[÷∕⁄]"), " / "),
    (re.compile(r"\\approx(?![a-zA-Z])|\\simeq(?![a-zA-Z])|≒|≅"), " ≈ "),
    (re.compile(r"\\(?:left|right|quad|qquad|displaystyle|big|Big)(?![a-zA-Z])|\\[,;:! ]|&"), " "),
    (re.compile(r"\\[()\[\]]"), " "),
    (re.compile(r"\{,\}"), ","),
    (re.compile(r"\^\{([^{}]{1,20})\}"), r"^(\1)"),
    (re.compile(r"\\boxed\s*\{([^{}]{0,80})\}"), r" \1 "),
    (re.compile(r"\\begin\{[a-z]+\*?\}|\\end\{[a-z]+\*?\}"), "\n"),
    (re.compile(r"\\\\"), "\n"),
    (re.compile(r"\\([$%])"), r"\1"),
    (re.compile(r"[−–—﹣－]"), "-"),
    (re.compile(r"[＝]"), "="),
    (re.compile(r"（"), "("),
    (re.compile(r"）"), ")"),
    (re.compile(r"[＋]"), "+"),
    (re.compile(r"(?<=\d)\s?²"), "^2"),
    (re.compile(r"(?<=\d)\s?³"), "^3"),
    (re.compile(r"(?<=\d)\s?\*\*\s?(?=[\d(])"), "^"),
    (re.compile(r"(?<=\d)(?:\.\.\.|…)"), ""),
    (re.compile(r"\*\*+|__+|`"), ""),
    (re.compile(r"([=≈]\s*)\*(?=\s?[$\d])"), r"\1"),
    (re.compile(r"\n[ \t]*(?=[=≈])|(?<=[=≈])[ \t]*\n[ \t]*"), " "),
    (re.compile(r"(?m)^[ \t>]*(?:#{1,6}[ \t]+)?(?:\(?\d{1,3}[.)](?=[ \t])|[*•+](?=[ \t]))"), ""),
)
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r]+)
    |(?P<number>(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|(?<![\d.])\.\d+)
    |(?P<currency>US\$|[$€£¥￥])
    |(?P<bad>[=<>!]=|=>|<|>|≠|→|_|\\[A-Za-z]+|[{}|\[\]√∛∜≡~^](?=\s*[A-Za-z])|[{}|\[\]√∛∜≡~'′″°\\])
    |(?P<equals>[=≈])
    |(?P<op>[-+*/^()])
    |(?P<percent>%|％)
    |(?P<word>[A-Za-z]{1,2}\d{1,9}(?!\w)|[^\W\d_](?:[^\W\d_]|['’-](?=[^\W\d_]))*)
    |(?P<stop>.|\n)
    """,
    re.VERBOSE,
)
_SPLIT_THOUSANDS = re.compile(r"\d, \d{3}(?!\d)(?=\s?[-+*/=])")
_MAY_CLAIM = re.compile(r"[=≈]|\b(?:is|equals)\b")
_OPERATORS = {"plus": "+", "minus": "-", "times": "*", "x": "*", "X": "*"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One piece of text.

    Args:
        kind: `number`, `op`, `equals`, `word`, `bad` (makes its surroundings no arithmetic) or `stop` (ends a
            statement).
        text: As written.
        start: Where it begins in the flattened text.
        end: Where it ends.
        value: A number's value.
        places: A number's digits after the point.
        is_percent: Whether a per cent sign follows the number.
        glued: Whether it touches what comes before.
    """

    kind: str
    text: str
    start: int
    end: int
    value: Fraction = Fraction(0)
    places: int = 0
    is_percent: bool = False
    glued: bool = False


def flatten(text: str) -> str:
    """Write LaTeX and Markdown arithmetic as plain text."""
    text = _MIXED.sub(r"\1 \2/\3", _TEXT.sub(r" \1 ", text))
    for pattern, plain in _REPLACED:
        text = pattern.sub(plain, text)
    for _ in range(3):
        text = _FRACTION.sub(r"((\1)/(\2))", text)
    return text


def figures(text: str, *, whole: bool = True) -> list[Figure]:
    """Cut flattened text into figures; spaces and currency signs leave none.

    Args:
        text: Text from `flatten`.
        whole: Whether every line is cut; else only those with an equals sign or its words, which is faster.
    """
    found: list[Figure] = []
    start = 0
    for line in text.splitlines(keepends=True):
        if whole or _MAY_CLAIM.search(line):
            _cut(text, start, start + len(line), found)
        else:
            found.append(Figure("stop", "\n", start, start + len(line)))
        start += len(line)
    return _with_words_read(_with_stops(found, text))


def _cut(text: str, start: int, end: int, found: list[Figure]) -> None:
    """Cut one line, and put its figures behind those found so far."""
    glued = False
    for match in _TOKEN.finditer(text, start, end):
        kind = str(match.lastgroup)
        if kind in {"space", "currency"}:
            glued = glued and kind == "currency"
            continue
        if kind == "percent":
            if found and found[-1].kind == "number":
                found[-1] = replace(found[-1], is_percent=True, end=match.end(), text=found[-1].text + "%")
        else:
            found.append(_figure(kind, match, glued))
        glued = True


def _figure(kind: str, match: re.Match[str], glued: bool) -> Figure:
    text = match[0]
    if kind == "number":
        digits = text.replace(",", "")
        if len(digits) > 60 or re.match(r"0\d", digits):
            return Figure("bad", text, match.start(), match.end(), glued=glued)
        places = len(digits.partition(".")[2])
        value = Fraction("0" + digits if digits.startswith(".") else digits)
        return Figure("number", text, match.start(), match.end(), value, places, glued=glued)
    return Figure(kind, text, match.start(), match.end(), glued=glued)


def _with_stops(found: list[Figure], text: str) -> list[Figure]:
    """A colon, point or comma between two digits is a time, date, version or slip: no arithmetic there."""
    for at, figure in enumerate(found):
        if figure.kind != "stop" or not 0 < figure.start < len(text) - 1:
            continue
        if _spoils(found[at - 1] if at else None, figure, text):
            found[at] = replace(figure, kind="bad")
        elif figure.text == "!" and found[at - 1].kind == "number" and figure.glued:
            # A factorial or an exclamation: only a sign behind it can tell.
            found[at] = replace(figure, kind="op" if _is_sign(found, at + 1) else "bad")
    return found


def _spoils(before: Figure | None, figure: Figure, text: str) -> bool:
    """A stop behind a sign (`. 84 +. 5`), in split thousands (`14, 400 / 80`) or between two digits."""
    if before is not None and before.kind == "op" and before.text not in {")", "!"} and figure.text != "\n":
        return True
    if figure.text == "," and _SPLIT_THOUSANDS.match(text, max(0, figure.start - 1)):
        return True
    return figure.text in ":.," and text[figure.start - 1].isdigit() and text[figure.end].isdigit()


def _is_sign(found: list[Figure], at: int) -> bool:
    return at < len(found) and (found[at].kind == "equals" or found[at].text in {"+", "-", "*", "/", ")"})


def _with_words_read(found: list[Figure]) -> list[Figure]:
    """Read `times`, `x`, `divided by`, `% of`, `percent` and `is` as signs where numbers stand around."""
    read: list[Figure] = []
    at = 0
    while at < len(found):
        figure = found[at]
        before = read[-1] if read else None
        following = found[at + 1] if at + 1 < len(found) else None
        step = 1
        if figure.kind == "word" and before is not None and following is not None:
            step, figure = _word_as_sign(figure, before, found, at, read)
        if figure.kind == "percent" and before is not None:
            read[-1] = replace(before, is_percent=True, end=figure.end, text=f"{before.text}%")
        else:
            read.append(figure)
        at += step
    return read


def _word_as_sign(
    figure: Figure, before: Figure, found: list[Figure], at: int, read: list[Figure]
) -> tuple[int, Figure]:
    word = figure.text.lower()
    ends_value = before.kind == "number" or before.text == ")"
    after = found[at + 1]
    if word in {"percent", "pct"} and before.kind == "number":
        return 1, replace(figure, kind="percent")
    if figure.text in _OPERATORS and ends_value and _starts_value(after):
        return 1, replace(figure, kind="op", text=_OPERATORS[figure.text])
    if word in {"divided", "multiplied"} and ends_value and after.text == "by" and at + 2 < len(found):
        return 2, replace(figure, kind="op", text="/" if word == "divided" else "*", end=after.end)
    if word == "of" and _is_share(read):
        skipped = 1 if after.kind == "word" and after.text.lower() in {"the", "her", "his", "their", "its"} else 0
        if at + 1 + skipped < len(found) and _starts_value(found[at + 1 + skipped]):
            return 1 + skipped, replace(figure, kind="op", text="*", end=found[at + skipped].end)
    if word in {"is", "equals"} and after.kind == "number":
        return 1, replace(figure, kind="equals", text="is")
    return 1, figure


def _starts_value(figure: Figure) -> bool:
    return figure.kind == "number" or figure.text == "("


def _is_share(read: list[Figure]) -> bool:
    """Whether what stands before `of` is a percentage or a fraction."""
    if read[-1].kind == "number" and read[-1].is_percent:
        return True
    if read[-1].text == ")":
        return True
    return len(read) >= 3 and read[-1].kind == "number" and read[-2].text == "/" and read[-3].kind == "number"
