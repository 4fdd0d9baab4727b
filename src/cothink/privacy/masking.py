"""Placeholders in the place of personal data, and back again, also where a stream cuts one in two."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from cothink.privacy.detect import Detector
from cothink.privacy.spans import Span

PLACEHOLDER: Final = re.compile(r"<([A-Z][A-Z_]*[A-Z])_(\d{1,6})>")
_BEGUN: Final = re.compile(r"<(?:[A-Z][A-Z_]{0,30}\d{0,6})?$")


class Placeholders:
    """Gives each value a placeholder, the same one each time: ``<PERSON_1>``.

    Args:
        texts: What the placeholders will stand in. One that a text already holds is never given out, so that nobody
            can write a placeholder and be given somebody's name for it.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._by_value: dict[tuple[str, str], str] = {}
        self._values: dict[str, str] = {}
        self._counts: Counter[str] = Counter()
        self._taken = {match[0] for text in texts if "<" in text for match in PLACEHOLDER.finditer(text)}

    @property
    def values(self) -> dict[str, str]:
        """Placeholder -> what it stands for."""
        return dict(self._values)

    @property
    def counts(self) -> dict[str, int]:
        """How many different values of each type have a placeholder."""
        return dict(Counter(kind for kind, _ in self._by_value))

    def of(self, kind: str, value: str) -> str:
        """Return the placeholder of a value."""
        key = (kind, value)
        if key not in self._by_value:
            self._counts[kind] += 1
            while f"<{kind}_{self._counts[kind]}>" in self._taken:
                self._counts[kind] += 1
            name = f"<{kind}_{self._counts[kind]}>"
            self._by_value[key] = name
            self._values[name] = value
        return self._by_value[key]

    def mask(self, text: str, spans: Iterable[Span]) -> str:
        """Return the text with a placeholder for each span; the spans are in order and do not overlap."""
        pieces: list[str] = []
        at = 0
        for start, end, kind, _ in spans:
            pieces += (text[at:start], self.of(kind, text[start:end]))
            at = end
        return "".join((*pieces, text[at:]))

    def restore(self, text: str, *, in_json: bool = False) -> str:
        """Return the text with the values back in their places.

        Args:
            text: A whole text; for a stream see `Restorer`.
            in_json: The text is JSON, so a value is written as it stands inside a JSON string.
        """
        if "<" not in text:
            return text
        return PLACEHOLDER.sub(lambda match: self._back(match[0], in_json), text)

    def _back(self, name: str, in_json: bool) -> str:
        value = self._values.get(name, name)
        return json.dumps(value, ensure_ascii=False)[1:-1] if in_json else value


class Restorer:
    """Puts the values back into a text that comes in pieces. It holds back no more than one unfinished placeholder."""

    def __init__(self, placeholders: Placeholders, *, in_json: bool = False) -> None:
        self._placeholders = placeholders
        self._in_json = in_json
        self._held = ""

    def add(self, piece: str) -> str:
        """Take the next piece and return what is now sure."""
        text = self._held + piece
        begun = _BEGUN.search(text, text.rfind("<")) if "<" in text else None
        cut = begun.start() if begun else len(text)
        self._held = text[cut:]
        return self._placeholders.restore(text[:cut], in_json=self._in_json)

    def end(self) -> str:
        """Return what was held back: the stream is over."""
        held, self._held = self._held, ""
        return held


def redact(text: str, detector: Detector | None = None) -> str:
    """Return the text with ``<TYPE>`` in the place of personal data. There is no way back.

    Args:
        text: Any text.
        detector: Finds the data; the rules alone by default.
    """
    pieces: list[str] = []
    at = 0
    for start, end, kind, _ in (detector or Detector()).scan(text):
        pieces += (text[at:start], f"<{kind}>")
        at = end
    return "".join((*pieces, text[at:]))
