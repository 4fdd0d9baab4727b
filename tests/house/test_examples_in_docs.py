"""The code on the pages is not only written: it runs."""

import ast
import inspect
import sys
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

import pytest

from cothink.core.answer import collect
from cothink.core.messages import Message
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.engines.fake import FakeEngine
from cothink.strategies import registry
from house.pages import blocks


def on_page(name: str) -> list[str]:
    return [block.text for block in blocks("python") if block.page.name == name]


async def run(source: str, names: dict[str, Any]) -> None:
    """Run a block as a notebook would, with `await` at its top."""
    code = compile(source, "page", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    found = eval(code, names)
    if inspect.isawaitable(found):
        await found


async def test_the_strategies_of_the_how_to_are_found_and_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    function, kind, use = on_page("write-a-strategy.md")
    module = ModuleType("my_package")
    monkeypatch.setitem(sys.modules, "my_package", module)
    await run(function, vars(module))
    await run(kind, vars(module))
    entries = (
        EntryPoint("cothink-shorter", "my_package:shorter", registry.GROUP),
        EntryPoint("just-r1", "my_package:JustR1", registry.GROUP),
    )
    monkeypatch.setattr(registry, "installed", lambda: entries)
    names: dict[str, Any] = {}
    await run(use, names)
    assert (await collect(names["engines"]["just-r1"].stream(names["request"]))).text == "A long answer."


async def test_the_engine_of_the_structure_page_passes_an_answer_on() -> None:
    names: dict[str, Any] = {}
    (loud,) = on_page("structure.md")
    await run(loud, names)
    request = Request(model="r1", messages=(Message("user", "Say it."),), run=Run("test-1"))
    answer = await collect(names["Loud"](FakeEngine(("quiet words",))).stream(request))
    assert answer.text == "QUIET WORDS"
