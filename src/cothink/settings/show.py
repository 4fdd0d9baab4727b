"""The settings in lines for people: dotted path, value, source. A secret is never among them."""

import dataclasses
from collections.abc import Iterator
from typing import Any

from cothink.settings.bindings import Binding
from cothink.settings.load import Settings

SECRET_NAMES = ("key", "keys", "headers", "token")


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """One line."""

    path: str
    value: str
    source: str


def shown(settings: Settings) -> Iterator[Shown]:
    """Yield every setting, the models' first."""
    for name, binding in settings.bound().items():
        path = name if name in ("r1", "pro") else f"models.{name}"
        yield from _binding(path, binding, settings)
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if dataclasses.is_dataclass(value) and not isinstance(value, Binding | type):
            yield from _lines(field.name, value, settings)
    yield _line("cache", settings.cache, settings)


def _binding(path: str, binding: Binding, settings: Settings) -> Iterator[Shown]:
    yield _line(f"{path}.engine", binding.engine, settings)
    yield _line(f"{path}.zone", binding.zone, settings)
    yield _line(f"{path}.catalogue", binding.row.name if binding.row else "unknown to the catalogue", settings)
    for replica in binding.replicas:
        yield from _lines(path, replica, settings)


def _lines(path: str, part: Any, settings: Settings) -> Iterator[Shown]:
    for field in dataclasses.fields(part):
        value = getattr(part, field.name)
        where = f"{path}.{field.name}"
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            yield from _lines(where, value, settings)
        else:
            yield _line(where, value, settings)


def _line(path: str, value: Any, settings: Settings) -> Shown:
    secret = (path.rpartition(".")[2] in SECRET_NAMES or (path == "store.url" and "@" in value)) and value
    return Shown(path, "(set, not shown)" if secret else str(value), settings.sources.get(path, "default"))
