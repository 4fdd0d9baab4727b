"""Latin squares: sudoku of any box size, futoshiki with its signs between cells."""

import math
import re

from cothink.verify.puzzles.finding import Finding
from cothink.verify.puzzles.reading import Grid, grid_of


def sudoku(question: str, answer: str) -> Finding | None:
    """Rows, columns and boxes hold each number once, and the given cells stay."""
    if "sudoku" not in question.casefold():
        return None
    given = [line.split() for line in question.splitlines() if re.fullmatch(r"\s*[\d_.](?:\s+[\d_.])+\s*", line)]
    size = len(given)
    box = math.isqrt(size)
    if size < 4 or box * box != size or any(len(row) != size for row in given):
        return None
    filled = grid_of(answer) or []
    wrong = _not_a_square(filled, size) or _changed(given, filled)
    if wrong:
        return Finding(False, wrong)
    for top in range(0, size, box):
        for left in range(0, size, box):
            if len({filled[top + i][left + j] for i in range(box) for j in range(box)}) < size:
                return Finding(False, f"The box at row {top + 1}, column {left + 1} holds a number twice.")
    return Finding(True, "Rows, columns and boxes hold each number once, and the given cells stand.")


def futoshiki(question: str, answer: str) -> Finding | None:
    """Rows and columns hold each number once, and every sign between two cells is kept."""
    if "futoshiki" not in question.casefold():
        return None
    lines = question.splitlines()
    places = [
        number for number, line in enumerate(lines) if re.fullmatch(r"\s*[\d_](?:\s+(?:[<>]\s+)?[\d_])+\s*", line)
    ]
    given = [re.findall(r"[\d_]", lines[number]) for number in places]
    size = len(given)
    if size < 3 or any(len(row) != size for row in given):
        return None
    rows = [line for line in answer.splitlines() if re.fullmatch(r"\s*\d(?:\s*[<>]?\s*\d)+\s*", line)]
    if [_across(row) for row in rows] != [_across(lines[number]) for number in places]:
        return Finding(False, "The answer has not the rows and signs of the puzzle.")
    filled = [[int(cell) for cell in re.findall(r"\d", row)] for row in rows]
    wrong = _not_a_square(filled, size) or _changed(given, filled)
    if wrong:
        return Finding(False, wrong)
    for row, number in enumerate(places):
        for column, sign in _across(lines[number]):
            low, high = (column, column + 1) if sign == "<" else (column + 1, column)
            if not filled[row][low] < filled[row][high]:
                return Finding(False, f"Row {row + 1} breaks the sign {sign} after column {column + 1}.")
        below = lines[number + 1] if row + 1 < size else ""
        for at, sign in ((at, sign) for at, sign in enumerate(below) if sign in "∧∨"):
            column = round(at / 4)
            up, down = filled[row][column], filled[row + 1][column]
            if not (up < down if sign == "∧" else up > down):
                return Finding(False, f"Column {column + 1} breaks the sign {sign} under row {row + 1}.")
    return Finding(True, "Rows and columns hold each number once, and every sign is kept.")


def _across(line: str) -> list[tuple[int, str]]:
    """The signs of a row, each with the column before it."""
    found, column = [], -1
    for sign in line:
        column += sign.isdigit() or sign == "_"
        if sign in "<>":
            found.append((column, sign))
    return found


def _not_a_square(filled: Grid, size: int) -> str | None:
    if len(filled) != size or any(len(row) != size for row in filled):
        return f"The answer is no grid of {size} rows of {size} numbers."
    wanted = set(range(1, size + 1))
    for number, row in enumerate(filled, 1):
        if set(row) != wanted:
            return f"Row {number} does not hold each number once."
    for number, column in enumerate(zip(*filled, strict=True), 1):
        if set(column) != wanted:
            return f"Column {number} does not hold each number once."
    return None


def _changed(given: list[list[str]], filled: Grid) -> str | None:
    for row, (old, new) in enumerate(zip(given, filled, strict=True), 1):
        for column, (cell, number) in enumerate(zip(old, new, strict=True), 1):
            if cell.isdigit() and int(cell) != number:
                return f"Row {row}, column {column} was given as {cell} and is {number} in the answer."
    return None
