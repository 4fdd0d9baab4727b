"""Whether an answer is right, by the kind of its task. A grade says in words why; what cannot be told is neither."""

import ast
import json
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from cothink.core.errors import NotReady
from cothink.evaluation.code_grade import passes
from cothink.evaluation.plan_steps import plan_of
from cothink.evaluation.sets.task import Task
from cothink.verify.agreement import normalise
from cothink.verify.maths.equality import answers_equal
from cothink.verify.maths.final_answer import final_answer
from cothink.verify.puzzles.check import check_puzzle
from cothink.verify.sandbox.sandbox import Sandbox

MOST_GOT = 300
NUMBER = re.compile(r"[-−]?\d[\d,]*(?:\.\d+)?|[-−]?\.\d+")
ALONE = re.compile(r"^[\s*_(\[]*([A-Z])[\s*_)\].:]*$", re.MULTILINE)
LETTER = re.compile(r"(?<![A-Za-z])\(?([A-Z])\)?(?![A-Za-z'’])")
TAGGED = re.compile(r"<answer>(.*?)</answer>|\[ANSWER\](.*?)\[/ANSWER\]", re.IGNORECASE | re.DOTALL)
ASSERTED = re.compile(r"^\s*assert\b.*?==\s*(.+?)\s*$", re.MULTILINE)
JSON_ANSWER = re.compile(r'"answer"\s*:\s*("(?:[^"\\]|\\.)*"|[-\w.]+|\[[^\]]*\])\s*\}\s*(?:```)?\s*\Z', re.IGNORECASE)
MARKED = re.compile(r"^\s*(?:final\s+)?answer\s*[:：=]\s*", re.IGNORECASE)
FENCE = re.compile(r"```[a-z]*\n(.*?)```", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Grade:
    """What became of an answer.

    Args:
        right: None where it cannot be told.
        got: The final answer as it was read, for votes and for readers.
        why: In words.
        score: The share of what was asked that is right, 0 to 1.
        recalled: Of a conversation, each fact in the order of the task.
    """

    right: bool | None
    got: str
    why: str
    score: float
    recalled: tuple[bool, ...] = ()


async def grade(task: Task, replies: Sequence[str], sandbox: Sandbox | None = None) -> Grade:
    """Grade the replies to a task, one a turn.

    Raises:
        NotReady: It is a program, and there is no sandbox that can run it.
    """
    if task.kind == "recall":
        return _recalled(task, replies)
    answer = replies[-1]
    if task.code is not None:
        if sandbox is None:
            raise NotReady("Programs are graded in the sandbox, and there is none.")
        right, why = await passes(task.code, answer, "base", sandbox)
        return Grade(right, "", why[:MOST_GOT], float(right))
    if task.kind == "puzzle":
        return _played(task, answer)
    got = READ[task.kind](answer, task)
    right = got is not None and any(SAME[task.kind](got, truth) for truth in task.truths)
    shown = "no final answer" if got is None else f"{got[:80]!r}"
    return Grade(right, (got or "")[:MOST_GOT], f"{shown}, wanted {task.truths[0][:80]!r}", float(right))


def same_answer(first: str, second: str, kind: str) -> bool:
    """Whether two answers that were read are one, for a vote."""
    return SAME.get(kind, _same_text)(first, second)


def _recalled(task: Task, replies: Sequence[str]) -> Grade:
    found = tuple(_holds(replies[fact.asked], fact.truth) for fact in task.facts)
    lost = [fact.name for fact, is_there in zip(task.facts, found, strict=True) if not is_there]
    why = f"lost: {', '.join(lost)}" if lost else "all kept"
    return Grade(not lost, f"{sum(found)} of {len(found)}", why[:MOST_GOT], sum(found) / len(found), found)


def _played(task: Task, answer: str) -> Grade:
    """Play an answer through: its steps, where it is a plan for blocks, else as it stands."""
    plan = plan_of(answer)
    verdict = check_puzzle(task.prompt, plan or answer)
    if verdict.standing == "unsure":
        verdict = check_puzzle(task.prompt, answer)
    is_right = None if verdict.standing == "unsure" else verdict.stands
    return Grade(is_right, _said(answer)[:MOST_GOT], verdict.evidence[:MOST_GOT], float(bool(is_right)))


def _said(answer: str) -> str:
    """The final answer: in a tag, else in the field of a JSON object, else as a reader would find it, else the text."""
    tagged = TAGGED.findall(answer)
    if tagged:
        return str(tagged[-1][0] or tagged[-1][1]).strip()
    if (in_json := _json_answer(answer)) is not None:
        return in_json
    found = final_answer(answer)
    return found.text if found is not None and found.sureness != "guessed" else answer.strip()


def _json_answer(answer: str) -> str | None:
    """The field ``answer`` of a JSON object at the end of the text; models write such where they were asked before."""
    found = JSON_ANSWER.search(answer)
    if found is None:
        return None
    try:
        value = json.loads(found[1])
    except ValueError:
        return None
    return value if isinstance(value, str) else str(found[1]).strip()


def _number(answer: str, _task: Task) -> str | None:
    said = re.sub(r"\([^()]*\)", " ", _said(answer)).rpartition("=")[2]
    numbers = NUMBER.findall(said) or NUMBER.findall(answer)
    return numbers[-1] if numbers else None


def _maths(answer: str, _task: Task) -> str | None:
    if (in_json := _json_answer(answer)) is not None:
        return in_json
    found = final_answer(answer)
    return MARKED.sub("", found.text) if found is not None else None


def _choice(answer: str, task: Task) -> str | None:
    said = _said(answer)
    letters = [chr(65 + place) for place in range(len(task.choices) or 26)]
    for text, pattern in ((said, ALONE), (said, LETTER), (answer, ALONE)):
        # in a long text a lone capital may be the article or the first person, so only a short one is searched freely
        if pattern is LETTER and len(text) > 60:
            continue
        found: list[str] = [letter for letter in pattern.findall(text) if letter in letters]
        if found:
            return found[0] if text is said else found[-1]
    named = [letter for letter, choice in zip(letters, task.choices, strict=False) if _same_text(said, choice)]
    return named[0] if named else None


def _literal(answer: str, _task: Task) -> str | None:
    for found in (TAGGED.findall(answer), ASSERTED.findall(answer)):
        if found:
            last = found[-1]
            return str(last if isinstance(last, str) else last[0] or last[1]).strip().strip("`")
    said = _said(answer)
    fenced = FENCE.findall(said)
    said = fenced[-1].strip() if fenced else said
    return said.rpartition("==")[2].strip().strip("`").strip() or None


def _exact(answer: str, _task: Task) -> str | None:
    return MARKED.sub("", _said(answer)) or None


def _whole(answer: str, _task: Task) -> str | None:
    return answer.strip() or None


def _same_number(first: str, second: str) -> bool:
    left, right = _value(first), _value(second)
    if left is None or right is None:
        return answers_equal(first, second).stands
    return left == right


def _value(text: str) -> Fraction | None:
    plain = text.replace(",", "").replace("−", "-").strip().strip("$€£%").strip()
    try:
        return Fraction(plain)
    except (ValueError, ZeroDivisionError):
        return None


def _same_maths(first: str, second: str) -> bool:
    return answers_equal(first, second).stands


def _same_text(first: str, second: str) -> bool:
    return normalise(first) == normalise(second) != ""


def _same_exact(first: str, second: str) -> bool:
    return _same_text(first, second) or answers_equal(first, second).stands


def _same_literal(first: str, second: str) -> bool:
    try:
        left, right = ast.literal_eval(first), ast.literal_eval(second)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return first.strip() == second.strip()
    return _same_value(left, right)


def _same_value(left: object, right: object) -> bool:
    """Equal, and of one type all the way down: ``True`` is not ``1``."""
    if type(left) is not type(right):
        return False
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-9)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(_same_value, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same_value(left[key], right[key]) for key in left)
    return left == right


def _same_contained(answer: str, truth: str) -> bool:
    return _holds(answer, truth)


def _holds(text: str, words: str) -> bool:
    """The words stand in the text as whole words, whatever their case and with or without commas in numbers."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    wanted = unicodedata.normalize("NFKC", words).strip().casefold()
    pattern = re.compile(rf"(?<!\w){re.escape(wanted)}(?!\w)")
    return bool(wanted) and any(pattern.search(form) for form in (plain, plain.replace(",", "")))


READ: dict[str, Callable[[str, Task], str | None]] = {
    "number": _number,
    "maths": _maths,
    "choice": _choice,
    "exact": _exact,
    "contained": _whole,
    "literal": _literal,
}
SAME: dict[str, Callable[[str, str], bool]] = {
    "number": _same_number,
    "maths": _same_maths,
    "choice": lambda first, second: first.strip().upper() == second.strip().upper(),
    "exact": _same_exact,
    "contained": _same_contained,
    "literal": _same_literal,
}
