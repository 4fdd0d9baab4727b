"""Matrices that are turned, read, pooled or measured: recomputed from the question."""

import re
from collections import deque
from fractions import Fraction

from cothink.verify.puzzles.finding import Finding, same
from cothink.verify.puzzles.reading import Grid, grid_after, grid_of, list_of, number_of


def rotation(question: str, answer: str) -> Finding | None:
    """A matrix turned clockwise by whole quarter turns."""
    found = re.search(r"rotate the matrix below by (\d+) degrees clockwise", question, re.IGNORECASE)
    grid = grid_after(question, "clockwise:")
    if not found or grid is None or int(found[1]) % 90:
        return None
    for _ in range(int(found[1]) // 90 % 4):
        grid = turned(grid)
    return same(_in_rows(answer), grid, "The turned matrix")


def spiral(question: str, answer: str) -> Finding | None:
    """A matrix read in a spiral, clockwise from the top left."""
    if "spiral order" not in question:
        return None
    grid = grid_after(question, "spiral order?")
    if grid is None:
        return None
    wanted: list[int] = []
    while grid:
        wanted += grid[0]
        grid = [list(row) for row in zip(*grid[1:], strict=True)][::-1]
    return same([int(number) for number in re.findall(r"-?\d+", answer)], wanted, "The list in spiral order")


def nearest_zero(question: str, answer: str) -> Finding | None:
    """Each cell's distance to the nearest 0, in steps up, down, left and right."""
    if "nearest 0" not in question:
        return None
    grid = grid_after(question, "matrix below:")
    if grid is None:
        return None
    distance = {(r, c): 0 for r, row in enumerate(grid) for c, cell in enumerate(row) if cell == 0}
    queue = deque(distance)
    while queue:
        r, c = queue.popleft()
        for place in ((r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)):
            if place not in distance and 0 <= place[0] < len(grid) and 0 <= place[1] < len(grid[place[0]]):
                distance[place] = distance[r, c] + 1
                queue.append(place)
    wanted = [[distance.get((r, c), -1) for c in range(len(row))] for r, row in enumerate(grid)]
    return same(_in_rows(answer), wanted, "The matrix of distances")


def largest_island(question: str, answer: str) -> Finding | None:
    """The area of the largest group of ones."""
    if "maximum area of an island" not in question:
        return None
    grid = grid_after(question, "matrix grid:")
    if grid is None:
        return None
    land = {(r, c) for r, row in enumerate(grid) for c, cell in enumerate(row) if cell == 1}
    best = 0
    while land:
        group, queue = 0, [land.pop()]
        while queue:
            r, c = queue.pop()
            group += 1
            for place in ((r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)):
                if place in land:
                    land.remove(place)
                    queue.append(place)
        best = max(best, group)
    return same(number_of(answer), Fraction(best), "The largest area")


def pooling(question: str, answer: str) -> Finding | None:
    """Maximum or mean over squares, to two decimal places; squares at the border may be cut."""
    found = re.search(r"Perform (max|average) pooling on the following matrix with a kernel size of (\d+)", question)
    if not found:
        return None
    grid, size = grid_after(question, found[0]), int(found[2])
    if grid is None or size < 1:
        return None
    wanted = []
    for top in range(0, len(grid), size):
        rows = grid[top : top + size]
        wanted.append([_pooled(rows, left, size, found[1]) for left in range(0, len(grid[0]), size)])
    row_of_numbers = r"\s*-?\d+(?:\.\d+)?(?:\s+-?\d+(?:\.\d+)?)*\s*"
    said = [line.split() for line in answer.splitlines() if re.fullmatch(row_of_numbers, line)]
    alike = [len(row) for row in said] == [len(row) for row in wanted] and all(
        abs(float(cell) - value) <= 0.0100001
        for row, values in zip(said, wanted, strict=True)
        for cell, value in zip(row, values, strict=True)
    )
    return Finding(alike, "The pooled matrix, recomputed, is " + ("as the answer says." if alike else "another one."))


def game_of_life(question: str, answer: str) -> Finding | None:
    """A Game of Life board after some steps, wrapping at its borders."""
    found = re.search(r"Game of Life board look like after (\d+) steps?", question)
    at = question.rfind("\n[[")
    board = list_of(question[at:]) if found and at >= 0 else None
    if found is None or board is None or int(found[1]) > 50 or "wrapping" not in question:
        return None
    cells = [[int(str(cell)) for cell in row] for row in board if isinstance(row, list)]
    for _ in range(int(found[1])):
        cells = _next(cells)
    return same(list_of(answer), cells, "The board")


def operations(question: str, answer: str) -> Finding | None:
    """A matrix through a list of operations, each by its words."""
    if "series of operations" not in question:
        return None
    grid = grid_after(question, "following matrix:")
    steps = re.findall(r"^- (.+)$", question[question.find("series of operations") :], re.MULTILINE)
    if grid is None or not steps:
        return None
    for words in steps:
        changed = _operated(grid, words)
        if changed is None:
            return None
        grid = changed
    return same(_in_rows(answer), grid, "The matrix after all operations")


def _in_rows(answer: str) -> Grid | None:
    """The matrix of an answer; a list of lists is in another form than the question's, which was asked for."""
    return None if "[" in answer else grid_of(answer)


def turned(grid: Grid) -> Grid:
    """A quarter turn clockwise."""
    return [list(row) for row in zip(*grid[::-1], strict=True)]


def _pooled(rows: Grid, left: int, size: int, how: str) -> float:
    block = [cell for row in rows for cell in row[left : left + size]]
    return float(max(block)) if how == "max" else round(sum(block) / len(block), 2)


def _next(cells: Grid) -> Grid:
    high, wide = len(cells), len(cells[0])

    def neighbours(r: int, c: int) -> int:
        around = ((r + i, c + j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j)
        return sum(cells[row % high][column % wide] for row, column in around)

    return [
        [int(neighbours(r, c) == 3 or (cells[r][c] == 1 and neighbours(r, c) == 2)) for c in range(wide)]
        for r in range(high)
    ]


def _operated(grid: Grid, words: str) -> Grid | None:
    numbers = [int(number) for number in re.findall(r"-?\d+", words)]
    low = words.casefold()
    rules: tuple[tuple[str, object], ...] = (
        (r"identity", lambda: grid),
        (r"counterdiagonal", lambda: [list(row)[::-1] for row in zip(*grid, strict=True)][::-1]),
        (r"mirror .*diagonal|transpose", lambda: [list(row) for row in zip(*grid, strict=True)]),
        (r"horizontally mirror", lambda: [row[::-1] for row in grid]),
        (r"vertically mirror", lambda: grid[::-1]),
        (r"rotate .* degrees", lambda: _rotated(grid, numbers[0])),
        (r"remove every \d+-\w+ row", lambda: [row for n, row in enumerate(grid, 1) if n % numbers[0]]),
        (r"remove every \d+-\w+ column", lambda: [[x for n, x in enumerate(row, 1) if n % numbers[0]] for row in grid]),
        (r"crop", lambda: _cropped(grid, low)),
        (r"map each occurrence", lambda: [[numbers[1] if x == numbers[0] else x for x in row] for row in grid]),
        (
            r"set all elements divisible by \d+ to zero",
            lambda: [[0 if x % numbers[0] == 0 else x for x in r] for r in grid],
        ),
    )
    for pattern, change in rules:
        if re.search(pattern, low):
            try:
                return change()  # type: ignore[operator, no-any-return]
            except (IndexError, ValueError, ZeroDivisionError, TypeError):
                return None
    return None


def _rotated(grid: Grid, degrees: int) -> Grid:
    for _ in range(degrees // 90 % 4):
        grid = turned(grid)
    return grid


def _cropped(grid: Grid, words: str) -> Grid:
    top, bottom = re.findall(r"rows (\d+)-(\d+)", words)[0]
    left, right = re.findall(r"columns (\d+)-(\d+)", words)[0]
    return [row[int(left) - 1 : int(right)] for row in grid[int(top) - 1 : int(bottom)]]
