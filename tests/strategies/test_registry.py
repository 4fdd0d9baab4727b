from importlib.metadata import EntryPoint

import pytest

from cothink.core.answer import Answer, collect
from cothink.core.chunk import Chunk
from cothink.core.engine import Engine, Stream
from cothink.core.errors import SettingError
from cothink.core.request import Request
from cothink.strategies.registry import GROUP, build, installed
from strategies.scripted import Scripted, answer_of, ask


class Louder:
    """R1's answer in capitals."""

    def __init__(self, r1: Engine, pro: Engine) -> None:
        self.r1 = r1

    async def stream(self, request: Request) -> Stream:
        answer = await collect(self.r1.stream(request.ask(request.messages)))
        yield Chunk(text=answer.text.upper())
        yield Chunk(finish="stop")


async def pro_only(request: Request, r1: Engine, pro: Engine) -> Answer:
    return await collect(pro.stream(request))


async def both(request: Request, r1: Engine, pro: Engine) -> Stream:
    for engine in (r1, pro):
        yield Chunk(text=(await collect(engine.stream(request))).text)
    yield Chunk(finish="stop")


def not_async(request: Request) -> None: ...


def entry(name: str, of: str) -> EntryPoint:
    return EntryPoint(name, f"{__name__}:{of}", GROUP)


async def test_a_class_a_coroutine_and_a_generator_are_strategies() -> None:
    built = build((entry("loud", "Louder"), entry("just-pro", "pro_only"), entry("both", "both")), *scripted())
    texts = {name: (await answer_of(engine, ask("Hi"))).text for name, engine in built.items()}
    assert texts == {"loud": "A", "just-pro": "b", "both": "ab"}


def scripted() -> tuple[Scripted, Scripted]:
    return Scripted("a"), Scripted("b")


async def test_the_run_names_the_users_own_function() -> None:
    request = ask("Hi")
    await answer_of(build((entry("both", "both"),), *scripted())["both"], request)
    assert request.run.strategy == "both"


@pytest.mark.parametrize(("of", "words"), [("not_async", "neither"), ("missing", "cannot be loaded")])
def test_what_is_no_strategy_is_a_setting_error_that_names_it(of: str, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        build((entry("mine", of),), *scripted())


def test_two_of_one_name_are_refused() -> None:
    with pytest.raises(SettingError, match="Two strategies"):
        build((entry("mine", "both"), entry("mine", "pro_only")), *scripted())


def test_installed_strategies_are_listed() -> None:
    assert isinstance(installed(), tuple)
