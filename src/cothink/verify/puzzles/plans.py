"""Plans that are played through: jugs, buttons, knights, blocks, turned cubes, statements about themselves."""

import itertools
import re
from collections import deque
from collections.abc import Callable, Sequence
from fractions import Fraction

from cothink.verify.puzzles.calculations import is_prime
from cothink.verify.puzzles.finding import Finding, same
from cothink.verify.puzzles.reading import list_of, number_of, plain

MAX_STATES = 100_000
MAX_STATEMENTS = 10
_Lit = tuple[int, str]
"""A number and the colour of the light."""


def jugs(question: str, answer: str) -> Finding | None:
    """Fill, empty and pour until a jug holds the target."""
    sizes = re.search(r"hold this many litres of water:\s*([A-Z]:\d+(?:,\s*[A-Z]:\d+)*)", question)
    target = re.search(r"target is:\s*(\d+)", question)
    if not sizes or not target:
        return None
    size = {name: int(litres) for name, litres in re.findall(r"([A-Z]):(\d+)", sizes[1])}
    moves = list_of(answer)
    if moves is None:
        return Finding(False, "The answer is no JSON list of moves.")
    level = dict.fromkeys(size, 0)
    for move in moves:
        words = re.fullmatch(r"(fill|empty|pour) ([A-Z])(?:->([A-Z]))?", str(move).strip())
        jug, other = (words[2], words[3]) if words else ("", None)
        if not words or jug not in size or (words[1] == "pour") != (other in size):
            return Finding(False, f"“{str(move)[:40]}” is no move.")
        if words[1] == "pour" and other is not None:
            poured = min(level[jug], size[other] - level[other])
            level[jug] -= poured
            level[other] += poured
        else:
            level[jug] = size[jug] if words[1] == "fill" else 0
    return same(int(target[1]) in level.values(), True, "That a jug holds the target at the end")


def buttons(question: str, answer: str) -> Finding | None:
    """The shortest sequence of buttons from a number to another, while a light changes its colour."""
    begins = re.search(r"Start:\s*(-?\d+)\s*\((\w+)\)\s*Target:\s*(-?\d+)", question)
    rules = {
        name: (verb, int(number), colour)
        for name, verb, number, colour in re.findall(r"^([A-Z]): (\w+) (\d+) \(when (\w+)\)", question, re.MULTILINE)
    }
    if not begins or not rules or any(verb not in {"Add", "Subtract", "Multiply"} for verb, _, _ in rules.values()):
        return None
    start, target = (int(begins[1]), begins[2]), int(begins[3])

    def press(state: tuple[int, str], name: str) -> tuple[int, str]:
        verb, number, colour = rules[name]
        value, light = state
        if colour in {"any", light}:
            value = value + number if verb == "Add" else value - number if verb == "Subtract" else value * number
        return value, "green" if light == "red" else "red"

    state, said = start, re.findall(r"[A-Z]", answer)
    for name in said:
        if name not in rules:
            return Finding(False, f"There is no button {name}.")
        state = press(state, name)
    if state[0] != target or not said:
        return Finding(False, f"The sequence ends at {state[0]}, not at {target}.")
    shortest = _fewest(start, target, press, list(rules), len(said))
    return None if shortest is None else same(len(said), shortest, "The length of the shortest sequence")


def knights(question: str, answer: str) -> Finding | None:
    """White and black knights that change places, in turn; or the word No where it cannot be done."""
    if "Knight Swap" not in question:
        return None
    board = {
        f"{'ABCDEFGHIJ'[column]}{row}": cell.strip()
        for row, cells in re.findall(r"^(\d+) \|(.+)\|", question, re.MULTILINE)
        for column, cell in enumerate(cells.split("|"))
        if cell.strip()
    }
    start = {place: cell for place, cell in board.items() if cell in "wB"}
    goal = {place: "B" if cell == "w" else "w" for place, cell in start.items()}
    moves = list_of(answer)
    if not start:
        return None
    if moves is None:
        if plain(answer) != "no":
            return Finding(False, "The answer is neither a list of moves nor the word No.")
        possible = _can_swap(board, start, goal)
        return None if possible is None else same(False, possible, "Whether the knights can change places")
    at, turn = dict(start), "w"
    for move in moves:
        colour, _, rest = str(move).partition(",")
        here, _, there = rest.partition(",")
        if colour != turn or at.get(here) != colour or there not in board or there in at or not _is_jump(here, there):
            return Finding(False, f"“{str(move)[:30]}” is no move there.")
        at[there] = at.pop(here)
        turn = "B" if turn == "w" else "w"
    return same(at == goal, True, "That all knights have changed places")


