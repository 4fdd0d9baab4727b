"""Ways through grids and colours on graphs."""

import re
from collections import deque
from collections.abc import Collection
from fractions import Fraction

from cothink.verify.puzzles.finding import Finding, same
from cothink.verify.puzzles.reading import number_of, object_of

MAX_PEOPLE = 400
Place = tuple[int, int]
_MOVES = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}


def shortest_path(question: str, answer: str) -> Finding | None:
    """A way through open cells that is as short as any, or the word for none."""
    at = question.rfind("following grid:")
    rows = [
        line.split() for line in question[at:].splitlines()[1:] if re.fullmatch(r"\s*[XO*#](?:\s+[XO*#])*\s*", line)
    ]
    cells = {(r, c): cell for r, row in enumerate(rows) for c, cell in enumerate(row)}
    start = next((place for place, cell in cells.items() if cell == "*"), None)
    goal = next((place for place, cell in cells.items() if cell == "#"), None)
    if at < 0 or start is None or goal is None:
        return None
    open_ = {place for place, cell in cells.items() if cell != "X"}
    shortest = steps(open_, start, goal)
    said = re.findall(r"[a-z]+", answer.casefold())
    if shortest is None or said == ["infeasible"]:
        return same(said == ["infeasible"], shortest is None, "That there is no way")
    here = start
    for move in said:
        if move not in _MOVES:
            return Finding(False, f"“{move[:20]}” is no direction.")
        here = (here[0] + _MOVES[move][0], here[1] + _MOVES[move][1])
        if here not in open_:
            return Finding(False, "The way leaves the open cells.")
    if here != goal:
        return Finding(False, "The way does not end at the goal.")
    return same(len(said), shortest, "The length of the shortest way")


def maze(question: str, answer: str) -> Finding | None:
    """The fewest steps from one mark to another."""
    marks = re.search(r"Navigate from '(.)' \(start\) to '(.)' \(goal\)", question)
    wall = re.search(r"Legend: '(.)' = Wall", question)
    block = re.search(r"```\n(.*?)```", question, re.DOTALL)
    if not marks or not wall or not block:
        return None
    cells = {(r, c): cell for r, line in enumerate(block[1].splitlines()) for c, cell in enumerate(line)}
    open_ = {place for place, cell in cells.items() if cell != wall[1]}
    ends = [next((place for place, cell in cells.items() if cell == mark), None) for mark in marks.groups()]
    if ends[0] is None or ends[1] is None:
        return None
    shortest = steps(open_, ends[0], ends[1])
    return None if shortest is None else same(number_of(answer), Fraction(shortest), "The fewest steps")


def colouring(question: str, answer: str) -> Finding | None:
    """Colours such that no edge joins two of one colour."""
    edges = re.search(r"Edges: \[(.*?)\]", question)
    colours = re.search(r"Possible colors: \[(.*?)\]", question)
    vertices = re.search(r"Vertices: \[(.*?)\]", question)
    if not edges or not colours or not vertices:
        return None
    given = object_of(answer)
    if given is None:
        return Finding(False, "The answer is no JSON map.")
    names, allowed = re.findall(r"\d+", vertices[1]), set(re.findall(r"\d+", colours[1]))
    if set(given) != set(names) or not {str(colour) for colour in given.values()} <= allowed:
        return Finding(False, "The map does not give every vertex one of the colours.")
    for a, b in re.findall(r"\((\d+), (\d+)\)", edges[1]):
        if given[a] == given[b]:
            return Finding(False, f"The edge from {a} to {b} joins two of one colour.")
    return Finding(True, "No edge joins two of one colour.")


