"""Whether an answer is an answer at all: not empty, not a refusal, not cut off. English and Chinese."""

import re

from cothink.core.verdict import Standing, Verdict

MAX_REFUSAL_CHARS = 1_200
HEAD_CHARS = 260
# A refusal speaks of the speaker and of the request, near the start; "the function cannot …" does neither.
_REFUSALS = re.compile(
    r"\bI (?:can(?:'|’)?t|cannot|can not|won(?:'|’)?t|will not|am (?:not able|unable|not allowed|not permitted) to|"
    r"'m (?:not able|unable) to|"
    r"must (?:decline|refuse)|have to (?:decline|refuse))\s+(?:\w+\s+){0,3}?(?:help|assist|provide|answer|comply|"
    r"fulfil\w*|do (?:that|this)|continue|"
    r"discuss|support|create|generate|write|engage|share|respond|offer)\b(?! but\b)"
    r"|\bI(?:'|’)m (?:not able|unable) to (?:\w+ )?(?:help|assist|provide|answer|comply|fulfil\w*|continue|discuss)"
    r"|\b(?:I(?:'|’)m|I am) (?:so |very )?sorry,? (?:but )?I (?:can(?:'|’)?t|cannot|won(?:'|’)?t|am unable|am not able)"
    r"|\bas an AI(?: language)?(?: model| assistant)?,? I (?:can(?:'|’)?t|cannot|do not|don(?:'|’)?t|am not|am unable)"
    r"|\b(?:my|the) (?:guidelines|policy|policies|programming) (?:do(?:es)?n(?:'|’)?t|do(?:es)? not|prevent)"
    r"|\bI (?:must|have to) (?:respectfully |politely )?(?:decline|refuse)\b",
    re.IGNORECASE,
)
_REFUSALS_ZH = re.compile(
    r"(?:很抱歉|抱歉|对不起|不好意思)[，,。 ]{0,2}(?:但|但是)?我?(?:无法|不能|没办法|没有办法)"
    r"|我(?:无法|不能|没有办法|没办法)(?:为您|为你|向您|向你)?(?:提供|回答|协助|帮助|满足|完成|继续|讨论|给出)"
    r"|作为(?:一个|一款|一名)?(?:AI|人工智能)[^。，,]{0,12}[，,]?我?(?:无法|不能|不会)"
)
# What follows a refusal where the model goes on and answers after all.
_GOES_ON = re.compile(
    r"\b(?:however|but (?:here|I can)|instead|that said|here(?:'|’)?s|here is|nevertheless)\b"
    r"|但我可以|不过|以下是|然而",
    re.IGNORECASE,
)
_ENDS_WELL = frozenset(".!?…。！？”\"’'）)]}】」』»:*_`|>~$%;；：")
_LEFT_OPEN = re.compile(
    r"(?:\b(?:and|or|but|the|an|of|to|with|for|because|which|from|then)|[=+×÷(\[{])\s*$", re.IGNORECASE
)
# May also end a whole answer: a comma in a list of one, `in` for inches, `a` for a letter.
_MAYBE_OPEN = re.compile(r"(?:,|，|、|(?<!\d )\b(?:so|that|is|are|by|as|in))\s*$", re.IGNORECASE)


def check_completeness(answer: str, *, finish_reason: str | None = None) -> Verdict:
    """Judge whether the answer is whole.

    Args:
        answer: The answer's text, without reasoning.
        finish_reason: How the model's server says that it ended (`stop`, `length`, `content_filter` …), where it said
            so.

    Returns:
        `falls` for an empty, refused, filtered or cut-off answer, `stands` for one that ends as answers end, `unsure`
        where the end looks odd but no rule is certain.
    """
    standing, evidence = _find_fault(answer, finish_reason)
    return Verdict(check="completeness", standing=standing, evidence=evidence)


def _find_fault(answer: str, finish_reason: str | None) -> tuple[Standing, str]:
    text = answer.strip()
    if not any(sign.isalnum() for sign in text):
        return "falls", "The answer is empty." if not text else f"The answer holds no words: “{text[:40]}”."
    if finish_reason == "content_filter":
        return "falls", "The server's content filter ended the answer."
    if finish_reason == "length":
        return "falls", f"The answer was cut off at the token limit; it ends “…{_tail(text)}”."
    refusal = find_refusal(text)
    if refusal:
        return "falls", f"The answer refuses: “{refusal}”."
    return _judge_end(text, finish_reason)


def find_refusal(text: str) -> str:
    """The words of a refusal near the start of a short answer, or an empty string.

    A long answer, or one that goes on with “however” or “instead”, is no refusal: calling it one costs an expert's
    call.
    """
    head = text.strip()[:HEAD_CHARS].replace("’", "'")
    found = _REFUSALS.search(head) or _REFUSALS_ZH.search(head)
    if found is None or len(text) > MAX_REFUSAL_CHARS:
        return ""
    if _is_quoted(head, found.start()) or _GOES_ON.search(text, found.end()):
        return ""
    return found[0]


def _is_quoted(text: str, at: int) -> bool:
    """Whether the place stands inside quotation marks: a letter or dialogue that the user asked for."""
    before = text[:at]
    return (
        before.count('"') % 2 == 1 or before.count("“") > before.count("”") or before.count("「") > before.count("」")
    )


def _judge_end(text: str, finish_reason: str | None) -> tuple[Standing, str]:
    if len(re.findall(r"(?m)^[ \t]*(?:```|~~~)", text)) % 2 == 1:
        return "falls", f"A code fence is opened and never closed; the answer ends “…{_tail(text)}”."
    if text.count("\\boxed{") and _open_braces(text[text.rfind("\\boxed{") :]) > 0:
        return "falls", f"A box is opened and never closed; the answer ends “…{_tail(text)}”."
    if _LEFT_OPEN.search(text[-40:]) and not text.endswith("```"):
        standing: Standing = "unsure" if finish_reason == "stop" or len(text) < 40 else "falls"
        return standing, f"The answer ends in the middle of a sentence: “…{_tail(text)}”."
    if _MAYBE_OPEN.search(text[-40:]) and len(text) > 40:
        return "unsure", f"The answer may end in the middle of a sentence: “…{_tail(text)}”."
    if text[-1] in _ENDS_WELL or finish_reason == "stop" or len(text) < 200:
        return "stands", "The answer is whole: it is not empty, refuses nothing and ends properly."
    last_line = text.rsplit("\n", 1)[-1]
    if len(last_line) > 120 and last_line[-1].isalpha():
        return "unsure", f"The answer ends without a closing sign: “…{_tail(text)}”."
    return "stands", "The answer is whole: it is not empty, refuses nothing and ends in a line of its own."


def _open_braces(text: str) -> int:
    return text.count("{") - text.count("}")


def _tail(text: str) -> str:
    return " ".join(text[-60:].split())
