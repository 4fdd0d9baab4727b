"""Machines that run on paper: token rewriting, insertion, block synthesis, string rules, BF programs."""

import re
from collections import Counter
from collections.abc import Callable

from cothink.verify.puzzles.finding import Finding, same

MAX_STEPS = 100_000
_AB = {("A#", "#B"): ["#B", "A#"], ("B#", "#A"): ["#A", "B#"], ("A#", "#A"): [], ("B#", "#B"): []}


def token_rewriting(question: str, answer: str) -> Finding | None:
    """A program of the tokens A# #A B# #B, rewritten to its end."""
    found = re.search(r"consider the following program:\s*((?:(?:#[AB]|[AB]#)\s*)+)", question)
    if not found:
        return None
    tokens = found[1].split()
    for _ in range(MAX_STEPS):
        at = next((i for i in range(len(tokens) - 1) if (tokens[i], tokens[i + 1]) in _AB), None)
        if at is None:
            return same(re.findall(r"#[AB]|[AB]#", answer), tokens, "The final state")
        tokens[at : at + 2] = _AB[tokens[at], tokens[at + 1]]
    return None


def insertion(question: str, answer: str) -> Finding | None:
    """A letter inserted after each of some patterns, from left to right."""
    rules = dict(re.findall(r"substring (\w+) in the string, insert the character (\w) after", question))
    found = re.search(r"according to the pattern:\s*([A-Z]+)\s*\Z", question)
    if not rules or not found:
        return None
    text, out, at = found[1], "", 0
    while at < len(text):
        pattern = next((pattern for pattern in rules if text.startswith(pattern, at)), None)
        out += pattern + rules[pattern] if pattern else text[at]
        at += len(pattern) if pattern else 1
    return same(answer.strip().strip("\"'`"), out, "The string after all insertions")


def synthesis(question: str, answer: str) -> Finding | None:
    """Blocks or machines that are combined and taken apart by rules, in turn."""
    given = re.search(r"Now, you have (.+?)\. Provide the count", question, re.DOTALL)
    form = re.search(r"[Ff]or example .*? means that you have (.+?)\.\s", question, re.DOTALL)
    rules = re.findall(r"^\d+\. (One|Two|Three) (.+?) can be (.+?)\.$", question, re.MULTILINE)
    if not given or not form or not rules:
        return None
    names = _names(form[1])
    changes = [change for change in (_change(*rule) for rule in rules) if change is not None]
    if not names or len(changes) < len(rules):
        return None
    state = Counter(dict.fromkeys(names, 0) | {name: count for count, name in _counts(given[1])})
    seen, left = set(), MAX_STEPS
    for _ in range(1000):
        applied = False
        for takes, gives in changes:
            while left and all(state[name] >= count for name, count in takes.items()):
                state.subtract(takes)
                state.update(gives)
                applied = True
                left -= 1
        if not left:
            return None
        key = tuple(state[name] for name in names)
        if not applied or key in seen:
            break
        seen.add(key)
    said = [int(number) for number in re.findall(r"\d+", answer)]
    return same(said, [state[name] for name in names], "The counts after all rules")


def string_rules(question: str, answer: str) -> Finding | None:
    """A string under rules, the first that applies each time, until nothing changes or a state comes again."""
    found = re.search(r"according to the above list of rules:\s*(\S+)\s*\Z", question)
    rules = re.findall(r"^\d+\. (If the string .+)$", question, re.MULTILINE)
    if not found or not rules or "first applicable rule" not in question:
        return None
    changes = [change for change in map(_rule, rules) if change is not None]
    if len(changes) < len(rules):
        return None
    text, seen = found[1], {found[1]}
    for _ in range(2_000):
        changed = next((new for change in changes if (new := change(text)) is not None), text)
        if changed in seen:
            break
        seen.add(changed)
        text = changed
    return same(answer.strip().strip("\"'`"), text, "The string after all rules")


def bf_program(question: str, answer: str) -> Finding | None:
    """What a BF program without input writes."""
    found = re.search(r"BF \(Brainf\*ck\) code.*?\n\s*([-+<>\[\].,]+)\s*\n", question, re.DOTALL)
    written = _run(found[1]) if found else None
    return None if written is None else same(answer.strip("\n`"), written, "The output")


def _run(program: str) -> str | None:
    """Run a program by blocks of equal signs; None where it reads input, leaves its cells or takes too long."""
    blocks = [(found[0][0], len(found[0])) for found in re.finditer(r"\++|-+|<+|>+|\.|,|\[|\]", program)]
    jumps = _jumps([sign for sign, _ in blocks])
    if jumps is None:
        return None
    cells, place, at, written = [0] * 3000, 0, 0, ""
    for _ in range(MAX_STEPS):
        if at == len(blocks):
            return written
        sign, count = blocks[at]
        if sign in "<>":
            place += count if sign == ">" else -count
            if not 0 <= place < len(cells):
                return None
        elif sign in "+-":
            cells[place] = (cells[place] + (count if sign == "+" else -count)) % 256
        elif sign == ".":
            written += chr(cells[place])
        elif sign == ",":
            return None
        elif (sign == "[") == (cells[place] == 0):
            at = jumps[at]
        at += 1
    return None