def lineage(question: str, answer: str) -> Finding | None:
    """How two people are related, by who is whose ancestor."""
    asked = re.search(r"lineage relationship between (\w+) and (\w+)", question)
    if not asked:
        return None
    above: dict[str, set[str]] = {}
    for first, second, word in re.findall(r"\* (\w+) is (\w+)'s (ancestor|descendant)", question):
        old, young = (first, second) if word == "ancestor" else (second, first)
        above.setdefault(young, set()).add(old)
        above.setdefault(old, set())
    a, b = asked.groups()
    if a not in above or b not in above or len(above) > MAX_PEOPLE:
        return None
    up_a, up_b = _all_above(above, a), _all_above(above, b)
    share_child = any({a, b} <= _all_above(above, name) for name in above)
    words = (
        "is X's ancestor" if a in up_b else "is X's descendant" if b in up_a
        else "common ancestor" if up_a & up_b else "common descendant" if share_child else "None of the above"
    )  # fmt: skip
    wanted = {"is X's ancestor": f"{a} is {b}'s ancestor", "is X's descendant": f"{a} is {b}'s descendant"}.get(
        words, words
    )
    options = dict(re.findall(r"^(\d+)\. (.+)$", question, re.MULTILINE))
    right = next((number for number, text in options.items() if wanted in text), None)
    if right is None:
        return None
    said = re.findall(r"\d+", answer)
    return same(said[-1] if said else None, right, f"By the given relationships the option “{wanted}”")


def kinship(question: str, answer: str) -> Finding | None:
    """How two people are related, by who is whose parent."""
    asked = re.search(r"What is (\w+)'s relationship to (\w+)\?", question)
    pairs = re.findall(r"\* (\w+) is (\w+)'s parent", question)
    if not asked or not pairs:
        return None
    parents: dict[str, set[str]] = {}
    for old, young in pairs:
        parents.setdefault(young, set()).add(old)
    relation = _relation(parents, asked[1], asked[2])
    options = dict(re.findall(r"^(\d+)\. \w+ is \w+'s (.+?)\.$", question, re.MULTILINE))
    right = next((number for number, text in options.items() if text == relation), None)
    if right is None:
        return None
    said = re.findall(r"\d+", answer)
    return same(said[-1] if said else None, right, f"By the given parents the option “{relation}”")


def steps(open_: Collection[Place], start: Place, goal: Place) -> int | None:
    """The fewest steps up, down, left and right over open places; None where there is no way."""
    distance, queue = {start: 0}, deque([start])
    while queue:
        here = queue.popleft()
        if here == goal:
            return distance[here]
        for move in _MOVES.values():
            place = (here[0] + move[0], here[1] + move[1])
            if place in open_ and place not in distance:
                distance[place] = distance[here] + 1
                queue.append(place)
    return None


def _all_above(above: dict[str, set[str]], name: str) -> set[str]:
    found: set[str] = set()
    queue = [name]
    while queue:
        for old in above.get(queue.pop(), ()):
            if old not in found:
                found.add(old)
                queue.append(old)
    return found


def _relation(parents: dict[str, set[str]], a: str, b: str) -> str | None:
    """What ``a`` is to ``b``: by how many generations each stands below the nearest person whom both come from."""
    up, down = _generations(parents, a), _generations(parents, b)
    shared = [(up[name] + down[name], up[name], down[name]) for name in up.keys() & down.keys()]
    if not shared:
        return None
    _, of_a, of_b = min(shared)
    return _NAMES.get((of_a, of_b))


def _generations(parents: dict[str, set[str]], name: str) -> dict[str, int]:
    found, queue = {name: 0}, deque([name])
    while queue:
        here = queue.popleft()
        for old in parents.get(here, ()):
            if old not in found:
                found[old] = found[here] + 1
                queue.append(old)
    return found


# generations of a, then of b, below the nearest shared ancestor
_NAMES = {
    (0, 1): "parent", (0, 2): "grandparent", (0, 3): "great grandparent", (1, 0): "child", (2, 0): "grandchild",
    (3, 0): "great grandchild", (1, 1): "sibling", (1, 2): "aunt or uncle", (2, 1): "niece or nephew",
    (1, 3): "great aunt or uncle", (3, 1): "grandniece or grandnephew", (2, 2): "cousin",
    (2, 3): "first cousin once removed", (3, 2): "first cousin once removed", (3, 3): "second cousin",
}  # fmt: skip
