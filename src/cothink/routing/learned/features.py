"""Numbers that describe a prompt: its size, figures, structure and words. Nothing but the prompt's own text is read.

Two parts: a short dense vector by name (`NAMES`), and hashed words and pairs of words of the *template*, in which every
number is one sign, so that the prompts of one kind of task share most of it. No pattern here can backtrack.
"""

import math
import re
import zlib
from collections import Counter
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cothink.routing.learned.words import FAMILIES, family_of

HEAD_CHARS = 3_000  # of a longer prompt its ends are read, so that a decision stays within its milliseconds
TAIL_CHARS = 1_000
BUCKETS = 1 << 13

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_WORD = re.compile(r"[a-z]+|\d[\d.,]*|[^\sa-z\d]")
_SIGNS = "+-*/=<>^%|&!?.,:;'\"()[]{}_#`$\\~@"
_BULLET = re.compile(r"^(?:[-*•]|\d{1,2}[.):]|[A-E][.)])$")
_SHOWN = frozenset({"example", "examples", "input", "output"})

_PLAIN = (
    "chars", "words", "lines", "words_a_line", "longest_line", "longest_word", "word_chars", "distinct_words",
    "numbers", "distinct_numbers", "most_digits", "all_digits", "mean_digits", "largest", "decimals", "most_decimals",
    "digit_share", "upper_share", "space_share", "other_share", "distinct_chars", "sign_share",
    "list_items", "longest_list", "depth",
    "rows", "row_cells", "row_run", "row_kinds", "bullets", "repeats", "last_line", "last_numbers", "first_line",
    "asks_last", "examples", "largest_bullet_line", "power_digits",
)  # fmt: skip
_COUNTED: dict[str, re.Pattern[str]] = {
    "calls": re.compile(r"\.[a-z_]+\("),
    "slices": re.compile(r"\w\["),
    "assigned": re.compile(r" [-+*]?= "),
    "indents": re.compile(r"^ {8}", re.MULTILINE),
    "latex": re.compile(r"\\[a-zA-Z]+"),
    "fractions": re.compile(r"\d/\d|\\frac"),
    "sentences": re.compile(r"[.?!](?:\s|$)"),
    "capitals": re.compile(r"[A-Z][a-z]"),
}
_NAMED: dict[str, tuple[str, ...]] = {
    "loops": ("for", "while"),
    "branches": ("if", "elif", "else"),
    "builtins": ("lambda", "sorted", "join", "split", "replace", "append", "pop", "enumerate", "range", "zip"),
    "percents": ("%", "percent"),
    "compared": (
        "than",
        "times",
        "twice",
        "half",
        "double",
        "third",
        "quarter",
        "remaining",
        "rest",
        "total",
        "average",
    ),
    "each": ("each", "every", "per"),
    "supposed": ("suppose", "let", "such", "given", "when"),
    "denied": ("not", "except", "least", "never", "false", "incorrect"),
    "unknowns": tuple("bcdefghjklmnopqrstuvwxyz"),
}
_QUOTED = re.compile(r"'([^'\n]*)'|\"([^\"\n]*)\"")
_GENERAL: tuple[str, ...] = (
    *_PLAIN,
    *_COUNTED,
    *_NAMED,
    "quoted",
    "longest_quoted",
    "longest_option",
    "option_spread",
)
NAMES: tuple[str, ...] = (
    *_GENERAL,
    *(f"sign_{ord(sign):02x}" for sign in _SIGNS),
    *(f"asks_{name}" for name in FAMILIES),
)

GENERAL = len(_GENERAL)  # so many stand first: those that say how large a task is, not what it is about

Vector = NDArray[np.float32]


def excerpt(prompt: str) -> str:
    """The ends of a long prompt."""
    if len(prompt) <= HEAD_CHARS + TAIL_CHARS:
        return prompt
    return f"{prompt[:HEAD_CHARS]}\n{prompt[-TAIL_CHARS:]}"


def read(prompt: str) -> tuple[Vector, NDArray[np.int32]]:
    """Return the numbers of `NAMES` and the buckets of the template's words and pairs, sorted, each once.

    Counts are logarithms, so that twice as much is one step anywhere.
    """
    text = excerpt(prompt)
    lines = text.split("\n")
    words = _WORD.findall(text.lower())
    tokens = Counter(words)
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32)
    values = [*_sizes(prompt, text, lines), *_figures(text), *_signs(codes), *_nested(text), *_structure(lines)]
    values.append(float(math.log1p(sum(tokens[word] for word in _SHOWN))))
    values += _long_ends(lines)
    values += [math.log1p(len(pattern.findall(text))) for pattern in _COUNTED.values()]
    values += [math.log1p(sum(map(tokens.__getitem__, some))) for some in _NAMED.values()]
    values += [*_quoted(text), *_options(lines)]
    counts = np.bincount(np.minimum(codes, 128), minlength=129)
    values += [math.log1p(int(counts[ord(sign)])) for sign in _SIGNS]
    asked = [0] * len(FAMILIES)
    for token, count in tokens.items():
        family = family_of(token)
        if family is not None:
            asked[family] += count
    values += [math.log1p(count) for count in asked]
    return np.asarray(values, dtype=np.float32), _buckets(words)


