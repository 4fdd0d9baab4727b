"""Numbers that describe an answer: its size, signs and form, and how it stands beside its question.

Nothing here knows a kind of task: a wrong answer is often empty, far longer or shorter than the question lets expect,
made of signs that the question has not, or says that it found nothing. No pattern here can backtrack.
"""

import math
import re
import zlib

from cothink.routing.learned.features import excerpt
from cothink.verify.completeness import check_completeness, find_refusal
from cothink.verify.puzzles.reading import answer_of

MAX_CHARS = 3_200  # of a longer answer the end is read, where results stand; sources keep about as much
_MAX_LINES = 200
_MAX_DIGITS = 15
_WORD = re.compile(r"[A-Za-z]+|\d+(?:\.\d+)?|[^\sA-Za-z\d]")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_DECIMALS = re.compile(r"\.(\d+)")
_HEDGE = re.compile(
    r"\b(?:cannot|can't|unable|impossible|no (?:valid |possible )?(?:solution|answer|path|way)|not (?:possible|enough)"
    r"|unclear|unknown|perhaps|maybe|might|approximately|assum\w{1,10}|wait|however|ambiguous|none|error|likely|seems?"
    r"|appears?|guess)\b",
    re.IGNORECASE,
)
_SHAPES = ("empty", "int", "number", "yesno", "letter", "list", "grid", "lines", "word", "phrase", "prose")
_PHRASE_WORDS = 12
_FORM = (
    "text_chars", "chars", "words", "lines", "numbers", "digit_share", "upper_share", "lower_share", "sign_share",
    "space_share", "longest_line", "most_digits", "distinct_words", "distinct_chars", "longest_word", "commas",
    "longest_item", "repeated_numbers", "brackets", "operators", "decimals", "most_decimals", "wide_chars", "minus",
    "largest",
)  # fmt: skip
_GIVEN = ("tag", "tags", "ends_in_tag", "fence", "boxed", "around", "hedges", "refusal", "not_whole", "unsure_whole")
_BESIDE = (
    "in_prompt", "times_in_prompt", "is_line", "lines_in_prompt", "numbers_in_prompt", "words_in_prompt",
    "chars_ratio", "numbers_ratio", "lines_ratio", "words_ratio", "largest_ratio", "new_chars", "new_signs",
    "packed", "packed_after", "packed_share", "prompt_packed", "prompt_packed_share",
)  # fmt: skip
NAMES: tuple[str, ...] = (*_FORM, *_GIVEN, *_BESIDE, *(f"shape_{one}" for one in _SHAPES))


def read(prompt: str, text: str) -> list[float]:
    """Return the numbers of `NAMES` for one answer; counts are logarithms.

    Args:
        prompt: The whole question; of a long one the ends are read.
        text: The whole answer as it was written; its last ``<answer>`` tag, code fence or "Answer:" is the final one.
    """
    asked = excerpt(prompt)
    text = text[-MAX_CHARS:]
    answer = answer_of(text) if text.strip() else ""
    words = _WORD.findall(answer)
    shape = shape_of(answer)
    return [
        *_form(text, answer, words),
        *_given(text, answer),
        *_beside(asked, answer, words),
        *(float(shape == one) for one in _SHAPES),
    ]


def shape_of(answer: str) -> str:
    """What a final answer looks like, in one word."""
    bare = answer.strip()
    words = bare.split()
    signs = (
        ("empty", not bare),
        ("int", re.fullmatch(r"[-+]?\d+", bare) is not None),
        ("number", re.fullmatch(r"[-+]?[\d.,/]+", bare) is not None),
        ("yesno", bare.casefold() in {"yes", "no", "true", "false"}),
        ("letter", len(bare) == 1),
        ("list", bare[:1] in {"[", "{", "("}),
        ("word", bare.isascii() and bare.isalpha()),
    )
    for name, holds in signs:
        if holds:
            return name
    lines = [len(line.split()) for line in bare.split("\n")[:_MAX_LINES] if line.strip()]
    if len(lines) > 1:
        return "grid" if len(set(lines)) == 1 else "lines"
    return "phrase" if len(words) <= _PHRASE_WORDS else "prose"


