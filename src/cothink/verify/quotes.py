"""Whether quoted evidence stands in the source word for word, and where; a missing one is named with what is near."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cothink.core.verdict import Verdict

MAX_SOURCE_CHARS = 2_000_000
MAX_QUOTES = 500
MAX_QUOTE_CHARS = 20_000
NEAREST_CHARS = 300
NEAREST_SOURCE_CHARS = 300_000
_QUOTED = re.compile(
    r"“([^“”\n]{1,2000})”|「([^「」\n]{1,2000})」|『([^『』\n]{1,2000})』|(?<!\w)\"([^\"\n]{1,2000})\"(?!\w)"
)
_SAME_SIGN = str.maketrans("“”„‟‘’‚‛–—−\u00a0", "\"\"\"\"''''--- ")


@dataclass(frozen=True, slots=True)
class Span:
    """Where a quote stands in the source.

    Args:
        quote: The quote as given.
        start: Its first character in the source.
        end: One past its last.
        match: `exact`, or `spacing` where only white space and the shape of quotation marks differ.
    """

    quote: str
    start: int
    end: int
    match: Literal["exact", "spacing"]


@dataclass(frozen=True, slots=True)
class QuoteCheck:
    """The judgement and what it rests on.

    Args:
        verdict: The judgement.
        spans: The quotes that were found, in the order given.
        missing: The quotes that were not.
    """

    verdict: Verdict
    spans: tuple[Span, ...]
    missing: tuple[str, ...]


def check_quotes(source: str, quotes: Sequence[str]) -> QuoteCheck:
    """Find each quote in the source.

    Args:
        source: The text that the quotes must come from; its first 2,000,000 characters are searched.
        quotes: The quoted strings; the first 500 are checked.

    Returns:
        `falls` where a quote is missing (named, with the nearest passage), `stands` where all are there, `unsure`
        where there are none. Offsets count characters of the source as given.
    """
    text = source[:MAX_SOURCE_CHARS]
    folded, offsets = _fold(text)
    spans: list[Span] = []
    missing: list[str] = []
    for quote in quotes[:MAX_QUOTES]:
        span = _find(quote, text, folded, offsets)
        if span is None:
            missing.append(quote)
        else:
            spans.append(span)
    return QuoteCheck(_verdict(spans, missing, text), tuple(spans), tuple(missing))


def quoted_strings(text: str, *, min_chars: int = 3) -> list[str]:
    """The strings in quotation marks (“…”, "…", 「…」, 『…』) of a text, from `min_chars` characters on."""
    found = ["".join(groups).strip() for groups in _QUOTED.findall(text[:MAX_SOURCE_CHARS])]
    return [quote for quote in found if len(quote) >= min_chars][:MAX_QUOTES]


def _find(quote: str, text: str, folded: str, offsets: Sequence[int]) -> Span | None:
    if not quote.strip() or len(quote) > MAX_QUOTE_CHARS:
        return None
    at = text.find(quote)
    if at >= 0:
        return Span(quote, at, at + len(quote), "exact")
    wanted, _ = _fold(quote.strip())
    wanted = wanted.strip()
    at = folded.find(wanted) if wanted else -1
    if at < 0:
        return None
    return Span(quote, offsets[at], offsets[at + len(wanted) - 1] + 1, "spacing")


def _fold(text: str) -> tuple[str, list[int]]:
    """The text with single spaces and one shape of quotation marks, and each sign's true place."""
    signs: list[str] = []
    places: list[int] = []
    for at, sign in enumerate(text.translate(_SAME_SIGN)):
        if sign.isspace():
            if signs and signs[-1] == " ":
                continue
            sign = " "  # noqa: PLW2901  # the run is folded into one
        signs.append(sign)
        places.append(at)
    return "".join(signs), places


def _verdict(spans: Sequence[Span], missing: Sequence[str], source: str) -> Verdict:
    total = len(spans) + len(missing)
    if not total:
        return Verdict(check="quotes", standing="unsure", evidence="The answer quotes nothing.")
    share = len(spans) / total
    if missing:
        named = "; ".join(_name(quote, source) for quote in missing[:3])
        more = f"; and {len(missing) - 3} more" if len(missing) > 3 else ""
        evidence = f"{len(missing)} of {total} quotes are not in the source: {named}{more}."
        return Verdict(check="quotes", standing="falls", evidence=evidence, score=share)
    loose = sum(span.match == "spacing" for span in spans)
    words = "The quote stands" if total == 1 else f"All {total} quotes stand"
    note = f" ({loose} with different white space or quotation marks)" if loose else ""
    return Verdict(check="quotes", standing="stands", evidence=f"{words} in the source{note}.", score=1.0)


def _name(quote: str, source: str) -> str:
    if not quote.strip():
        return "an empty quote"
    passage = nearest_passage(quote, source)
    shown = f"“{quote[:120]}”"
    return f"{shown} (nearest is “{passage}”)" if passage else f"{shown} (nothing near it)"


def nearest_passage(quote: str, source: str) -> str:
    """The passage of the source most like the quote, or an empty string; a long source costs little."""
    wanted = quote.strip()[:NEAREST_CHARS]
    size = len(wanted)
    start = _seed(wanted, source[:NEAREST_SOURCE_CHARS])
    if start is None:
        return ""
    begin = max(0, start - size)
    window = source[begin : start + 2 * size]
    matcher = difflib.SequenceMatcher(None, window, wanted, autojunk=False)
    blocks = [block for block in matcher.get_matching_blocks() if block.size > 1]
    if not blocks or sum(block.size for block in blocks) < size * 0.4:
        return ""
    longest = max(blocks, key=lambda block: block.size)
    left = max(0, longest.a - longest.b)
    return " ".join(window[left : left + size].split())


def _seed(wanted: str, source: str) -> int | None:
    """Where the longest piece of the quote that the source also has begins, shifted to the quote's start."""
    for length in (40, 20, 10, 5):
        if length > len(wanted):
            continue
        for at in range(0, len(wanted) - length + 1, max(1, length // 2)):
            found = source.find(wanted[at : at + length])
            if found >= 0:
                return max(0, found - at)
    return None
