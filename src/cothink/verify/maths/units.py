"""The usual units of measure, with exact factors to one base unit a dimension, and how a phrase of them is read.

Factors are exact by definition where a law defines them (an inch is 0.0254 m since 1959, a US gallon 231 cubic inches).
"""

import re
from dataclasses import dataclass
from fractions import Fraction

_TABLE = {
    "length": "m meter metre=1; km kilometer kilometre=1000; cm centimeter centimetre=0.01; "
    "mm millimeter millimetre=0.001; inch inches in=0.0254; ft foot feet=0.3048; yd yard=0.9144; mi mile=1609.344",
    "mass": "g gram=1; kg kilogram kilo=1000; mg milligram=0.001; t ton tonne=1000000; oz ounce=28.349523125; "
    "lb lbs pound=453.59237",
    "time": "s sec second=1; ms millisecond=0.001; min minute=60; h hr hour=3600; day=86400; week=604800; "
    "month=2629746; year yr=31556952",
    "dollar": "dollar usd buck=1; cent ¢=0.01; penny pennies=0.01; nickel=0.05; dime=0.1; quarter=0.25",
    "euro": "euro eur €=1",
    "yen": "yen jpy ¥=1",
    "yuan": "yuan rmb cny 元=1",
    "sterling": "gbp £=1",
    "volume": "l liter litre=0.001; ml milliliter millilitre=0.000001; gallon gal=0.003785411784; "
    "quart=0.000946352946; pint=0.000473176473; cup=0.0002365882365",
    "speed": "mph=0.44704; kph kmh=5/18",
    "angle": "degree deg=1; radian rad=0",
    "celsius": "celsius °c=1",
    "fahrenheit": "fahrenheit °f=1",
    "kelvin": "kelvin=1",
    "share": "percent pct %=0.01",
}
# Volume and speed are powers of length and time: one litre is a thousandth of a cubic metre.
_COMPOSED = {"volume": (("length", 3),), "speed": (("length", 1), ("time", -1))}
_POWERS = {"square": 2, "sq": 2, "cubic": 3, "cu": 3}
_PHRASE = re.compile(r"[A-Za-z°¢€¥£%元]+|\^?\s?\{?-?\d\}?|[²³/*·]")


@dataclass(frozen=True, slots=True)
class Unit:
    """Base dimensions with whole powers, and the factor to their base units; `words` is how it was written."""

    dimensions: tuple[tuple[str, int], ...]
    factor: Fraction
    words: str

    def factor_to(self, other: "Unit") -> Fraction | None:
        """What turns a number in this unit into one in the other, or None where they measure different things."""
        if self.dimensions != other.dimensions or other.factor == 0 or self.factor == 0:
            return None
        return self.factor / other.factor


def _load() -> dict[str, tuple[str, Fraction]]:
    words: dict[str, tuple[str, Fraction]] = {}
    for dimension, rows in _TABLE.items():
        for row in rows.split("; "):
            spellings, _, factor = row.rpartition("=")
            for spelling in spellings.split():
                words[spelling] = (dimension, Fraction(factor))
    return words


_WORDS = _load()


def known_word(word: str) -> tuple[str, Fraction] | None:
    """The dimension and factor of one unit word, singular or plural."""
    lower = word.lower()
    for spelling in (lower, lower.removesuffix("s"), lower.removesuffix("es")):
        if spelling in _WORDS:
            return _WORDS[spelling]
    return None


def read_unit(phrase: str) -> Unit | None:
    """Read `cm`, `square feet`, `km/h`, `cm^2`, `miles per hour`; None where a word is no unit."""
    pieces = _PHRASE.findall(phrase)
    if not pieces or len(pieces) > 12 or _PHRASE.sub("", phrase).strip(" .\\{}^"):
        return None
    powers: dict[str, int] = {}
    factor = Fraction(1)
    sign, pending = 1, 1
    last: tuple[str, Fraction, int] | None = None
    for piece in pieces:
        lower = piece.lower()
        if lower in {"/", "per"}:
            sign, last = -1, None
        elif lower in _POWERS:
            pending = _POWERS[lower]
        elif lower in {"*", "·"}:
            last = None
        elif (exponent := _exponent(lower)) is not None:
            if last is None:
                return None
            factor *= last[1] ** (last[2] * (exponent - 1))
            _count(powers, last[0], last[2] * (exponent - 1))
        elif (found := known_word(piece)) is not None:
            last = (found[0], found[1], sign * pending)
            factor = factor * found[1] ** last[2] if found[1] else Fraction(0)
            _count(powers, found[0], last[2])
            pending = 1
        else:
            return None
    dimensions = tuple(sorted((name, count) for name, count in powers.items() if count))
    return Unit(dimensions, factor, phrase.strip()) if dimensions else None


def _exponent(piece: str) -> int | None:
    plain = piece.replace("²", "2").replace("³", "3").strip("^{} ")
    if plain.lstrip("-").isdigit():
        return max(-4, min(4, int(plain)))
    return None


def _count(powers: dict[str, int], dimension: str, times: int) -> None:
    for base, weight in _COMPOSED.get(dimension, ((dimension, 1),)):
        powers[base] = powers.get(base, 0) + weight * times