def _form(text: str, answer: str, words: list[str]) -> list[float]:
    size = max(1, len(answer))
    numbers = [word for word in words if word[0].isdigit()]
    lines = answer.split("\n")
    decimals = [len(one) for one in _DECIMALS.findall(answer)]
    items = re.split(r"[,\n]", answer)
    return [
        math.log1p(len(text)),
        math.log1p(len(answer)),
        math.log1p(len(words)),
        math.log1p(len(lines)),
        math.log1p(len(numbers)),
        sum(map(str.isdigit, answer)) / size,
        sum(map(str.isupper, answer)) / size,
        sum(map(str.islower, answer)) / size,
        sum(not (sign.isalnum() or sign.isspace()) for sign in answer) / size,
        sum(map(str.isspace, answer)) / size,
        math.log1p(max(map(len, lines))),
        math.log1p(max(map(len, numbers), default=0)),
        len(set(words)) / max(1, len(words)),
        math.log1p(len(set(answer))),
        math.log1p(max((len(word) for word in words if word[0].isalpha()), default=0)),
        math.log1p(answer.count(",")),
        math.log1p(max(map(len, items))),
        math.log1p(len(set(numbers))) - math.log1p(len(numbers)),
        math.log1p(sum(map(answer.count, "()[]{}"))),
        math.log1p(sum(map(answer.count, "+-*/=^"))),
        math.log1p(len(decimals)),
        math.log1p(max(decimals, default=0)),
        math.log1p(sum(sign > "\x7f" for sign in answer)),
        float("-" in answer[:2]),
        math.log1p(_largest(numbers)),
    ]


def _given(text: str, answer: str) -> list[float]:
    """How the answer is wrapped, and what it says of itself."""
    low = text.lower()
    tags = low.count("<answer>")
    whole = check_completeness(text, finish_reason="stop")
    return [
        float(tags > 0),
        math.log1p(tags),
        float(low.rstrip().endswith("</answer>")),
        float("```" in text),
        float("\\boxed" in text),
        math.log1p(max(0, len(text) - len(answer))),
        math.log1p(len(_HEDGE.findall(text))),
        float(bool(find_refusal(text))),
        float(whole.falls),
        float(whole.unsure),
    ]


def _beside(asked: str, answer: str, words: list[str]) -> list[float]:
    """What of the answer stands in the question, and how large it is beside it."""
    bare = answer.strip()
    lines = [line for line in answer.split("\n")[:_MAX_LINES] if line.strip()]
    asked_lines = [line.strip() for line in asked.split("\n") if line.strip()]
    asked_words = set(_WORD.findall(asked.lower()))
    numbers = [word for word in words if word[0].isdigit()]
    letters = [word.lower() for word in words if word[0].isalpha()]
    asked_numbers = _NUMBER.findall(asked)
    chars, asked_chars = set(answer.lower()), set(asked.lower())
    packed, asked_packed = _packed(answer), _packed(asked)
    return [
        float(bool(bare) and bare in asked),
        math.log1p(asked.count(bare)) if bare else 0.0,
        float(bare in asked_lines),
        sum(line in asked for line in lines) / max(1, len(lines)),
        _share(numbers, asked_words),
        _share(letters, asked_words),
        math.log1p(len(answer)) - math.log1p(len(asked)),
        math.log1p(len(numbers)) - math.log1p(len(asked_numbers)),
        math.log1p(len(lines)) - math.log1p(len(asked_lines)),
        math.log1p(len(answer.split())) - math.log1p(len(asked.split())),
        math.log1p(_largest(numbers)) - math.log1p(_largest(asked_numbers)),
        len(chars - asked_chars) / max(1, len(chars)),
        math.log1p(sum(not (sign.isalnum() or sign.isspace()) for sign in chars - asked_chars)),
        math.log1p(packed),
        (_packed(asked + answer) - asked_packed) / packed,
        packed / max(1, len(answer)),
        math.log1p(asked_packed),
        asked_packed / max(1, len(asked)),
    ]


def _share(some: list[str], known: set[str]) -> float:
    return sum(one in known for one in some) / len(some) if some else -1.0


def _largest(numbers: list[str]) -> float:
    return max((float(one) for one in numbers if len(one) <= _MAX_DIGITS), default=0.0)


def _packed(text: str) -> int:
    """How many bytes the text is when packed: repeats cost little."""
    return len(zlib.compress(text.encode("utf-8", "replace"), 1))
