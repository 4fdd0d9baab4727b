"""Reading questions and answers of puzzles: the answer inside a text, grids, lists, numbers."""

import json
import re
from collections.abc import Iterator
from fractions import Fraction

Grid = list[list[int]]
_TAG = re.compile(r"</?answer>", re.IGNORECASE)
_FENCED = re.compile(r"```[a-z]*\n(.*?)```", re.DOTALL)
_SAID = re.compile(r"(?:final answer|answer)\s*(?:is|:)\s*(.+)\Z", re.IGNORECASE | re.DOTALL)
_DECIMAL = re.compile(r"[-+]?\d+(?:\.\d+)?")
MAX_CHARS = 100_000


def answer_of(text: str) -> str:
    """Return the final answer of a text: in the last ``<answer>`` tag, else the last code fence, else after "Answer:",
    else the whole text."""
    text = text[-MAX_CHARS:]
    found = [*_FENCED.findall(text), *_tagged(text)]
    if found:
        return str(found[-1]).strip("\n")
    said = _SAID.search(text)
    return (said[1] if said else text).strip("\n ").strip("*")


def _tagged(text: str) -> Iterator[str]:
    """Give what stands in each pair of tags; an opened tag that is never closed costs nothing."""
    opened = None
    for tag in _TAG.finditer(text):
        if not tag[0].startswith("</"):
            opened = tag.end()
        elif opened is not None:
            yield text[opened : tag.start()]
            opened = None


def grid_of(text: str) -> Grid | None:
    """Return the rows of whole numbers of a text, written in lines or as a list of lists; None where it has none."""
    rows = [row for _, row in _rows(text)]
    if rows:
        return rows
    listed = list_of(text)
    grid = [row for row in listed or () if isinstance(row, list) and all(isinstance(cell, int) for cell in row)]
    return grid if listed and len(grid) == len(listed) else None


def grid_after(text: str, mark: str) -> Grid | None:
    """Return the first unbroken block of rows of whole numbers after the last place where ``mark`` stands."""
    at = text.rfind(mark)
    if at < 0:
        return None
    block: Grid = []
    last = None
    for number, row in _rows(text[at + len(mark) :]):
        if last is not None and number != last + 1:
            break
        block.append(row)
        last = number
    return block or None


def _rows(text: str) -> Iterator[tuple[int, list[int]]]:
    for number, line in enumerate(text.splitlines()):
        if re.fullmatch(r"\s*-?\d+(?:\s+-?\d+)*\s*", line):
            yield number, [int(cell) for cell in line.split()]


def list_of(text: str) -> list[object] | None:
    """Return the first list in a text, written as JSON or as Python with single quotes; None where there is none."""
    at, end = text.find("["), text.rfind("]")
    if at < 0 or end < at:
        return None
    written = text[at : end + 1]
    for words in (written, written.replace("'", '"')):
        try:
            found = json.loads(words)
        except ValueError:
            continue
        return found if isinstance(found, list) else None
    return None


def object_of(text: str) -> dict[str, object] | None:
    """Return the first JSON object in a text; None where there is none."""
    at, end = text.find("{"), text.rfind("}")
    if at < 0 or end < at:
        return None
    try:
        found = json.loads(text[at : end + 1])
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def number_of(text: str) -> Fraction | None:
    """Return the only number of a short text; None where it has none or several."""
    found = _DECIMAL.findall(text.replace(",", "").replace("\N{MINUS SIGN}", "-"))
    return Fraction(found[0]) if len(found) == 1 else None


def after(text: str, pattern: str) -> str | None:
    """Return what the first group of a pattern finds last in a text; None where it finds nothing."""
    found = re.findall(pattern, text, re.IGNORECASE | re.DOTALL)
    return str(found[-1]).strip() if found else None


def plain(text: str) -> str:
    """A short answer without quotes, outer marks and case, for comparing words."""
    return re.sub(r"\s+", " ", text.strip().strip("\"'`*.$ ")).casefold()
