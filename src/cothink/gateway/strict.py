"""JSON in, read one way only: no NaN, no doubled keys, no bad UTF-8, and no field that is dropped unseen.

The quick look decodes once into typed values and proves by counting that nothing was lost: every key costs a colon,
and what was understood is written out again with as many. Where the counts differ, the slow look reads key by key and
says why.
"""

import json
import re
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import inspect

from cothink.core.errors import BadRequest

Body = TypeVar("Body", bound=msgspec.Struct)

_WHERE = re.compile(r" - at `(key in )?\$\.?(.*)`$")
_FIELD = re.compile(r"(?:required|unknown) field `([^`]*)`")
_MAX_DEPTH = 64  # deeper than any real body, and far from the interpreter's own limit


class Reader(Generic[Body]):
    """Reads bodies of one form.

    Args:
        form: The struct of the body. Its fields are optional with a default of None, so that what was sent shows.
        aside: Names of top-level fields that the form does not hold but the caller takes as they are.
    """

    def __init__(self, form: type[Body], aside: frozenset[str] = frozenset()) -> None:
        self._form = form
        self._aside = aside
        self._shape = inspect.type_info(form)
        self._decode = msgspec.json.Decoder(form).decode
        self._encode = msgspec.json.Encoder().encode

    def read(self, raw: bytes) -> tuple[Body, dict[str, Any], tuple[str, ...]]:
        """Return the body, the fields taken aside, and the names of fields that nobody knows.

        Raises:
            BadRequest: The bytes are no such body; ``param`` names the field at fault.
        """
        try:
            body = self._decode(raw)
            if _nothing_lost(raw, self._encode(body)):
                return body, {}, ()
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass  # the slow look finds the words
        return self._read_slowly(raw)

    def _read_slowly(self, raw: bytes) -> tuple[Body, dict[str, Any], tuple[str, ...]]:
        value = parse(raw)
        if not isinstance(value, dict):
            raise BadRequest(f"The body must be a JSON object, not {_kind(value)}.", code="invalid_json")
        aside = {name: value.pop(name) for name in list(value) if name in self._aside}
        unknown: dict[str, None] = {}
        _prune(value, self._shape, "", unknown)
        try:
            body = msgspec.convert(value, self._form)
        except msgspec.ValidationError as error:
            raise _in_words(error, value) from None
        return body, aside, tuple(unknown)


def parse(raw: bytes) -> Any:
    """Parse JSON key by key.

    Raises:
        BadRequest: It is empty, no JSON, not UTF-8, nested too deep, or holds NaN or a doubled key.
    """
    if not raw.strip():
        raise BadRequest("The body is empty; a JSON object is needed.", code="invalid_json")
    try:
        text = raw.decode()
        text.encode()  # a lone surrogate cannot come out of bytes, only out of an escape: json.loads below lets it pass
        msgspec.json.decode(raw)  # the strict grammar: no NaN, no lone surrogates
        value = json.loads(text, object_pairs_hook=_no_doubles)
    except UnicodeDecodeError as error:
        raise BadRequest(f"The body is not UTF-8: byte {error.start} is wrong.", code="invalid_json") from None
    except RecursionError:
        raise BadRequest("The body is nested too deep.", code="invalid_json") from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise BadRequest(f"The body is not valid JSON: {error}.", code="invalid_json") from None
    if _depth(value) > _MAX_DEPTH:
        raise BadRequest(f"The body is nested deeper than {_MAX_DEPTH} levels.", code="invalid_json")
    return value


def _nothing_lost(raw: bytes, again: bytes) -> bool:
    """Whether every key in ``raw`` stands in ``again``, by counting.

    An escaped colon or an absent ``type`` could make up for a lost key, so both are looked for. Sound, not complete: a
    False only costs the slow look.
    """
    missing = raw.count(b":") - again.count(b":")
    types = again.count(b'"type"')
    if b"\\u003" in raw or (types and raw.count(b'"type"') < types):
        return False
    if missing == 0:
        return True
    # agents send `"content": null` beside tool calls; it is the one null that is common enough to count
    nulls = raw.count(b'"content":null') + raw.count(b'"content": null')
    return missing == nulls == raw.count(b'"tool_calls"') and raw.count(b'"content"') == (
        again.count(b'"content"') + nulls
    )


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) == len(pairs):
        return value
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise BadRequest(
                f"The key {_short(name)} stands twice in one object.", param=name[:64], code="invalid_json"
            )
        seen.add(name)
    return value


def _prune(value: Any, shape: inspect.Type, path: str, unknown: dict[str, None]) -> None:
    """Take out the fields that the form does not know, and name them without their list positions."""
    if isinstance(shape, inspect.UnionType):
        shape = _branch(value, shape)
    if isinstance(shape, inspect.StructType) and isinstance(value, dict):
        known = {field.encode_name: field.type for field in shape.fields}
        for name in list(value):
            if name in known:
                _prune(value[name], known[name], f"{path}{name}.", unknown)
            elif name != shape.tag_field and value.pop(name) not in (None, [], {}):
                unknown[f"{path}{name}"] = None  # an empty value asks for nothing, and SDKs send many: it is not named
    elif isinstance(shape, inspect.VarTupleType) and isinstance(value, list):
        for item in value:
            _prune(item, shape.item_type, path, unknown)


def _branch(value: Any, union: inspect.UnionType) -> inspect.Type:
    """Return the part of a union that a value belongs to."""
    for shape in union.types:
        if isinstance(shape, inspect.VarTupleType) and isinstance(value, list):
            return shape
        if isinstance(shape, inspect.StructType) and isinstance(value, dict):
            tag = value.get(shape.tag_field) if shape.tag_field else None
            if tag == shape.tag:
                return shape
    return union


def _in_words(error: msgspec.ValidationError, value: dict[str, Any]) -> BadRequest:
    """Turn the decoder's complaint into words with the field, what was sent and what is allowed."""
    text = str(error)
    where = _WHERE.search(text)
    path = where.group(2) if where else ""
    words = text[: where.start()] if where else text
    if field := _FIELD.search(words):
        path = f"{path}.{field.group(1)}" if path else field.group(1)
        return BadRequest(f"{path}: this field is needed and missing.", param=path, code="missing_required_parameter")
    words = words[0].lower() + words[1:].replace("`", "")
    sent = _at(value, path)
    code = "invalid_type" if "got" in words else "invalid_value"
    return BadRequest(f"{path or 'body'}: {words}; {_short(sent)} was sent.", param=path or None, code=code)


def _at(value: Any, path: str) -> Any:
    for name in re.findall(r"[^.\[\]]+", path):
        try:
            value = value[int(name)] if isinstance(value, list) else value[name]
        except (KeyError, IndexError, ValueError, TypeError):
            return "something else"
    return value


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return json.dumps(text[:60], ensure_ascii=False) if isinstance(value, str) else text[:60]


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a string", int: "a number", float: "a number", bool: "a boolean"}
    return names.get(type(value), "null")


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
            if isinstance(child, dict | list)
        ]
    return depth
