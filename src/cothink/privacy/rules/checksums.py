"""Check digits: they decide whether a number is what it looks like.

Sources: ISO/IEC 7812-1 (Luhn), GB 11643-1999 (identity card), GB 32100-2015 (unified credit code), ISO 13616 (IBAN).
"""

from datetime import date
from typing import Final

_ID_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK: Final = "10X98765432"
_CODE_CHARS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
# The first two digits of an identity card: provinces, regions, Taiwan, Hong Kong, Macau, and cards for foreigners.
_PROVINCES: Final = frozenset(map(str, (
    *range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83, 91,
)))  # fmt: skip
IBAN_LENGTHS: Final = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LI": 21, "LT": 20, "LU": 20,
    "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24,
    "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27,
    "TN": 24, "TR": 26, "UA": 29, "VG": 24, "XK": 20,
}  # fmt: skip


def luhn(digits: str) -> bool:
    """Say whether the last digit is the Luhn digit of those before it; digits that are all alike do not count."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        digit = ord(char) - 48
        total += _DOUBLED[digit] if place & 1 else digit
    return total % 10 == 0 and digits.strip(digits[0]) != ""


def is_card(digits: str) -> bool:
    """Say whether this is a bank card's number: 12 to 19 digits, an issuer's beginning, the Luhn digit."""
    first = digits[0]
    if first in "456":
        issued = first != "5" or digits[1] != "9" or len(digits) == 16
    elif first == "3":
        issued = digits[1] in "045678" and len(digits) in (14, 15, 16, 19)
    elif first == "2":
        issued = len(digits) == 16 and "2221" <= digits[:4] <= "2720"
    else:
        issued = digits[:4] in ("1800", "2131") or (first == "9" and len(digits) in (16, 17, 18, 19))
    issued = issued or (digits[:4] == "2131" and len(digits) == 15)
    return issued and 12 <= len(digits) <= 19 and luhn(digits)


def is_cn_id(text: str) -> bool:
    """Say whether this is a Chinese identity card of 18 characters (its check digit decides) or of 15 (its date)."""
    if text[:2] not in _PROVINCES:
        return False
    if len(text) == 15:
        return _is_date("19" + text[6:12])
    if len(text) != 18 or not _is_date(text[6:14]):
        return False
    total = sum(weight * (ord(char) - 48) for weight, char in zip(_ID_WEIGHTS, text, strict=False))
    return _ID_CHECK[total % 11] == text[17].upper()


def id_check_digit(first_17: str) -> str:
    """Return the last character of an identity card whose first 17 digits are given."""
    return _ID_CHECK[sum(weight * int(char) for weight, char in zip(_ID_WEIGHTS, first_17, strict=True)) % 11]


def luhn_digit(digits: str) -> str:
    """Return the digit that makes the Luhn sum right when it follows."""
    total = sum(_DOUBLED[int(char)] if place & 1 == 0 else int(char) for place, char in enumerate(reversed(digits)))
    return str(-total % 10)


def is_credit_code(text: str) -> bool:
    """Say whether this is a Chinese company's unified credit code of 18 characters."""
    if len(text) != 18 or any(char not in _CODE_CHARS for char in text):
        return False
    total = sum(weight * _CODE_CHARS.index(char) for weight, char in zip(_CODE_WEIGHTS, text, strict=False))
    return _CODE_CHARS[-total % 31] == text[17]


def is_iban(text: str) -> bool:
    """Say whether this is an IBAN, without spaces: its country's length, and the remainder of 97 is 1."""
    if IBAN_LENGTHS.get(text[:2]) != len(text):
        return False
    turned = text[4:] + text[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1


def is_ssn(area: str, group: str, serial: str) -> bool:
    """Say whether these three parts may be a US social security number: some values are never given out."""
    return area not in ("000", "666") and group != "00" and serial != "0000"


def _is_date(text: str) -> bool:
    try:
        found = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return 1890 <= found.year <= 2100
