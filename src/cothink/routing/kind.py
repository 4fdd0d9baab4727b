"""What kind of task a request is, by plain signs in it: the kind decides which check fits an answer."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

from cothink.core.request import Request
from cothink.routing import signs

KindName = Literal["json_schema", "arithmetic", "equation", "code", "quoting", "closed", "open"]
KINDS: tuple[KindName, ...] = get_args(KindName)
Language = Literal["en", "zh", "other"]
HEAD_CHARS = 1_200  # of a long text its ends are read: what is asked stands there
TAIL_CHARS = 1_000
SOURCE_CHARS = 120  # a text shorter than this is not one to quote from


@dataclass(frozen=True, slots=True)
class TaskKind:
    """The kind of one task.

    Args:
        name: The kind.
        reason: In words, the sign that it was known by.
        has_examples: For code: the question shows examples or tests.
        language: The language that the question is written in.
    """

    name: KindName
    reason: str
    has_examples: bool = False
    language: Language = "en"


def kind_of(request: Request) -> TaskKind:
    """Return the kind of a request's task; it reads the last user turn, and the whole only for a text to quote from."""
    text = excerpt(request.question)
    language = language_of(text)
    if request.wants_json and request.response_format is not None:
        by = "a JSON schema" if request.response_format.json_schema is not None else "a JSON object"
        return TaskKind("json_schema", f"{by} was asked for", language=language)
    if (match := signs.QUOTING.search(text)) and _has_source(request, text):
        return TaskKind("quoting", f"quotes from a given text are asked for ({_shown(match)})", language=language)
    if (code := _code(text)) is not None:
        has_examples = signs.EXAMPLES.search(text) is not None
        shown = f"{code}, with examples" if has_examples else code
        return TaskKind("code", shown, has_examples, language)
    name, reason = _maths_or_words(text)
    return TaskKind(name, reason, language=language)


def excerpt(text: str) -> str:
    """The two ends of a long text, so that no work grows with its length."""
    if len(text) <= HEAD_CHARS + TAIL_CHARS:
        return text
    return f"{text[:HEAD_CHARS]}\n{text[-TAIL_CHARS:]}"


def language_of(text: str) -> Language:
    """English, Chinese or another; a Chinese sign weighs as much as three Latin letters."""
    head = text[:600]
    han = len(signs.HAN.findall(head))
    latin = len(signs.LATIN.findall(head))
    if han * 3 > latin:
        return "zh"
    letters = sum(map(str.isalpha, head))
    return "en" if latin * 10 >= letters * 8 else "other"


def _maths_or_words(text: str) -> tuple[KindName, str]:
    if signs.OPTIONS.search(text) or signs.INLINE_OPTIONS.search(text):
        return "closed", "options to choose from"
    if signs.EQUATION.search(text) and (match := signs.EQUATION_ASKED.search(text)) and signs.UNKNOWN.search(text):
        return "equation", f"an equation to solve ({_shown(match)})"
    if match := signs.CALCULATION.search(text):
        return "arithmetic", f"a calculation ({_shown(match)})"
    if match := signs.ASKS_NUMBER.search(text):
        numbers = len(signs.NUMBER.findall(text)) + len(signs.NUMBER_WORD.findall(text))
        if numbers >= 2:
            return "arithmetic", f"a word problem with {numbers} numbers ({_shown(match)})"
    if match := signs.SHORT.search(text):
        return "closed", f"a short answer is asked for ({_shown(match)})"
    return "open", "no sign of a task with a check of its own"


def _code(text: str) -> str | None:
    match = signs.CODE_ASKED.search(text) or signs.CODE_HEAD.search(signs.FENCED.sub("", text))
    if match is not None:
        return f"code is asked for ({_shown(match)})"
    if signs.FENCED.search(text) and (match := signs.MEND.search(text)):
        return f"code is to be mended ({_shown(match)})"
    return None  # code that is only to be explained is answered in prose


def _has_source(request: Request, question: str) -> bool:
    """Whether there is a text to quote from: a long question, or a long turn before it."""
    return len(question) >= SOURCE_CHARS or any(
        len(message.text) >= SOURCE_CHARS for message in request.messages[:-1] if message.role in {"user", "tool"}
    )


def _shown(match: re.Match[str]) -> str:
    words = " ".join(match[0].split())
    return f"“{words[:40]}{'…' if len(words) > 40 else ''}”"
