"""The words of the coding team. The task itself always stands first, as the user wrote it; our rules follow it."""

from collections.abc import Sequence

from cothink.core.messages import Message
from cothink.strategies.coding.skeleton import Hole
from cothink.strategies.prompts import Messages, with_words

_CODE_ONLY = "Answer with one fenced code block that holds the whole program, and nothing else."


def skeleton(messages: Messages, language: str, *, marked: bool = True) -> Messages:
    """Asks R1 for the straightforward program, with its holes marked where the pro may fill them."""
    if language != "python":
        return with_words(messages, f"Write plain, correct {language}. {_CODE_ONLY}")
    if not marked:
        words = "Write it in Python, plain and surely right. Keep the names and signatures that are asked for. "
        return with_words(messages, words + _CODE_ONLY)
    words = (
        "Write it in Python by PEP 8, with type hints and docstrings, and with plain bodies that are surely right. "
        "Keep the names and signatures that are asked for. Where speed will matter, put a comment "
        "`# HOLE: target O(…)` on the first line of that function's body. " + _CODE_ONLY
    )
    return with_words(messages, words)


def whole(messages: Messages, language: str, evidence: str) -> Messages:
    """Asks the pro for the whole program, with what a check found against another's.

    That program itself is not shown: a small pro that saw it copied it, faults and all.
    """
    words = [f"Write it in {language}."]
    if evidence:
        words.append(f"Another program for this failed a check; be careful there: {evidence}")
    words.append(f"Keep the names and signatures that are asked for. {_CODE_ONLY}")
    return with_words(messages, "\n\n".join(words))


def fill(hole: Hole, context: str) -> Messages:
    """Asks the pro for one function: its contract and what it may use, not the conversation."""
    words = [
        f"Make this Python function fast. Target: {hole.target or 'the best that you know'}. It may be slow by: "
        f"{hole.reason}.",
        f"Its plain version, which gives the right results:\n```python\n{hole.source}\n```",
    ]
    if context.strip():
        words.append(f"The module around it:\n```python\n{context}\n```")
    words.append(
        "Keep its name, its parameters and every result, errors included. Use only the standard library. Answer with "
        "one Python code block that holds the function, its helpers and its imports, and nothing else."
    )
    return (Message("user", "\n\n".join(words)),)


def repair(messages: Messages, answer: str, evidence: str) -> Messages:
    """Asks for a repair, with the failing check as evidence."""
    return (
        *messages,
        Message("assistant", answer),
        Message("user", f"A check of this program failed: {evidence}\n\nMend it. {_CODE_ONLY}"),
    )


def tests(task: str, name: str, count: int) -> Messages:
    """Asks for tests from the task's words, without code."""
    words = (
        f"{task}\n\nDo not solve this. Write {count} tests for `{name}` as lines `assert {name}(…) == …`, with literal "
        "arguments and literal results that follow from the words above, common and border cases. Answer with a Python "
        "code block of these lines and nothing else."
    )
    return (Message("user", words),)


def choose(task: str, call: str, results: Sequence[str]) -> Messages:
    """Asks which of several results of one call is right."""
    listed = "\n".join(f"{number}. {result}" for number, result in enumerate(results, 1))
    words = (
        f"{task}\n\nTwo programs differ on one input. What is right for `{call}`?\n{listed}\n\nThink it "
        "through by the words above, then end with `Answer: N`, where N is the right one's number, or 0."
    )
    return (Message("user", words),)