def _jumps(signs: list[str]) -> dict[int, int] | None:
    jumps: dict[int, int] = {}
    stack: list[int] = []
    for at, sign in enumerate(signs):
        if sign == "[":
            stack.append(at)
        elif sign == "]":
            if not stack:
                return None
            jumps[at] = stack.pop()
            jumps[jumps[at]] = at
    return None if stack else jumps


_COUNT = {"one": 1, "two": 2, "three": 3}
_BLOCK = r"(\[[A-Z]\]|\{[A-Z]\}|\([A-Z]\)|(?:machines? |parts? )?\b[A-Z]\b)"


def _names(words: str) -> list[str]:
    return [_bare(name) for name in re.findall(rf"\d+ {_BLOCK}", words)]


def _bare(name: str) -> str:
    return name.rsplit(" ", 1)[-1]


def _counts(words: str) -> list[tuple[int, str]]:
    return [(int(count), _bare(name)) for count, name in re.findall(rf"(\d+) {_BLOCK}", words)]


def _change(first: str, takes: str, gives: str) -> tuple[Counter[str], Counter[str]] | None:
    pattern = rf"(?i:(one|two|three))\s(?:units?\sof\s)?{_BLOCK}"
    taken = Counter({_bare(name): _COUNT[count.casefold()] for count, name in re.findall(pattern, f"{first} {takes}")})
    given = Counter({_bare(name): _COUNT[count.casefold()] for count, name in re.findall(pattern, gives)})
    return (taken, given) if taken and given else None


def _rule(words: str) -> Callable[[str], str | None] | None:
    condition, _, action = words.partition(", ")
    test, change = _condition(condition), _action(action.rstrip("."), condition)
    if test is None or change is None:
        return None
    return lambda text: change(text) if test(text) else None


def _condition(words: str) -> Callable[[str], bool] | None:
    part = _quoted(words)
    if re.search(r"starts with|prefix is", words):
        return lambda text: text.startswith(part)
    if re.search(r"ends with|suffix is", words):
        return lambda text: text.endswith(part)
    if "length is greater than" in words:
        least = int(re.findall(r"\d+", words)[0])
        return lambda text: len(text) > least
    if "contains an even number of" in words:
        return lambda text: text.count(part) > 0 and text.count(part) % 2 == 0
    if "(not at the start)" in words:
        return lambda text: part in text[1:]
    if re.search(r"contains '", words):
        return lambda text: part in text
    return None


def _action(words: str, condition: str) -> Callable[[str], str] | None:
    parts = re.split(r",? and ", words)
    steps = [step for step in (_step(part, condition) for part in parts) if step is not None]
    if len(steps) < len(parts):
        return None

    def change(text: str) -> str:
        for step in steps:
            text = step(text)
        return text

    return change


def _step(words: str, condition: str) -> Callable[[str], str] | None:
    part, new = _quoted(condition), _quoted(words)
    at_end = bool(re.search(r"ends with|suffix is", condition))
    rules: tuple[tuple[str, Callable[[str], str]], ...] = (
        (r"^replace it with", lambda t: t[: len(t) - len(part)] + new if at_end else new + t[len(part) :]),
        (r"^replace the first two characters with", lambda t: new + t[2:]),
        (r"^replace the first occurrence with", lambda t: t.replace(part, new, 1)),
        (r"^(delete|remove) the first occurrence found after the first", lambda t: t[:1] + t[1:].replace(part, "", 1)),
        (r"^(delete|remove) the first occurrence", lambda t: t.replace(part, "", 1)),
        (r"^(delete|remove) (the first two|the first 2) char", lambda t: t[2:]),
        (r"^(delete|remove) the last two char", lambda t: t[:-2]),
        (r"^(delete|remove) the first char", lambda t: t[1:]),
        (r"^(delete|remove) the last char", lambda t: t[:-1]),
        (r"^(delete|remove) the second char", lambda t: t[:1] + t[2:]),
        (r"^(delete|remove) the middle char", lambda t: t[: len(t) // 2] + t[len(t) // 2 + 1 :]),
        (r"^append '", lambda t: t + new),
        (r"^prepend '", lambda t: new + t),
        (r"^(reverse the entire string|reverse it)", lambda t: t[::-1]),
    )
    return next((change for pattern, change in rules if re.search(pattern, words)), None)


def _quoted(words: str) -> str:
    found = re.findall(r"'([^']*)'", words)
    return found[-1] if found else ""
