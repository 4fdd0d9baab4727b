"""Telephone numbers: those with a shape of their own, and those that need a word beside them."""

import re
from collections.abc import Iterator
from typing import Final

from cothink.privacy.spans import Span, Trust

_MOBILE: Final = re.compile(r"(?<!\d)(?<!\d[.-])(?:(?:\+|00)?86[ -]?)?1[3-9]\d(?:[ .–—-]?\d{4}){2}(?!\d|[.-]\d)")
_SHAPED: Final = re.compile(
    r"(?<![\d.])(?<!\d[-/:])(?:"
    # a Chinese fixed line, with or without the country
    r"(?:(?:\+|00)86[ -]?)?[(（]?0(?:10|2\d|[3-9]\d\d)[)）]?[ –—-]{0,2}[2-8]\d{6,7}(?:[ ]?(?:-|转|#)\d{1,6})?"
    r"|(?:\+|00)?86[ -](?:10|2\d|[3-9]\d\d)[ -][2-8]\d{6,7}"
    r"|[48]00[ -]?\d{3}[ -]?\d{4}"
    r"|\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d(?:[ .-]?\d){5,13}(?:[ ]?(?:x|ext\.?)[ ]?\d{1,6})?"  # with its country
    r"|(?:00|011)[ -]?[1-9]\d{0,2}[ -](?:\(\d{1,4}\)[ -]?)?\d(?:[ -]?\d){5,12}"
    r"|(?:1[ .-])?(?:\(\d{3}\)[ ]?|\d{3}[ .-])\d{3}[ .-]\d{4}(?:[ ]?(?:x|ext\.?)[ ]?\d{1,6})?"  # North America
    r"|\(0?\d{1,4}\)[ -]?\d{2,4}(?:[ -]?\d{2,4}){1,3}"
    r"|0\d{1,4}(?:[ -]\d{2,4}){2,4}|0\d{2,4}[ -/]\d{5,8}|0[1-9]\d{8,9}"  # Europe, with the zero of the trunk
    r"|\d{2}(?:-\d\d){3}"
    r")(?![\d]|[.:]\d|[-/年]\d)",
    re.IGNORECASE,
)
_LOOSE: Final = re.compile(
    r"(?<![A-Za-z0-9_.$€£¥+])(?<!\d[,-])[(]?\d{1,4}[)]?(?:[ -]?\d{1,4}){1,5}(?![\d%]|[.,/:]\d|[ ]?[元万个天年月人次])"
)
_CUE: Final = re.compile(
    r"\b(?:tel|telephone|phone|mobile|cell|fax|call|text|sms|dial|ring|reach|whats ?app|contact|number|office|home|"
    r"work|messages?|hotline|voicemail|registered)\b|电话|手机|联系|座机|致电|来电|拨打|号码|传真|热线|固话|分机"
)
_AFTER: Final = re.compile(r"[ ]*[(\-–:]?[ ]*(?:office|fax|mobile|home|cell|work|tel)\b")
_OTHER: Final = re.compile(
    r"\b(?:order|invoice|ticket|case|tracking|reference|ref|serial|part|model|version|page|id|loan|contract|flight|room)\b"
    r"[ .#:]*(?:number|no\.?|is|#)?[ :]*$|(?:订单|流水|单|合同|编|批|序列|票|案件|申请)号?(?:码)?[是为:：\s]*$"
)
_ISO_DATE: Final = re.compile(
    r"(?:19|20)\d\d[ .-](?:0?[1-9]|1[0-2])[ .-][0-3]?\d|[0-3]?\d[ .-][0-3]?\d[ .-](?:19|20)\d\d"
)


def is_of_something_else(before: str) -> bool:
    """Say whether the words before a number call it an order, an invoice, a case; small letters."""
    return _OTHER.search(before[-24:]) is not None


def phones(text: str, lower: str) -> Iterator[Span]:
    """Yield telephone numbers. ``lower`` is the text in small letters, character for character."""
    for match in _MOBILE.finditer(text):
        if not is_of_something_else(lower[max(0, match.start() - 24) : match.start()]):
            yield Span(*match.span(), "PHONE_NUMBER")
    for match in _SHAPED.finditer(text):
        before = lower[max(0, match.start() - 24) : match.start()]
        if not is_of_something_else(before) and _ISO_DATE.fullmatch(match[0]) is None:
            yield Span(*match.span(), "PHONE_NUMBER")
    if _CUE.search(lower) is None:
        return
    for match in _LOOSE.finditer(text):
        digits = sum(char.isdigit() for char in match[0])
        if not 6 <= digits <= 13 or _ISO_DATE.fullmatch(match[0]):
            continue
        before = lower[max(0, match.start() - 24) : match.start()]
        is_called = _CUE.search(before) or _AFTER.match(lower, match.end())
        if is_called and not is_of_something_else(before):
            yield Span(*match.span(), "PHONE_NUMBER", Trust.LISTED)