def _buckets(words: list[str]) -> NDArray[np.int32]:
    tokens = ["0" if token[0].isdigit() else token for token in words]
    found = set(tokens)
    found.update(map(" ".join, set(pairwise(tokens))))
    sums = [zlib.crc32(one.encode("utf-8", "replace")) for one in found]
    return np.unique(np.asarray(sums, dtype=np.uint32) % BUCKETS).astype(np.int32)


def _sizes(prompt: str, text: str, lines: list[str]) -> list[float]:
    words = text.split()
    grown = len(prompt) / max(1, len(text))
    count = max(1, len(words))
    return [
        math.log1p(len(prompt)),
        math.log1p(len(words) * grown),
        math.log1p(len(lines) * grown),
        math.log1p(len(words) / len(lines)),
        math.log1p(max(map(len, lines))),
        math.log1p(max(map(len, words), default=0)),
        math.log1p(sum(map(len, words)) / count),
        len(set(words)) / count,
    ]


def _figures(text: str) -> list[float]:
    numbers = _NUMBER.findall(text)
    whole = [number.find(".") if "." in number else len(number) for number in numbers]
    decimals = [len(number) - size - 1 for number, size in zip(numbers, whole, strict=True) if size < len(number)]
    largest = max((float(number) for number in numbers if len(number) <= 15), default=0.0)
    return [
        math.log1p(len(numbers)),
        math.log1p(len(set(numbers))),
        math.log1p(max(whole, default=0)),
        math.log1p(sum(whole)),
        math.log1p(sum(whole) / max(1, len(numbers))),
        math.log1p(largest),
        math.log1p(len(decimals)),
        float(min(20, max(decimals, default=0))),
    ]


def _signs(codes: NDArray[np.uint32]) -> list[float]:
    counts = np.bincount(np.minimum(codes, 128), minlength=129).astype(np.float64)
    total = max(1, len(codes))
    digit, upper, lower = counts[48:58].sum(), counts[65:91].sum(), counts[97:123].sum()
    space = counts[32] + counts[10] + counts[9]
    other = counts[128]
    wide = len(np.unique(codes[codes > 127])) if other else 0
    plain = (total - digit - upper - lower - space - other) / total
    return [
        float(digit / total),
        float(upper / total),
        float(space / total),
        float(other / total),
        math.log1p(int((counts[:128] > 0).sum()) + wide),
        float(plain),
    ]


def _nested(text: str) -> list[float]:
    """Items in all brackets, items in the longest one, and how deep brackets stand in each other."""
    depth = deepest = 0
    items = longest = run = 0
    for sign in re.findall(r"[()\[\]{},]", text):
        if sign == ",":
            if depth:
                run += 1
                items += 1
                longest = max(longest, run)
        elif sign in "([{":
            depth += 1
            deepest = max(deepest, depth)
            run = 0
        else:
            depth = max(0, depth - 1)
            run = 0 if depth == 0 else run
    return [math.log1p(items), math.log1p(longest), float(min(deepest, 12))]


def _structure(lines: list[str]) -> list[float]:
    rows: list[int] = []
    kinds: set[str] = set()
    run = best = width = last = bullets = 0
    for line in lines:
        cells = line.split(None, 60)
        if cells and _BULLET.match(cells[0]):
            bullets += 1
        size = _cells(cells)
        if size:
            rows.append(size)
            kinds.add(line)
            run = run + 1 if size == last else 1
            if run > best:
                best, width = run, size
        else:
            run = 0
        last = size
    filled = [line for line in lines if line.strip()] or [""]
    return [
        math.log1p(len(rows)),
        math.log1p(width),
        math.log1p(best if best > 1 else 0),
        math.log1p(len(kinds)),
        math.log1p(bullets),
        len(set(filled)) / len(filled),
        math.log1p(len(filled[-1])),
        math.log1p(len(_NUMBER.findall(filled[-1]))),
        math.log1p(len(filled[0])),
        float("?" in filled[-1]),
    ]


def _cells(cells: list[str]) -> int:
    """How many cells a line has, if it looks like a row of a grid: short cells, or one block of signs."""
    if len(cells) >= 3 and max(map(len, cells)) <= 5:
        return len(cells)
    if len(cells) == 1 and 4 <= len(cells[0]) <= 60 and not cells[0].isalpha():
        return len(cells[0])
    return 0


def _quoted(text: str) -> list[float]:
    lengths = [max(len(one), len(other)) for one, other in _QUOTED.findall(text)]
    return [math.log1p(len(lengths)), math.log1p(max(lengths, default=0))]


def _options(lines: list[str]) -> list[float]:
    lengths = [len(line) for line in lines if line[1:3] in {". ", ") "} and line[0] in "ABCDE"]
    if not lengths:
        return [0.0, 0.0]
    return [math.log1p(max(lengths)), math.log1p(max(lengths) - min(lengths))]


def _long_ends(lines: list[str]) -> list[float]:
    longest = max(
        (len(line) for line in lines if _BULLET.match(line.split(None, 1)[0] if line.strip() else "")), default=0
    )
    figures = max((sum(map(str.isdigit, line)) for line in lines), default=0)
    return [math.log1p(longest), math.log1p(figures)]
