"""A closed vocabulary: what leaves is numbers within bounds and words of a fixed list. Free text cannot cross.

No detector is trusted with this: a value that the schema does not name is refused, whatever it says.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, final

import msgspec

from cothink.core.errors import Forbidden, SettingError
from cothink.core.messages import Message

_WORD: Final = re.compile(r"[a-z0-9][a-z0-9_ .+<>=/-]{0,39}")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MOST_WORDS: Final = 1_000
_MOST_DIGITS: Final = 9  # of the whole and the fraction together: shorter than a telephone number with its country


@dataclass(frozen=True, slots=True)
class Number:
    """A number from ``low`` to ``high`` with at most ``decimals`` places after the point.

    Raises:
        SettingError: The bounds are no bounds, or so wide that a telephone number would fit in.
    """

    low: float
    high: float
    decimals: int = 0

    def __post_init__(self) -> None:
        """Refuse bounds that bound nothing."""
        widest = max(abs(self.low), abs(self.high))
        digits = len(str(int(widest))) + self.decimals if widest < 1e15 else 16
        if not self.low <= self.high or not 0 <= self.decimals <= 6 or digits > _MOST_DIGITS:
            raise SettingError(
                f"A number from {self.low} to {self.high} with {self.decimals} decimals holds too much: "
                f"{_MOST_DIGITS} digits are the most."
            )

    def check(self, value: Any, where: str) -> float | int:
        """Return the number, or raise Forbidden."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not self.low <= value <= self.high:
            raise _refused(where, f"a number from {self.low:g} to {self.high:g}")
        if round(value, self.decimals) != value:
            raise _refused(where, f"a number with at most {self.decimals} decimals")
        return value


@dataclass(frozen=True, slots=True)
class Word:
    """One of a fixed list of short words.

    Raises:
        SettingError: A word is not of the form of a label, or there are too many for a closed list.
    """

    words: frozenset[str]

    def __post_init__(self) -> None:
        """Refuse words that could carry a text."""
        odd = next((word for word in sorted(self.words) if _WORD.fullmatch(word) is None), None)
        if odd is not None or not 0 < len(self.words) <= _MOST_WORDS:
            raise SettingError(
                f"A closed vocabulary has 1 to {_MOST_WORDS} words of up to 40 small letters, not {odd!r}."
            )

    def check(self, value: Any, where: str) -> str:
        """Return the word, or raise Forbidden."""
        if not isinstance(value, str) or value not in self.words:
            raise _refused(where, "a word of its closed vocabulary")
        return value


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def check(self, value: Any, where: str) -> bool:
        """Return the truth value, or raise Forbidden."""
        if not isinstance(value, bool):
            raise _refused(where, "true or false")
        return value


@dataclass(frozen=True, slots=True)
class Some:
    """Up to ``most`` different values of one kind, in a fixed order, so that their order tells nothing."""

    kind: Number | Word
    most: int = 20

    def check(self, value: Any, where: str) -> list[Any]:
        """Return the values in order, or raise Forbidden."""
        if not isinstance(value, list | tuple) or len(value) > self.most:
            raise _refused(where, f"a list of at most {self.most}")
        return sorted({self.kind.check(one, f"{where}[{i}]") for i, one in enumerate(value)})


Kind = Number | Word | Flag | Some


@final
class Cleared:
    """A value that went through a schema. Only a schema makes one; ``text`` is the one form in which it leaves."""

    __slots__ = ("text",)

    def __init__(self, text: str, key: object) -> None:
        if key is not _KEY:
            raise Forbidden("Only a closed schema can clear a value.", code="egress_refused")
        self.text = text


_KEY: Final = object()


@dataclass(frozen=True, slots=True)
class Schema:
    """The fields that may leave, each with its kind.

    Args:
        fields: Name -> kind. A name is a label of small letters.
        needed: Fields that must be there.

    Raises:
        SettingError: A field's name is no label, or a needed field is not among the fields.
    """

    fields: Mapping[str, Kind]
    needed: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        """Refuse a schema that could carry a text in its names."""
        odd = next((name for name in self.fields if _NAME.fullmatch(name) is None), None)
        if odd is not None:
            raise SettingError(f"A field that may leave has a name of small letters; {odd!r} has not.")
        if missing := sorted(self.needed - self.fields.keys()):
            raise SettingError(f"The needed fields {', '.join(missing)} are not among the fields.")

    def clear(self, value: Any) -> Cleared:
        """Return a value as it may leave: checked, its fields in the schema's order, null where one is absent.

        Raises:
            Forbidden: A field is not in the schema, is missing, or holds something else than it may. The message
                names the field and what is allowed, never the value.
        """
        if not isinstance(value, Mapping):
            raise _refused("the features", "an object")
        if any(name not in self.fields for name in value):
            raise _refused("the features", f"an object with the fields {', '.join(self.fields)} and no others")
        if missing := [name for name in self.fields if name in self.needed and value.get(name) is None]:
            raise _refused(missing[0], "there")
        checked = {
            name: None if value.get(name) is None else kind.check(value[name], name)
            for name, kind in self.fields.items()
        }
        return Cleared(msgspec.json.encode(checked).decode(), _KEY)


@dataclass(frozen=True, slots=True)
class ClosedPolicy:
    """Lets messages out that are fixed texts or cleared values, and nothing else.

    Args:
        schema: What a value must keep.
        texts: Texts that may leave as they are: instructions that the program itself brings.
    """

    schema: Schema
    texts: frozenset[str]

    def admit(self, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        """Return the messages, values in their one form.

        Raises:
            Forbidden: A message is neither a fixed text nor a value that the schema clears.
        """
        return tuple([self._admitted(message, i) for i, message in enumerate(messages)])

    def _admitted(self, message: Message, i: int) -> Message:
        where = f"messages[{i}]"
        text = message.content
        if not isinstance(text, str) or message != Message(role=message.role, content=text):
            raise _refused(where, "plain text without name, tools, pictures or thought")
        if text in self.texts:
            return message
        try:
            value = msgspec.json.decode(text)
        except msgspec.DecodeError as error:
            raise _refused(where, "a fixed text or JSON by the closed schema") from error
        return Message(role=message.role, content=self.schema.clear(value).text)


def _refused(where: str, allowed: str) -> Forbidden:
    """The error never repeats the value: it may be the very thing that must not leave."""
    return Forbidden(f"Nothing left for the hosted model: {where} must be {allowed}.", code="egress_refused")
