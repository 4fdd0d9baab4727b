"""The table of rules: patterns of what is personal, and what each match must pass."""

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final, NamedTuple

from cothink.privacy.rules.checksums import IBAN_LENGTHS, is_card, is_cn_id, is_credit_code, is_iban, is_ssn
from cothink.privacy.spans import Trust

_NEAR = 24  # characters before a number in which a word may say what it is
_IS: Final = r"[\s\"'“]*(?:(?:number|no\.?|num\.?|nr\.?|id|is|was|are|号码|号|为|是|填写?)[\s\"'“]*)*[:：#=]?[\s\"'“]*"
_MONTH: Final = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_DAY: Final = r"(?:3[01]|[12]\d|0?[1-9])"
_DATE = (
    r"(?:(?:19|20)\d\d\s?[-/.年]\s?(?:1[0-2]|0?[1-9])\s?[-/.月]\s?(?:3[01]|[12]\d|0?[1-9])(?!\d)\s?[日号]?"
    r"|(?<!\d)[0-3]?\d[-/.][0-3]?\d[-/.](?:19|20)?\d\d(?!\d)"
    rf"|{_DAY}(?:st|nd|rd|th)?(?: of)? {_MONTH}[a-z]*,? \d{{4}}"
    rf"|{_MONTH}[a-z]*\.? {_DAY}(?:st|nd|rd|th)?,? \d{{4}})"
)
_ID_DATE: Final = re.compile(r"[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")


class Shape:
    """A pattern that is compiled when it is first looked for: all of them take longer than the gateway may to start."""

    __slots__ = ("_compiled", "_flags", "_words")

    def __init__(self, words: str, flags: int = 0) -> None:
        self._words = words
        self._flags = flags
        self._compiled: re.Pattern[str] | None = None

    @property
    def compiled(self) -> "re.Pattern[str]":
        """The compiled pattern."""
        if self._compiled is None:
            self._compiled = re.compile(self._words, self._flags)
        return self._compiled


class Rule(NamedTuple):
    """A pattern whose group ``x``, or the whole of it, is a span where ``check`` agrees.

    ``needs`` are characters or words of which one must be in the text, lower-cased, for the pattern to be tried.
    """

    type: str
    trust: Trust
    pattern: "Shape"
    needs: tuple[str, ...] = ()
    check: Callable[["re.Match[str]"], bool] | None = None


def _digits(match: "re.Match[str]") -> str:
    return re.sub(r"[ -]", "", match["x"])


def _is_card(match: "re.Match[str]") -> bool:
    number = _digits(match)
    if len(number) == 18 and _ID_DATE.match(number):  # an identity card with a slip, not a bank card
        return False
    return is_card(number)


def _is_id(match: "re.Match[str]") -> bool:
    number = _digits(match)
    if len(number) == 15 and is_card(number):  # an American Express card begins as a card from Anhui does
        return "证" in match.string[max(0, match.start() - _NEAR) : match.start()]
    return is_cn_id(number)


def _is_ip(match: "re.Match[str]") -> bool:
    try:
        ip_address(match["x"])
    except ValueError:
        return False
    before = match.string[max(0, match.start() - 10) : match.start()].lower()
    return not before.endswith(("version ", "ver ", "v", "release "))


def _is_iban(match: "re.Match[str]") -> bool:
    return is_iban(match["x"].replace(" ", "").upper())


def _is_ssn(match: "re.Match[str]") -> bool:
    number = re.sub(r"\D", "", match["x"])
    return is_ssn(number[:3], number[3:5], number[5:])


def _is_no_date(match: "re.Match[str]") -> bool:
    return re.fullmatch(_DATE, match["x"].strip()) is None


