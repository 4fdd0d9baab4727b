"""Values from a file and the environment -> frozen dataclasses, each checked, each with the place that it came from.

Nothing here knows a setting by name: `load.py` has the tree. An unknown name is refused with the nearest one.
"""

import dataclasses
import difflib
import types
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from cothink.core.errors import SettingError

T = TypeVar("T")
Tree = dict[str, Any]
Sources = dict[str, str]


def build(kind: type[T], values: Mapping[str, Any], sources: Sources, path: str = "") -> T:
    """Return ``kind`` built from nested values.

    Args:
        kind: A frozen dataclass; fields that are dataclasses are tables, ``dict[str, dataclass]`` tables of tables.
        values: What was given, as a TOML file has it; a text is turned into a number or a truth value only where it
            came from the environment.
        sources: Dotted path -> where the value came from, for the words of an error.
        path: The dotted path of this table.

    Raises:
        SettingError: An unknown name, a wrong type, or a value out of range; it names path, value and what is allowed.
    """
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    hints = typing.get_type_hints(kind)
    refuse_unknown(values, fields, path)
    built: Tree = {}
    for name, value in values.items():
        where = f"{path}.{name}" if path else name
        built[name] = _value(hints[name], value, sources, where)
    missing = [
        name
        for name, field in fields.items()
        if name not in built and field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise SettingError(f"The table [{path}] needs {', '.join(missing)}.", param=f"{path}.{missing[0]}")
    try:
        return kind(**built)
    except SettingError as error:
        raise SettingError(f"[{path}] {error.message}" if path else error.message, param=path) from error


def refuse_unknown(given: Iterable[str], known: Iterable[str], path: str) -> None:
    """Raise SettingError for the first name that is not known, with the nearest one that is."""
    names = sorted(known)
    for name in given:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f" Did you mean {near[0]}?" if near else f" Known here: {', '.join(names)}."
            where = f"{path}.{name}" if path else name
            raise SettingError(f"The setting {where} is not known.{hint}", param=where)


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> Tree:
    """Return nested values with those of ``over`` in front."""
    merged = dict(base)
    for name, value in over.items():
        old = merged.get(name)
        merged[name] = merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def leaves(values: Mapping[str, Any], path: str = "") -> Iterable[tuple[str, Any]]:
    """Yield every value with its dotted path."""
    for name, value in values.items():
        where = f"{path}.{name}" if path else name
        if isinstance(value, dict) and value:
            yield from leaves(value, where)
        else:
            yield where, value


def _value(hint: Any, value: Any, sources: Sources, where: str) -> Any:
    table = _dataclass_in(hint)
    if table is not None and isinstance(value, dict):
        if typing.get_origin(hint) is dict:
            return {name: build(table, _table(one, where), sources, f"{where}.{name}") for name, one in value.items()}
        return build(table, value, sources, where)
    source = sources.get(where, "")
    try:
        return msgspec.convert(value, hint, strict=not source.startswith("environment"), dec_hook=_as_path)
    except msgspec.ValidationError as error:
        raise SettingError(f"The setting {where} is {value!r} ({source or 'given'}): {error}.", param=where) from error


def _as_path(kind: type, value: Any) -> Any:
    """The one type of settings that msgspec does not make by itself."""
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise TypeError(f"{value!r} is no {kind.__name__}")


def _table(value: Any, where: str) -> Tree:
    if not isinstance(value, dict):
        raise SettingError(f"The setting {where} holds tables; {value!r} is none.", param=where)
    return value


def _dataclass_in(hint: Any) -> Any:
    """The dataclass that a hint such as ``X``, ``X | None`` or ``dict[str, X]`` speaks of, if it does."""
    if dataclasses.is_dataclass(hint):
        return hint
    if typing.get_origin(hint) is dict:
        return _dataclass_in(typing.get_args(hint)[1])
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return next((found for arg in typing.get_args(hint) if (found := _dataclass_in(arg))), None)
    return None
