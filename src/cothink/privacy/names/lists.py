"""Closed lists and set phrases of English: nationalities, days, dates, ages, forms of address."""

import re
from collections.abc import Iterator
from typing import Final

from cothink.privacy.names.demonyms import COUNTRIES, GROUPS, NATIONS, PLURALS, plural
from cothink.privacy.spans import Span, Trust

_SAME_AS_A_WORD: Final = frozenset(
    {"polish", "turkey", "georgia", "chad", "jordan", "roma", "niger", "mali", "democrat", "orthodox"}
)
_MONTHS: Final = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    "nov(?:ember)?|dec(?:ember)?"
)


def _any(words: set[str]) -> "re.Pattern[str]":
    ordered = sorted(words, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, ordered))})\b", re.IGNORECASE)


_PEOPLE: Final = _any({*NATIONS, *PLURALS, *GROUPS, *map(plural, NATIONS), *map(plural, GROUPS)})
_LANDS: Final = _any({*COUNTRIES, "USA", "UK", "U.S.", "U.K."})
_DAYS: Final = re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b", re.IGNORECASE)
_DATES: Final = re.compile(
    rf"(?<![\d/.-])(?:\d{{1,2}}([/.-])\d{{1,2}}\1(?:19|20)?\d\d|(?:19|20)\d\d([/.-])\d{{1,2}}\2\d{{1,2}})(?![\d/-]|\.\d)"
    rf"(?:[ T]\d\d:\d\d(?::\d\d)?)?"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{_MONTHS})\b\.?(?:,? \d{{4}}\b)?"
    rf"|\b(?:{_MONTHS})\b\.? \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}}\b)?",
    re.IGNORECASE,
)
_AGES: Final = re.compile(
    r"(?<![\d$€£.,-])(?P<x>\d{1,3})(?:[ -]?years?[ -]?olds?\b| ?y/?o\b| ?yrs? old\b)"
    r"|\b(?:aged?(?: of)?|turn(?:s|ed|ing)?|when (?:he|she|i) (?:was|is)) (?P<y>\d{1,3})"
    r"(?![\d%/,.]\d|\d)(?! ?(?:month|day|week|%))",
    re.IGNORECASE,
)
_ADDRESSED: Final = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Mx)\b\.?(?= ?[A-Z])|\b(?:mr|mrs|ms|dr)\.(?= )")
_ZIP: Final = re.compile(
    r"(?:\bzip(?: ?code)?|\bpost(?:al)? ?code|邮编|邮政编码)(?: is|是|为)?[ :：]*"
    r"(?P<x>[A-Za-z\d]{2,5}(?:[ -][A-Za-z\d]*\d[A-Za-z\d]*)?)",
    re.IGNORECASE,
)


def by_lists(text: str) -> Iterator[Span]:
    """Yield what stands on a list or in a set phrase."""
    for match in _PEOPLE.finditer(text):
        if match[0].lower() not in _SAME_AS_A_WORD or match[0][0].isupper():
            yield Span(*match.span(), "NRP", Trust.TAGGED)
    for match in _LANDS.finditer(text):
        if match[0].lower() not in _SAME_AS_A_WORD:
            yield Span(*match.span(), "GPE", Trust.TAGGED)
    for pattern, kind in ((_DAYS, "DATE_TIME"), (_DATES, "DATE_TIME"), (_ADDRESSED, "TITLE")):
        for match in pattern.finditer(text):
            yield Span(*match.span(), kind, Trust.LISTED)
    for match in _AGES.finditer(text):
        yield Span(*match.span("x" if match["x"] else "y"), "AGE", Trust.LISTED)
    for match in _ZIP.finditer(text):
        if any(char.isdigit() for char in match["x"]):
            yield Span(*match.span("x"), "ZIP_CODE", Trust.CUED)