def _iban() -> str:
    return (
        r"(?<![A-Za-z0-9])(?P<x>"
        + "|".join(
            rf"{land}\d\d" + r"(?: ?[A-Za-z0-9]{4})" * ((n - 4) // 4) + (rf" ?[A-Za-z0-9]{{{n % 4}}}" if n % 4 else "")
            for land, n in IBAN_LENGTHS.items()
        )
        + ")(?![A-Za-z0-9])"
    )


_ACCOUNT_WORDS = (
    r"(?:account|acct|a/c|policy|customer|member(?:ship)?|card|routing|sort code|driver'?s?[ ]licen[cs]e|medicare|"
    r"(?:(?:银行|信用|借记|储蓄|工资|还款|社保|医保|公积金|市民)?(?:卡|账户|帐户|账|帐)|保单|驾驶证|驾照|学籍|工))"
)
_SITES = (
    r"(?:com|org|net|edu|gov|cn|info|biz|io|co|uk|de|fr|eu|ru|jp|us|ca|au|nl|se|no|fi|dk|pl|es|it|ch|at|be|cz|"
    r"pt|hu|gr|ie|si|sk|hr|ee|lt|lv|is|br|in|cc|tv|me|top|xyz|vip|shop|site|club|online|app|dev|ly|gl|gg|la|link|"
    r"live|tech|store|ltd|wang|ink|fun|mobi|asia|hk|tw|sg|nz|mx|kr|th|tr|ro|bg|lu|uy|cy|my|za|il|ua)"
)
TEXT_RULES: Final = (
    Rule(
        "EMAIL_ADDRESS",
        Trust.SHAPED,
        Shape(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}+\s?@\s?[A-Za-z0-9-]{1,63}+(?:\.[A-Za-z0-9-]{1,63}+){1,6}"),
        ("@",),
    ),
    Rule(
        "EMAIL_ADDRESS",
        Trust.CUED,
        Shape(
            r"(?<![\w.%+-])[A-Za-z0-9._%+-]{1,64}+ ?[\[(](?:at|AT)[\])] ?[A-Za-z0-9-]{1,63}"
            r"(?: ?(?:\.|[\[(]dot[\])]) ?[A-Za-z0-9-]{2,63}){1,4}"
        ),
        ("(at)", "[at]"),
    ),
    Rule(
        "DOMAIN_NAME",
        Trust.SHAPED,
        Shape(
            r"\b(?:https?|ftp|sftp|wss?)://[!#-&(-;=?-~À-ɏ]+|\bwww\.[A-Za-z0-9-]+\.[!#-&(-;=?-~À-ɏ]+",
            re.IGNORECASE,
        ),
        ("://", "www."),
    ),
    Rule(
        "DOMAIN_NAME",
        Trust.SHAPED,
        Shape(
            rf"(?<![A-Za-z0-9_@./-])(?:[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.){{1,5}}{_SITES}(?![A-Za-z0-9_@-]|\.[A-Za-z0-9])(?:/[!#-&(-;=?-~]*)?",
            re.IGNORECASE,
        ),
        (".",),
    ),
    Rule("IP_ADDRESS", Trust.SHAPED, Shape(r"(?<![\w.])(?P<x>\d{1,3}(?:\.\d{1,3}){3})(?![\w]|\.\d)"), (".",), _is_ip),
    Rule(
        "IP_ADDRESS",
        Trust.SHAPED,
        Shape(r"(?<![\w:.])(?P<x>(?=[0-9A-Fa-f:]*[0-9A-Fa-f]{2})[0-9A-Fa-f:]{1,4}(?::[0-9A-Fa-f]{0,4}){2,7})(?![\w:])"),
        (":",),
        _is_ip,
    ),
    Rule(
        "MAC_ADDRESS",
        Trust.SHAPED,
        Shape(r"(?<![\w:-])[0-9A-Fa-f]{2}(?:(?::[0-9A-Fa-f]{2}){5}|(?:-[0-9A-Fa-f]{2}){5})(?![\w:-])"),
        (":", "-"),
    ),
    Rule(
        "SOCIAL_ACCOUNT",
        Trust.CUED,
        Shape(
            rf"(?:微信|wechat|weixin|\bvx|\bwx)(?:号码|号|账号|id)?{_IS}"
            r"(?P<x>(?!wechat|weixin)[A-Za-z][A-Za-z0-9_-]{5,19}|\d{6,11})",
            re.IGNORECASE,
        ),
        ("微信", "wechat", "weixin", "vx", "wx"),
    ),
    Rule(
        "SOCIAL_ACCOUNT",
        Trust.CUED,
        Shape(rf"\bqq(?:群|号码|号)?{_IS}(?P<x>[1-9]\d{{4,10}})(?![\d@])", re.IGNORECASE),
        ("qq",),
    ),
    Rule(
        "LICENSE_PLATE",
        Trust.SHAPED,
        Shape(
            "(?P<x>[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
            "[A-HJ-NP-Z][ ·•・-]?(?:[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳]|[A-HJ-NP-Z0-9]{6}))(?![A-Za-z0-9])"
        ),
        tuple("京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"),
        lambda match: any(char.isdigit() for char in match["x"]),
    ),
    Rule(
        "DATE_OF_BIRTH",
        Trust.CUED,
        Shape(
            rf"(?:出生日期|出生年月日?|出生于|出生|生日|生于|诞生)[^\d\n]{{0,6}}"
            rf"(?P<x>{_DATE}|\d{{4}}年\d{{1,2}}月|\d{{1,2}}月\d{{1,2}}[日号]|(?:19|20)\d\d[01]\d[0-3]\d(?!\d))"
        ),
        ("生",),
    ),
    Rule(
        "DATE_OF_BIRTH",
        Trust.CUED,
        Shape(rf"(?P<x>{_DATE}|(?:19|20)\d\d年\d{{1,2}}月)\s?(?:出生|生(?!活|产|意|病))", re.IGNORECASE),
        ("生",),
    ),
    Rule(
        "DATE_OF_BIRTH",
        Trust.CUED,
        Shape(
            rf"\b(?:born|birth ?da(?:te|y)|date of birth|d\.?o\.?b\.?)\b[^\d\n]{{0,16}}?(?P<x>{_DATE})", re.IGNORECASE
        ),
        ("born", "birth", "dob", "d.o.b"),
    ),
)
NUMBER_RULES: Final = (
    Rule(
        "CN_ID_CARD",
        Trust.CHECKED,
        Shape(r"(?<!\d)(?P<x>[1-9]\d{5}(?:[ -]?(?:18|19|20)\d\d[01]\d[0-3]\d[ -]?\d{3}[\dXx]"
            r"|[ -]?\d\d[01]\d[0-3]\d[ -]?\d{3}))(?!\d)"),
        (),
        _is_id,
    ),
    Rule(
        "CREDIT_CARD",
        Trust.CHECKED,
        Shape(
            r"(?<![\d.+])(?P<x>\d{12,19}|\d{4}([ -])\d{4}(?:\2\d{4}){1,2}(?:\2\d{1,4})?|\d{4}([ -])\d{6}\3\d{4,5}"
            r"|\d{6}([ -])\d{10,13})(?![\d]|\.\d)"
        ),
        (),
        _is_card,
    ),
    Rule("IBAN_CODE", Trust.CHECKED, Shape(_iban(), re.IGNORECASE), (), _is_iban),
    Rule(
        "CN_CREDIT_CODE",
        Trust.CHECKED,
        Shape(r"(?<![A-Za-z0-9])(?P<x>[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10})(?![A-Za-z0-9])"),
        (),
        lambda match: is_credit_code(match["x"]),
    ),
    Rule("US_SSN", Trust.SHAPED, Shape(r"(?<![\d-])(?P<x>\d{3}-\d\d-\d{4})(?![\d-])"), ("-",), _is_ssn),
    Rule(
        "US_SSN",
        Trust.CUED,
        Shape(rf"\b(?:ssn|social security)\b{_IS}(?P<x>\d{{3}}[ .-]?\d\d[ .-]?\d{{4}})(?!\d)", re.IGNORECASE),
        ("ssn", "social sec"),
        _is_ssn,
    ),
    Rule(
        "CN_ID_CARD",
        Trust.CUED,
        Shape(rf"(?:身份(?:证|証)?|证件)(?:件|號|号)?{_IS}(?P<x>\d{{14,17}}[\dXx]?)(?!\d)"),
        ("身份", "证件"),
    ),
    Rule(
        "PASSPORT",
        Trust.CUED,
        Shape(rf"(?:\bpassport|护照|通行证|回乡证|台胞证|居留证|军官证){_IS}"
            r"(?P<x>[A-Za-z]{0,3}\d{6,10})(?!\d)", re.IGNORECASE),
        ("passport", "护照", "证"),
    ),
    Rule("PASSPORT", Trust.SHAPED, Shape(r"(?<![A-Za-z0-9])(?P<x>(?:E[A-HJ-NP-Z]?|[GDSP])\d{7,8})(?![A-Za-z0-9])"), (),
         lambda match: len(match["x"]) == 9),
    Rule(
        "ACCOUNT_NUMBER",
        Trust.CUED,
        Shape(rf"{_ACCOUNT_WORDS}{_IS}(?P<x>[A-Z]{{0,4}}\d(?:[ -]?\d){{5,24}})(?![\d%])", re.IGNORECASE),
        ("acc", "a/c", "policy", "customer", "member", "card", "routing", "sort", "licen", "medicare", "卡", "账", "帐",
         "保单", "驾", "学籍", "工号"),
        _is_no_date,
    ),
)  # fmt: skip
