"""A loan application as a client sends it: fields of a form, and the applicant's own words."""

from typing import Any, Final

import msgspec

from cothink.core.errors import BadRequest
from cothink.verify.strict_json import NotStrict, load_strict

Value = bool | int | float | str | None
MOST_FIELDS: Final = 2_000
MOST_VALUE_CHARS: Final = 2_000
BIGGEST: Final = 1e15


class Application(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One application.

    Args:
        form: The fields of the form: numbers, words of the form's own lists, dates, true and false, null.
        texts: Column -> what the applicant wrote there.
        id: The client's own name for it, up to 128 characters.
    """

    form: dict[str, Value]
    texts: dict[str, str] = {}
    id: str = ""

    @property
    def words(self) -> dict[str, str]:
        """The texts that say something."""
        return {name: text for name, text in self.texts.items() if text.strip()}


class Batch(msgspec.Struct, frozen=True):
    """What a request holds: applications, each at its place, or what is wrong with it."""

    entries: tuple[Application | BadRequest, ...]
    is_list: bool

    @property
    def good(self) -> list[Application]:
        """The applications that can be worked on."""
        return [one for one in self.entries if isinstance(one, Application)]


def read_batch(text: str, *, most: int, most_chars: int) -> Batch:
    """Return the applications in a text: one JSON object, or a list of them.

    Args:
        text: JSON.
        most: The most applications.
        most_chars: The most characters of one application's texts together.

    Raises:
        BadRequest: It is no JSON, an empty or too long list, or its one application is wrong. In a list, what is wrong
            with one application stands at its place.
    """
    try:
        value: Any = load_strict(text)
        msgspec.json.encode(value)  # a lone surrogate comes out of an escape, and could not be written out again
    except (NotStrict, UnicodeEncodeError) as error:
        raise BadRequest(
            f"An application is one JSON object, or a list of them: {error}", code="invalid_json"
        ) from None
    if not isinstance(value, list):
        return Batch((_application(value, "application", most_chars),), is_list=False)
    if not 1 <= len(value) <= most:
        raise BadRequest(f"The list has {len(value)} applications; 1 to {most} are allowed.", param="applications")
    return Batch(tuple(_tried(one, f"applications[{i}]", most_chars) for i, one in enumerate(value)), is_list=True)


def _tried(value: Any, where: str, most_chars: int) -> Application | BadRequest:
    try:
        return _application(value, where, most_chars)
    except BadRequest as error:
        return error


def _application(value: Any, where: str, most_chars: int) -> Application:
    try:
        found = msgspec.convert(value, Application)
    except msgspec.ValidationError as error:
        raise BadRequest(f"{where}: {error}; it has form, and may have texts and id.", param=where) from None
    if len(found.id) > 128:
        raise BadRequest(f"{where}.id has {len(found.id)} characters; 128 are allowed.", param=f"{where}.id")
    if len(found.form) + len(found.texts) > MOST_FIELDS:
        raise BadRequest(f"{where} has more than {MOST_FIELDS} fields.", param=where)
    for name, one in found.form.items():
        if isinstance(one, str) and len(one) > MOST_VALUE_CHARS:
            raise BadRequest(
                f"{where}.form.{name[:64]} has {len(one)} characters; {MOST_VALUE_CHARS} are allowed, and what the "
                "applicant wrote belongs in texts.",
                param=f"{where}.form",
            )
        if isinstance(one, int | float) and not -BIGGEST <= one <= BIGGEST:
            raise BadRequest(f"{where}.form.{name[:64]} is {one:g}; up to 1e15 is allowed.", param=f"{where}.form")
    if (chars := sum(map(len, found.texts.values()))) > most_chars:
        raise BadRequest(
            f"{where}.texts has {chars} characters; {most_chars} are allowed (risk.most_chars).", param=f"{where}.texts"
        )
    return found
