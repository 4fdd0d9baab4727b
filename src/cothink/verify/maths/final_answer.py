"""Finds the final answer in a long text, and says how sure that reading is."""

import re
from dataclasses import dataclass
from typing import Literal

Sureness = Literal["marked", "stated", "guessed"]
MAX_TAIL = 20_000
_BOXED = re.compile(r"\\(?:boxed|fbox)\s*\{")
_HASHES = re.compile(r"^####[ \t]*(\S[^\n]*)$", re.MULTILINE)
_LINE = re.compile(
    r"(?im)^[ \t>*#_-]*(?:the[ \t]+)?(?:final[ \t]+answer|answer|ans|a|答案|最终答案|答)"
    r"(?:[ \t]+is)?[ \t*_]*[:：=][ \t*_]*(\S[^\n]*)$"
)
_SENTENCE = re.compile(
    r"(?i)(?:answer|result|solution)[ \t]+(?:is|equals|=)[ \t:*_]*(?:therefore[ \t]|then[ \t]|simply[ \t])?"
    r"([^\n]{1,300})"
    r"|答案(?:是|为|：|:)[ \t]*([^\n]{1,300})"
)
_NUMBER = re.compile(r"(?<![\w.])[-−]?(?:\\?\$\s?)?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:\s?/\s?\d+)?%?(?!\w)")
_END_OF_SENTENCE = re.compile(r"(?<=[^.\d])\.(?:\s|$)|(?<=\d)\.(?:\s|$)|[。；;!?！？]|\s[—–]\s")


@dataclass(frozen=True, slots=True)
class FinalAnswer:
    """The final answer as written.

    Args:
        text: The answer without its marker.
        sureness: `marked` by `\\boxed{}` or `####`, `stated` in words, or `guessed`: the last number of the text.
    """

    text: str
    sureness: Sureness


def final_answer(text: str) -> FinalAnswer | None:
    """Find the final answer: the last `\\boxed{}`, else `####`, an answer line or sentence, else the last number.

    Args:
        text: A model's whole answer; only its last 20,000 characters are searched.

    Returns:
        The answer, or None where the text holds no marker and no number.
    """
    tail = text[-MAX_TAIL:]
    boxed = _last_boxed(tail)
    if boxed:
        return FinalAnswer(boxed, "marked")
    hashes = _HASHES.findall(tail)
    if hashes:
        return FinalAnswer(_tidy(hashes[-1]), "marked")
    lines = _LINE.findall(tail)
    sentences = list(_SENTENCE.finditer(tail))
    for candidate in (lines[-1] if lines else "", (sentences[-1][1] or sentences[-1][2]) if sentences else ""):
        tidy = _tidy(_first_sentence(candidate))
        if tidy:
            return FinalAnswer(tidy, "stated")
    numbers = _NUMBER.findall(tail)
    return FinalAnswer(numbers[-1].strip(), "guessed") if numbers else None


def _last_boxed(text: str) -> str:
    """The inside of the last box whose braces balance."""
    for found in reversed(list(_BOXED.finditer(text))[-20:]):
        depth = 1
        for at in range(found.end(), len(text)):
            sign = text[at]
            if text[at - 1] == "\\":
                continue
            depth += (sign == "{") - (sign == "}")
            if depth == 0:
                return text[found.end() : at].strip()
    return ""


def _first_sentence(text: str) -> str:
    end = _END_OF_SENTENCE.search(text)
    return text if end is None else text[: end.start()]


def _tidy(text: str) -> str:
    tidy = text.strip().strip("*_`").strip()
    return tidy.removesuffix(".").strip().strip("*_`").strip() if not tidy.endswith("\\.") else tidy
