"""A user's own strategies, found by the entry point group ``cothink.strategies``: one function or one class each.

A function takes ``(request, r1, pro)`` and yields chunks, or returns an Answer. A class is built with ``(r1, pro)`` and
has ``stream(request)``. ``r1`` and ``pro`` are Engines whose calls are booked and held to the run's limits.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from cothink.core.answer import Answer, replay
from cothink.core.engine import Engine, Stream
from cothink.core.errors import SettingError
from cothink.core.request import Request

GROUP = "cothink.strategies"
OwnAnswer = Stream | Awaitable[Answer]


def installed() -> tuple[EntryPoint, ...]:
    """The entry points of installed packages, by name."""
    return tuple(sorted(entry_points(group=GROUP), key=lambda entry: entry.name))


def build(entries: Iterable[EntryPoint], r1: Engine, pro: Engine) -> dict[str, Engine]:
    """Return an engine for each entry point, under its name.

    Raises:
        SettingError: One cannot be loaded, is no class with ``stream`` and no async function, or its name is taken.
    """
    built: dict[str, Engine] = {}
    for entry in entries:
        if entry.name in built:
            raise SettingError(f"Two strategies are named {entry.name}.", param=entry.name)
        built[entry.name] = _engine(entry, _load(entry), r1, pro)
    return built


class OwnFunction:
    """A user's async function as an Engine."""

    def __init__(
        self, name: str, function: Callable[[Request, Engine, Engine], OwnAnswer], r1: Engine, pro: Engine
    ) -> None:
        self._name = name
        self._function = function
        self._r1 = r1
        self._pro = pro

    async def stream(self, request: Request) -> Stream:
        """Answer with the function's chunks, or with the Answer that it returns."""
        request.run.strategy = self._name
        said = self._function(request, self._r1, self._pro)
        answer = replay(await said) if isinstance(said, Awaitable) else said
        async with aclosing(answer):
            async for chunk in answer:
                yield chunk


def _load(entry: EntryPoint) -> object:
    try:
        return cast(object, entry.load())
    except (ImportError, AttributeError) as error:
        raise SettingError(f"The strategy {entry.name} ({entry.value}) cannot be loaded: {error}.") from error


def _engine(entry: EntryPoint, own: object, r1: Engine, pro: Engine) -> Engine:
    if inspect.isclass(own) and inspect.isasyncgenfunction(getattr(own, "stream", None)):
        return cast(Callable[[Engine, Engine], Engine], own)(r1, pro)
    if inspect.isasyncgenfunction(own) or inspect.iscoroutinefunction(own):
        return OwnFunction(entry.name, cast(Callable[[Request, Engine, Engine], OwnAnswer], own), r1, pro)
    raise SettingError(
        f"The strategy {entry.name} ({entry.value}) is neither an async function (request, r1, pro) nor a class "
        "with an async generator stream(request).",
        param=entry.name,
    )
