"""Reads an answer as people write it: a value, with a unit, a name on the left (`x = 5`), or plain words."""

import re
from dataclasses import dataclass

from cothink.verify.maths.parser import parse
from cothink.verify.maths.tokens import MAX_CHARS
from cothink.verify.maths.tree import Apply, Name, Node, Unreadable
from cothink.verify.maths.units import Unit, read_unit

_TEXT = re.compile(r"\\(?:text|textbf|textit|textrm|mathrm|mbox|operatorname|mathbf|mathit)\s*\{([^{}]{0,200})\}")
_SPACES = re.compile(r"(?:\\[,;:! ]|\\q?quad|~|\s)+")
_LEFT_SIDE = re.compile(
    r"^\s*([A-Za-z]|\\[a-z]{2,7})(?:_\{?\w{1,9}\}?)?(?:\s?\([a-z](?:,\s?[a-z]){0,3}\))?\s*(?:=|\\approx|≈|:=|\\in(?![a-z])|∈)\s*(?=\S)"
)
_CURRENCY = re.compile(r"^([-−]?)\s*(?:\\?\$|USD|US\\?\$|(?P<sign>[€£¥]))\s*(?=[\d.(\\])")
_JOINED = re.compile(r"(?:,\s*)?(?<![A-Za-z\\])(?:and|or)(?![A-Za-z])|或|和")
_TAIL = re.compile(
    r"(?<=[\d.)}\]!½¼¾])\s*(\\?%|\^\s?\{?\s?\\circ\s?\}?|\\circ|°|/?\s?[A-Za-z¢€¥£元°][^\d=<>()\\+]{0,60}(?:\^?\{?[23]\}?|[²³])?)\s*$"
)
_CHOICE = re.compile(r"^\(?([A-J])\)?[.):]?$")
_MATHS_WORD = re.compile(r"^(?:[a-z]|[a-z]{2}|pi|inf)$")


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer text was read as.

    Args:
        text: The text without wrappers, for comparison as words.
        node: The value, or None where the text is no mathematics.
        unit: Its unit of measure, if it ends in a known one.
        label: Other words after the number (`apples`).
        is_rough: Whether it is written as approximate.
        choice: The letter of a multiple-choice answer.
        name: The variable that stood on the left (`x` in `x = 5`).
    """

    text: str
    node: Node | None = None
    unit: Unit | None = None
    label: str = ""
    is_rough: bool = False
    choice: str = ""
    name: str = ""


def read_answer(text: str, *, thousands: bool = True) -> Reading:
    """Read an answer; what is no mathematics comes back with its words only."""
    if len(text) > MAX_CHARS:
        return Reading(text[:MAX_CHARS].casefold())
    bare = strip_wrappers(text)
    choice = _CHOICE.match(bare)
    if choice is not None:
        return Reading(choice[1].casefold(), Name(choice[1]), choice=choice[1])
    if _is_words(bare):
        return Reading(_words(bare))
    is_rough = bool(re.search(r"≈|\\approx|\\sim|\babout\b|\bapproximately\b|\broughly\b", bare))
    value, name = _split_name(re.sub(r"\b(?:about|approximately|roughly)\b", "", bare))
    body = _JOINED.sub(",", value)
    body, unit, label = _split_unit(body.removeprefix("≈").removeprefix("\\approx"))
    try:
        node: Node | None = parse(body, thousands=thousands)
    except Unreadable:
        node = None
    return Reading(_words(bare), _without_names(node), unit, label, is_rough, name=name)


def _is_words(text: str) -> bool:
    """A single word such as `yes`, `no` or `Tom`, which the parser would take for a product of letters."""
    if not text.isalpha() or len(text) < 2 or text in {"pi", "inf"}:
        return False
    return len(text) > 4 or (text[0].isupper() and text[1:].islower()) or bool(set(text.lower()) & set("eiou"))


def strip_wrappers(text: str) -> str:
    """Take off maths delimiters, bold marks, `\\boxed{}`, `\\text{}`, and the full stop at the end."""
    bare = text.strip().strip("`*").strip()
    bare = bare.rstrip("。").strip()
    if bare.endswith(".") and not bare.endswith("\\."):
        bare = bare[:-1].rstrip()
    for opening, closing in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
        inside = bare[len(opening) : len(bare) - len(closing)]
        if (
            len(bare) > 2 * len(opening)
            and bare.startswith(opening)
            and bare.endswith(closing)
            and closing not in inside
        ):
            bare = inside.strip()
    if bare.startswith("\\boxed{") and bare.endswith("}"):
        bare = bare[7:-1]
    bare = bare.replace("\\left", "").replace("\\right", "").replace("\\displaystyle", "")
    for _ in range(3):
        bare = _TEXT.sub(lambda found: f" {found[1]} ", bare)
    return bare.strip().removesuffix(".").strip() if bare.strip() not in {".", ""} else bare


def _split_name(text: str) -> tuple[str, str]:
    """Take a name off the left (`x = 5`, `f(x) = 2x`); it comes back where it is a lone letter."""
    rest = _LEFT_SIDE.sub("", text, count=1)
    if rest == text or re.search(r"[<>=]", rest):
        return text, ""
    left = text[: len(text) - len(rest)].strip().rstrip("=").strip()
    return rest, left if len(left) == 1 else ""


def _words(text: str) -> str:
    return _SPACES.sub(" ", text).strip().casefold().strip("\"'“”‘’ .!。")


def _split_unit(text: str) -> tuple[str, Unit | None, str]:
    """Cut a currency sign in front and a unit or label behind the value."""
    unit: Unit | None = None
    front = _CURRENCY.match(text)
    if front is not None:
        unit = read_unit(front["sign"] or "dollar")
        text = front[1] + text[front.end() :]
    tail = _TAIL.search(text)
    if tail is None:
        return text, unit, ""
    words = _SPACES.sub(" ", tail[1]).strip()
    if "circ" in words or words == "°":
        if re.search(r"sin|cos|tan|cot|sec|csc", text):
            return text, unit, ""  # the angle of a function, read by the parser
        words = "degree"
    body = text[: tail.start()].rstrip()
    found = read_unit(words.replace("\\%", "%"))
    if found is not None:
        return body, _joined(unit, found), ""
    if _MATHS_WORD.match(words) or any(sign in "*/^{}_,;'|&-" or sign.isdigit() for sign in words):
        return text, unit, ""
    return body, unit, words.casefold()


def _joined(front: Unit | None, behind: Unit) -> Unit:
    """`$5 per hour`: the sign in front and the words behind are one unit."""
    if front is None or front.dimensions == behind.dimensions:
        return behind
    powers = dict(front.dimensions)
    for name, count in behind.dimensions:
        powers[name] = powers.get(name, 0) + count
    return Unit(tuple(sorted(powers.items())), front.factor * behind.factor, f"{front.words} {behind.words}")


def _without_names(node: Node | None) -> Node | None:
    """Read `x = 1, x = 5` as the list 1, 5, where each side names the same variable."""
    if not isinstance(node, Apply) or node.head != "list":
        return node
    sides = [item.args for item in node.args if isinstance(item, Apply) and item.head == "="]
    lefts = {side[0] for side in sides if isinstance(side[0], Name)}
    if len(sides) == len(node.args) and len(lefts) == 1:
        return Apply("list", tuple(side[1] for side in sides))
    return node
