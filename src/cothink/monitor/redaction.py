"""Masks what should not rest in a record: addresses, numbers of phones and cards, and what looks like a secret.

A first redactor, by regular expressions that take time in proportion to the text. It cannot know names; where the
egress policy's detector is there, that one takes its place.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from cothink.monitor.config import Kind

Redactor = Callable[[str], str]
"""Returns a text with what should not rest masked."""

PIECE_CHARS = 4_096  # masked in less than a millisecond, after which the event loop may have the interpreter
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_NUMBER = re.compile(r"(?<![\w.])\+?\(?\d(?:[ ().\-/]{0,2}\d){7,18}(?![\w])")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d)?|\d{1,2}[./-]\d{1,2}[./-]\d{4}")
_KEY_BLOCK = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)", re.DOTALL
)
_NAMED = re.compile(
    r"""(?ix) \b ( (?:api|access|secret|private|auth|client)?[_-]?(?:key|token|secret|password|passwd|pwd) ["']? \s{0,3}
    [:=] \s{0,3} ["']? ) ( [^\s"',;]{6,512} )"""
)
_BEARER = re.compile(r"(?i)\b(bearer\s{1,3}|basic\s{1,3})([\w.~+/=-]{12,2048})")
_PREFIXED = re.compile(
    r"\b(?:sk|pk|rk|ghp|gho|ghs|glpat|xox[abpr]|hf|AKIA|ASIA|AIza|eyJ)[\w.-]{14,2048}"  # vendors' own prefixes; JWT
)
_LONG = re.compile(r"(?<![\w/+=.-])(?=[A-Za-z0-9_+-]{0,200}\d)(?=[A-Za-z0-9_+-]{0,200}[A-Za-z])[A-Za-z0-9_+-]{32,512}")


def redactor(kinds: Iterable[Kind], rest: Callable[[], None] = lambda: time.sleep(0)) -> Redactor:
    """Return what masks these kinds.

    Args:
        kinds: Which.
        rest: Called after each piece of a text: by default it lets another thread have the interpreter, which else
            waits for it up to 5 ms each time.
    """
    wanted = set(kinds)

    def redact(text: str) -> str:
        if "secret" in wanted and "PRIVATE KEY" in text:  # over many lines, so not in pieces
            text = _KEY_BLOCK.sub("[secret]", text)
        masked = []
        for piece in pieces(text):
            masked.append(_masked(piece, wanted))
            rest()
        return "".join(masked)

    return redact


def redact_all(value: Any, redact: Redactor) -> Any:
    """Return nested lists and dicts with every text in them redacted; names of fields stay."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {name: redact_all(one, redact) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [redact_all(one, redact) for one in value]
    return value


def pieces(text: str) -> Iterator[str]:
    """Part a long text at white space, so that no single search keeps the interpreter for long."""
    begin = 0
    while len(text) - begin > PIECE_CHARS:
        end = max(text.rfind("\n", begin, begin + PIECE_CHARS), text.rfind("  ", begin, begin + PIECE_CHARS))
        if end <= begin:
            end = text.rfind(" ", begin, begin + PIECE_CHARS)
        if end <= begin:
            end = begin + PIECE_CHARS
        yield text[begin:end]
        begin = end
    yield text[begin:]


def _masked(text: str, kinds: set[Kind]) -> str:
    if "secret" in kinds:
        text = _NAMED.sub(r"\1[secret]", text)
        text = _BEARER.sub(r"\1[secret]", text)
        text = _PREFIXED.sub("[secret]", text)
        text = _LONG.sub("[secret]", text)
    if "email" in kinds:
        text = _EMAIL.sub("[email]", text)
    if "card" in kinds or "phone" in kinds:
        text = _NUMBER.sub(lambda found: _number(found[0], kinds), text)
    return text


def _number(found: str, kinds: set[Kind]) -> str:
    """Tell a card by its check digit and a phone by how it is written from a plain number."""
    digits = [int(one) for one in found if one.isdigit()]
    if 13 <= len(digits) <= 19 and "card" in kinds and _luhn(digits):
        return "[card]"
    is_written_so = found.startswith("+") or any(mark in found for mark in " ()-/") or found.count(".") > 1
    is_local = len(digits) in (10, 11) and found[0] in "01"  # a trunk prefix, or a mobile number of 11 digits
    if "phone" in kinds and 8 <= len(digits) <= 15 and (is_written_so or is_local) and not _DATE.fullmatch(found):
        return "[phone]"
    return found


def _luhn(digits: list[int]) -> bool:
    """The check digit of cards. Source: ISO/IEC 7812-1."""
    doubled = [digit if place % 2 == 0 else digit * 2 - 9 * (digit > 4) for place, digit in enumerate(digits[::-1])]
    return sum(doubled) % 10 == 0
