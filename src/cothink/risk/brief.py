"""What the pro learns of an application: numbers within bounds and words of closed lists, by a schema made once.

The schema is made from the scorecard's form, never from an application. Free text has no field in it, so it cannot
cross, whatever a client sends or R1 answers.
"""

import re
from collections.abc import Iterable, Mapping
from math import ceil, floor, isfinite, log10
from typing import Any, Final

from cothink.privacy.vocabulary import Cleared, Flag, Kind, Number, Schema, Some, Word
from cothink.risk.application import Value
from cothink.risk.portrait import Portrait, Range
from cothink.risk.reading import RISKS, Heard

_LABEL: Final = re.compile(r"[^a-z0-9]+")
_LEVEL: Final = re.compile(r"[a-z0-9][a-z0-9_ .+<>=/-]{0,39}")
_DIGITS: Final = 3  # that count: enough for a judgement, too few to tell one person by
_MOST_SAID: Final = 20
_BIGGEST: Final = 999_999_999
RARE, NONE = "rare", "none"
_YEAR: Final = re.compile(r"(19|20)\d\d\b")


class Brief:
    """Makes what may leave of an application.

    Args:
        portrait: The scorecard's form.
    """

    def __init__(self, portrait: Portrait) -> None:
        numbers = {name: one for name, one in portrait.numbers.items() if _bounded(one)}
        names = [*numbers, *portrait.dates, *portrait.categories]
        self._labels = dict(zip(names, _labels(names), strict=True))
        self._numbers = {name: _number(one) for name, one in numbers.items()}
        self._dates = portrait.dates
        self._levels = {name: _level_words(levels) for name, levels in portrait.categories.items()}
        self.schema = Schema(self._fields(), needed=frozenset({"text_state"}))
        self.usual = {self._labels[name]: _rounded(one.usual, self._numbers[name]) for name, one in numbers.items()}

    @property
    def features(self) -> tuple[str, ...]:
        """The names of everything that may leave."""
        return tuple(self.schema.fields)

    def clear(self, form: Mapping[str, Value], heard: Heard) -> Cleared:
        """Return an application as it may leave.

        Raises:
            Forbidden: A value is not in the closed schema, so nothing leaves.
        """
        told: dict[str, Any] = {}
        for name, kind in self._numbers.items():
            told[self._labels[name]] = _rounded(form.get(name), kind)
        for name in self._dates:
            found = _YEAR.match(str(form.get(name) or ""))
            told[self._labels[name]] = int(found[0]) if found else None
        for name, words in self._levels.items():
            value = form.get(name)
            told[self._labels[name]] = NONE if value is None else words.get(_as_level(value), RARE)
        return self.schema.clear(told | self._heard(heard))

    def _fields(self) -> dict[str, Kind]:
        fields: dict[str, Kind] = {self._labels[name]: kind for name, kind in self._numbers.items()}
        fields |= {self._labels[name]: Number(1900, 2099) for name in self._dates}
        for name, words in self._levels.items():
            fields[self._labels[name]] = Word(frozenset({*words.values(), RARE, NONE}))
        fields["text_state"] = Word(frozenset({"read", "no_words", "not_read"}))
        fields["text_mood"] = Word(frozenset({"negative", "neutral", "positive"}))
        fields["text_income_is_stable"] = fields["text_has_other_debts"] = Flag()
        fields |= {f"text_says_{risk}": Number(0, _MOST_SAID) for risk in RISKS}
        if self._labels:
            fields["text_contradicts"] = Some(Word(frozenset(self._labels.values())), most=_MOST_SAID)
        return fields

    def _heard(self, heard: Heard) -> dict[str, Any]:
        state = heard.state if heard.state in ("read", "no_words") else "not_read"
        told: dict[str, Any] = {"text_state": state}
        if state == "read":
            told |= {"text_mood": heard.sentiment, "text_income_is_stable": heard.income_is_stable}
            told["text_has_other_debts"] = heard.has_other_debts
            told |= {f"text_says_{risk}": min(_MOST_SAID, heard.said.get(risk, 0)) for risk in RISKS}
            against = [self._labels[name] for name in heard.contradicted if name in self._labels]
            if self._labels:
                told["text_contradicts"] = against[:_MOST_SAID]
        return told


def _bounded(one: Range) -> bool:
    """Whether a number has bounds that a closed schema may have."""
    return all(map(isfinite, (one.low, one.usual, one.high))) and max(abs(one.low), abs(one.high)) <= _BIGGEST


def _number(one: Range) -> Number:
    widest = max(abs(one.low), abs(one.high), 1e-6)
    whole = len(str(int(widest)))
    decimals = max(0, min(6, 9 - whole, _DIGITS - 1 - floor(log10(widest))))
    scale = 10**decimals
    return Number(floor(one.low * scale) / scale, ceil(one.high * scale) / scale, decimals)


def _rounded(value: Value, kind: Number) -> float | int | None:
    """A number as it may leave: within the bounds, with few digits; None for what is no number."""
    try:
        number = float(value)  # type: ignore[arg-type]  # what is no number is caught
    except (TypeError, ValueError):
        return None
    if not isfinite(number):
        return None
    number = min(max(number, kind.low), kind.high)
    digits = _DIGITS - 1 - floor(log10(abs(number))) if number else 0
    short = round(round(number, digits), kind.decimals)
    short = min(max(short, kind.low), kind.high)
    return int(short) if kind.decimals == 0 else short


def _labels(names: Iterable[str]) -> list[str]:
    """A label of small letters for each field, unlike the others."""
    made: list[str] = []
    for name in names:
        label = f"form_{_LABEL.sub('_', name.lower()).strip('_')[:30] or 'field'}"
        while label in made:
            label = f"{label[:35]}_{len(made)}"
        made.append(label)
    return made


def _level_words(levels: Iterable[str]) -> dict[str, str]:
    """A word for each level; one that is no label, such as a name in Chinese, goes by its number."""
    words: dict[str, str] = {}
    for place, level in enumerate(levels):
        word = level.lower()
        fits = _LEVEL.fullmatch(word) and word not in {RARE, NONE, *words.values()}
        words[level] = word if fits else f"level_{place}"
    return words


def _as_level(value: Value) -> str:
    """A value as a table's column of words has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