def blocks(question: str, answer: str) -> Finding | None:
    """A plan for blocks on a table, by the actions that the question allows."""
    found = re.findall(
        r"As initial conditions I have that,? (.+?)\.\s*My goal is to have that (.+?)\.", question, re.DOTALL
    )
    if not found or "block" not in question or "Craves" in question:
        return None
    facts, goal = _facts(found[-1][0]), _facts(found[-1][1])
    if not re.search(r"^\s*\(?(?:unstack|pick)", answer, re.MULTILINE | re.IGNORECASE):
        return None
    actions = re.findall(
        r"\b(unstack|stack|pick[- ]up|put[- ]down)\b\s*(?:the )?\(?(\w+)(?: block)?"
        # on the same line, and never the next action's verb
        r"(?:[^\S\n]*(?:from on top of|on top of|from|on|,)?[^\S\n]*(?:the )?"
        r"(?!(?:un)?stack\b|pick\b|put\b)(\w+)(?: block)?)?",
        answer.casefold(),
    )
    if not actions or not facts or not goal:
        return None
    for verb, block, other in actions:
        changed = _acted(facts, verb.replace("-", " "), block[0], other[:1])
        if changed is None:
            return Finding(False, f"“{verb} {block} {other}” cannot be done there.")
        facts = changed
    missing = goal - facts
    return same(sorted(missing), [], "What of the goal is missing at the end")


def cube(question: str, answer: str) -> Finding | None:
    """The colour of a side after a cube was turned, each time so that a named side comes to the top."""
    listed = re.findall(r"^- an? (\w+) (\w+) side", question, re.MULTILINE)
    sides = {side: colour for colour, side in listed}
    asked = re.search(r"color of the (\w+) side of the cube", question)
    turns = re.findall(
        r"side which was before at the (\w+) is now at the top|make the (\w+) face the top"
        r"|bring the (\w+) side to the top|place its (\w+) side at the top|the (\w+) side is rotated to become the top",
        question,
    )
    if len(sides) != 6 or not asked or not turns:
        return None
    for names in turns:
        side = next(name for name in names if name)
        if side not in _TURNS:
            return None
        sides = {new: sides[old] for new, old in _TURNS[side].items()}
    return same(plain(answer), plain(sides[asked[1]]), "The colour")


def statements(question: str, answer: str) -> Finding | None:
    """How many ways there are for statements about each other's truth to be true or false."""
    listed = re.findall(r"Statement (\d+): '(.+?)'\s*$", question, re.MULTILINE)
    if not listed or "number of possible solutions" not in question or len(listed) > MAX_STATEMENTS:
        return None
    count = 0
    for truths in itertools.product((False, True), repeat=len(listed)):
        said = [_claim(words, truths) for _, words in listed]
        if None in said:
            return None
        count += said == list(truths)
    return same(number_of(answer), Fraction(count), "The number of solutions")


def _fewest(
    start: _Lit, target: int, press: Callable[[_Lit, str], _Lit], names: Sequence[str], most: int
) -> int | None:
    """The fewest presses that reach the target; None where a search of all sequences is too large."""
    queue, seen = deque([(start, 0)]), {start}
    while queue:
        state, depth = queue.popleft()
        if state[0] == target and depth:
            return depth
        if depth == most:
            continue
        for name in names:
            new = press(state, name)
            if new not in seen:
                if len(seen) > MAX_STATES:
                    return None
                seen.add(new)
                queue.append((new, depth + 1))
    return None


