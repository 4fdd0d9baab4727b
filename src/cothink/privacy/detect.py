"""One call that finds personal data: the rules, and where it is asked for names, places and companies too."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from cothink.privacy.rules.finder import by_rules
from cothink.privacy.spans import Span, Trust, resolve

_AGAIN: Final = frozenset({"PERSON", "STREET_ADDRESS", "ORGANIZATION"})
_MOST_AGAIN: Final = 200  # values that are looked for once more in one text


class Finder(Protocol):
    """Finds spans in a text."""

    def find(self, text: str) -> Iterator[Span]:
        """Yield spans; they may overlap."""
        ...


@dataclass(frozen=True, slots=True)
class Detector:
    """Finds personal data in a text.

    Args:
        names: Finds names, places and companies; without it the rules work alone.
    """

    names: Finder | None = None

    @classmethod
    def of(cls, find: Literal["rules", "names"]) -> "Detector":
        """Return a detector; ``names`` loads the tagger, which takes a moment."""
        if find == "rules":
            return cls()
        from cothink.privacy.names.finder import Names

        return cls(Names.load())

    def scan(self, text: str) -> list[Span]:
        """Return what was found, in order, no two spans overlapping. Offsets count characters."""
        if self.names is None:
            return resolve(by_rules(text), text)
        found = resolve([*by_rules(text), *self.names.find(text)], text)
        again = list(_again(text, found))
        return resolve([*found, *again], text) if again else found


def _again(text: str, found: list[Span]) -> Iterator[Span]:
    """Find once more, anywhere, what was found in one place: a name stays a name without the words around it."""
    values: dict[str, str] = {}
    for span in found:
        if span.type in _AGAIN:
            value = text[span.start : span.end]
            if len(value) >= (4 if value.isascii() else 2) and not value.isdigit():
                values.setdefault(value, span.type)
    if not values or len(found) < 1:
        return
    ordered = sorted(values, key=len, reverse=True)[:_MOST_AGAIN]
    if all(text.count(value) == 1 for value in ordered):
        return
    pattern = "|".join(rf"(?<!\w){re.escape(v)}(?!\w)" if v.isascii() else re.escape(v) for v in ordered)
    for match in re.finditer(pattern, text):
        yield Span(match.start(), match.end(), values[match[0]], Trust.TAGGED)
