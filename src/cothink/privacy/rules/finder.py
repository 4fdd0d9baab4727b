"""Rules: what has a shape, a check digit, or a word beside it that says what it is. No list of names, no model.

Every pattern is anchored so that a long text costs time in proportion to its length.
"""

import re
from collections.abc import Iterator
from typing import Final

from cothink.privacy.rules.phones import phones
from cothink.privacy.rules.shapes import NUMBER_RULES, TEXT_RULES, Rule
from cothink.privacy.spans import Span

_WIDE: Final = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: 0x20}
_FIVE_DIGITS: Final = re.compile(r"\d(?:[ ().\-/年月]{0,3}\d){4}")


def by_rules(text: str) -> Iterator[Span]:
    """Yield what the rules find, overlaps and all; `resolve` decides between them."""
    if not text.isascii():
        text = text.translate(_WIDE)  # a wide digit is a digit; every character stays in its place
    lower = text.lower()
    if len(lower) != len(text):  # a few capitals grow when they are made small
        lower = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    for rule in TEXT_RULES:
        if any(word in lower for word in rule.needs):
            yield from _matches(rule, text)
    if _FIVE_DIGITS.search(text) is None:
        return
    yield from phones(text, lower)
    for rule in NUMBER_RULES:
        if not rule.needs or any(word in lower for word in rule.needs):
            yield from _matches(rule, text)


def _matches(rule: Rule, text: str) -> Iterator[Span]:
    pattern = rule.pattern.compiled
    for match in pattern.finditer(text):
        if rule.check is None or rule.check(match):
            start, end = match.span("x") if "x" in pattern.groupindex else match.span()
            yield Span(start, end, rule.type, rule.trust)
