"""A span of personal data in a text, the types that there are, and which span wins where two overlap."""

from bisect import bisect_right
from collections.abc import Iterable
from enum import IntEnum
from typing import Final, NamedTuple

TYPES: Final = {
    "PERSON": "a person's name, whole or in part",
    "STREET_ADDRESS": "a postal address or a part of it: street, number, flat; Chinese addresses from the province on",
    "GPE": "a country, province, city or district that stands alone",
    "ORGANIZATION": "a company, a bank, a school, an authority",
    "PHONE_NUMBER": "a telephone, mobile or fax number",
    "EMAIL_ADDRESS": "an e-mail address",
    "DOMAIN_NAME": "a link or the name of a site",
    "IP_ADDRESS": "an IPv4 or IPv6 address",
    "MAC_ADDRESS": "the address of a network card",
    "CREDIT_CARD": "a bank card, credit or debit; the Luhn digit is right",
    "IBAN_CODE": "an international bank account; its check digits are right",
    "ACCOUNT_NUMBER": "the number of an account, a policy or a card, known by the words before it",
    "CN_ID_CARD": "a Chinese identity card of 18 digits with its check digit, or of 15",
    "CN_CREDIT_CODE": "a Chinese company's unified credit code; its check character is right",
    "US_SSN": "a US social security number",
    "PASSPORT": "the number of a passport or a travel permit",
    "LICENSE_PLATE": "a Chinese number plate",
    "SOCIAL_ACCOUNT": "a WeChat or QQ name",
    "DATE_OF_BIRTH": "a date that the words beside it call a birthday",
    "ZIP_CODE": "a postal code",
    "DATE_TIME": "a date, a year or a day of the week; English text only",
    "AGE": "a person's age; English text only",
    "NRP": "a nationality, a religion or a political group; English text only",
    "TITLE": "a form of address or a job; English text only",
}
INDIRECT: Final = frozenset({"DATE_TIME", "AGE", "NRP", "TITLE", "GPE", "ZIP_CODE"})
"""Types that tell little about a person by themselves. Companies are none: some people are taken for one."""


class Trust(IntEnum):
    """How sure a find is; the surer one wins where two overlap."""

    TAGGED = 1
    READ = 2  # by a model, and found in the text word for word
    LISTED = 3  # a word of a closed list
    CUED = 4  # the words around it say what it is
    SHAPED = 5  # a shape that hardly anything else has
    CHECKED = 6  # a check digit is right


class Span(NamedTuple):
    """Characters ``start`` to ``end`` (exclusive) of a text are personal data of a type."""

    start: int
    end: int
    type: str
    trust: Trust = Trust.SHAPED


def resolve(found: Iterable[Span], text: str) -> list[Span]:
    """Return spans in order of which no two overlap.

    The surer span wins, then the longer one. What a weaker span has beyond the winners stays as a span of its own, so
    that nothing personal comes free because something else was found in its middle.
    """
    starts: list[int] = []
    kept: list[Span] = []
    for span in sorted(found, key=_rank):
        for start, end in _free(span, starts, kept):
            whole = _trimmed(text, start, end)
            if whole is not None:
                at = bisect_right(starts, whole[0])
                starts.insert(at, whole[0])
                kept.insert(at, Span(*whole, span.type, span.trust))
    return kept


def _rank(span: Span) -> tuple[int, int, int]:
    return -span.trust, span.start - span.end, span.start


def _free(span: Span, starts: list[int], kept: list[Span]) -> list[tuple[int, int]]:
    """The pieces of a span that nothing kept covers."""
    at = max(0, bisect_right(starts, span.start) - 1)
    pieces, start = [], span.start
    while at < len(kept) and kept[at].start < span.end:
        if kept[at].end > start:
            if kept[at].start > start:
                pieces.append((start, kept[at].start))
            start = kept[at].end
        at += 1
    if start < span.end:
        pieces.append((start, span.end))
    return pieces


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The piece without space and punctuation at its ends; None where no letter or digit is left."""
    while start < end and text[start] in " \t\r\n,;:，。；：、-":
        start += 1
    while end > start and text[end - 1] in " \t\r\n,;:，。；：、-":
        end -= 1
    return (start, end) if any(char.isalnum() for char in text[start:end]) else None