def _is_jump(here: str, there: str) -> bool:
    return sorted((abs(ord(here[0]) - ord(there[0])), abs(int(here[1:]) - int(there[1:])))) == [1, 2]


def _can_swap(board: dict[str, str], start: dict[str, str], goal: dict[str, str]) -> bool | None:
    """Whether a search over all positions finds the way; None where there are too many."""
    first = (frozenset(start.items()), "w")
    queue, seen = deque([first]), {first}
    while queue:
        position, turn = queue.popleft()
        at = dict(position)
        if at == goal:
            return True
        for here, colour in position:
            if colour != turn:
                continue
            for there in board:
                if there in at or not _is_jump(here, there):
                    continue
                new = (frozenset({*position - {(here, colour)}, (there, colour)}), "B" if turn == "w" else "w")
                if new not in seen:
                    if len(seen) > MAX_STATES // 4:
                        return None
                    seen.add(new)
                    queue.append(new)
    return False


Facts = frozenset[tuple[str, ...]]


def _facts(words: str) -> Facts:
    found: set[tuple[str, ...]] = set()
    for part in re.split(r",| and ", words.replace("block ", "")):
        names = [name[0] for name in re.findall(r"the (\w+)", part) if name not in {"table", "hand"}]
        if "on top of" in part and len(names) == 2:
            found.add(("on", *names))
        elif "on the table" in part and names:
            found.add(("table", names[0]))
        elif "is clear" in part and names:
            found.add(("clear", names[0]))
        elif "hand is empty" in part:
            found.add(("empty",))
    return frozenset(found)


def _acted(facts: Facts, verb: str, a: str, b: str) -> Facts | None:
    needs: dict[str, set[tuple[str, ...]]] = {
        "pick up": {("clear", a), ("table", a), ("empty",)},
        "put down": {("holds", a)},
        "stack": {("holds", a), ("clear", b)},
        "unstack": {("on", a, b), ("clear", a), ("empty",)},
    }
    gives: dict[str, set[tuple[str, ...]]] = {
        "pick up": {("holds", a)},
        "put down": {("clear", a), ("table", a), ("empty",)},
        "stack": {("on", a, b), ("clear", a), ("empty",)},
        "unstack": {("holds", a), ("clear", b)},
    }
    return frozenset((facts - needs[verb]) | gives[verb]) if needs[verb] <= facts else None


_TURNS = {
    "front": {"top": "front", "front": "bottom", "bottom": "back", "back": "top", "left": "left", "right": "right"},
    "back": {"top": "back", "back": "bottom", "bottom": "front", "front": "top", "left": "left", "right": "right"},
    "left": {"top": "left", "left": "bottom", "bottom": "right", "right": "top", "front": "front", "back": "back"},
    "right": {"top": "right", "right": "bottom", "bottom": "left", "left": "top", "front": "front", "back": "back"},
    "bottom": {"top": "bottom", "bottom": "top", "front": "back", "back": "front", "left": "left", "right": "right"},
    "top": {side: side for side in ("top", "bottom", "front", "back", "left", "right")},
}


def _claim(words: str, truths: tuple[bool, ...]) -> bool | None:
    true = sum(truths)
    false = len(truths) - true
    counted = re.fullmatch(r"(At least|At most|Exactly) (\d+) of these \d+ statements are (true|false)\.", words)
    if counted:
        number, bound = (true if counted[3] == "true" else false), int(counted[2])
        return {"At least": number >= bound, "At most": number <= bound, "Exactly": number == bound}[counted[1]]
    either = re.fullmatch(r"Either Statement (\d+) or Statement (\d+) is true, but not both\.", words)
    if either:
        return truths[int(either[1]) - 1] != truths[int(either[2]) - 1]
    kind = re.fullmatch(r"The number of (true|false) statements is a (prime|composite) number\.", words)
    if kind:
        number = true if kind[1] == "true" else false
        prime = is_prime(number)
        return prime if kind[2] == "prime" else number > 3 and not prime
    return None
