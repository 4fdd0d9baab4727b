"""Finds Python literals in running text, without evaluating anything but them."""

import ast
import re

LONGEST_LITERAL = 5000
OPENING, CLOSING = "([{", ")]}"
ATOM = re.compile(r"[-+]?(?:\d[\d_]*\.?\d*(?:[eE][-+]?\d+)?|\.\d+)j?|(?:True|False|None|true|false|null)\b")
STRING_START = re.compile(r"(?:[rRbBuU]|[rR][bB]|[bB][rR])?(?P<quote>'''|\"\"\"|'|\")")
OTHER_NAMES = {"true": "True", "false": "False", "null": "None"}
SUM = re.compile(r"[-+*/%(). \d]{3,80}?=\s*")


def is_literal(text: str) -> bool:
    """Whether a whole text is one Python literal."""
    if len(text) > LONGEST_LITERAL:
        return False
    try:
        ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return False
    return True


def first_literal(text: str) -> str | None:
    """The literal with which a text begins, if what follows does not carry it on; ``true`` is read as ``True``, and of
    ``19 - 5 - 6 = 8`` the result is taken."""
    text = text[: 2 * LONGEST_LITERAL].lstrip()
    if sum_ := SUM.match(text):
        text = text[sum_.end() :]
    end = literal_end(text)
    if end is None:
        return None
    literal = OTHER_NAMES.get(text[:end], text[:end])
    if not is_literal(literal):
        return None
    after = text[end:].lstrip(" \t")
    goes_on = after[:1] and (after[0] in "+-*/%[(<>=@^&|" or re.match(r"(?:or|and|if|is|in|not)\b", after))
    if goes_on and not after.startswith("->"):
        return None
    return literal if not (after[:1] and text[end : end + 1].isalnum()) else None


def literal_end(text: str) -> int | None:
    """Where the literal at the start of a text may end; what lies before is still to be checked."""
    if text[:1] in OPENING and text:
        return bracket_end(text)
    if string := STRING_START.match(text):
        return string_end(text, string)
    atom = ATOM.match(text)
    return atom.end() - (atom[0].endswith(".")) if atom else None


def string_end(text: str, start: re.Match[str]) -> int | None:
    """The position behind a string whose opening was matched."""
    quote, at = start["quote"], start.end()
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text.startswith(quote, at):
            return at + len(quote)
        else:
            at += 1
    return None


def bracket_end(text: str) -> int | None:
    """The position behind the bracket that closes the first one, strings stepped over."""
    depth, at = 0, 0
    while at < min(len(text), LONGEST_LITERAL):
        if text[at] in "'\"" and (string := STRING_START.match(text, at)):
            end = string_end(text, string)
            if end is None:
                return None
            at = end
            continue
        depth += (text[at] in OPENING) - (text[at] in CLOSING)
        at += 1
        if depth == 0:
            return at
    return None
