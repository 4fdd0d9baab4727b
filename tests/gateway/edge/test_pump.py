import asyncio
from contextlib import aclosing

import pytest

from cothink.core.chunk import Chunk
from cothink.core.errors import UpstreamBroken
from cothink.core.messages import Message
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.gateway.edge.pump import MAX_WAITING, pump
from gateway.scripted import HELLO, Scripted, hang


def request_of(run: Run) -> Request:
    return Request(model="m", messages=(Message("user", "hi"),), run=run)


async def read(*engines: Scripted) -> list[tuple[int, Chunk]]:
    run = Run("r")
    async with aclosing(pump([engine.stream(request_of(run)) for engine in engines], run)) as numbered:
        return [item async for item in numbered]


async def test_each_stream_keeps_its_order_and_its_number() -> None:
    items = await read(Scripted(*HELLO), Scripted(*HELLO))
    for number in (0, 1):
        assert [chunk for i, chunk in items if i == number] == list(HELLO)


async def test_what_came_before_an_error_is_read_first() -> None:
    run = Run("r")
    seen = []
    with pytest.raises(UpstreamBroken):
        async for _, chunk in pump([Scripted(Chunk(text="a"), UpstreamBroken("x")).stream(request_of(run))], run):
            seen.append(chunk.text)
    assert seen == ["a"]


async def test_an_error_in_one_ends_the_others() -> None:
    hanging, failing = Scripted(hang), Scripted(UpstreamBroken("x"))
    with pytest.raises(UpstreamBroken):
        await read(hanging, failing)
    assert (hanging.opened, hanging.closed) == (1, 1)


async def test_closing_it_ends_the_work_and_waits_until_it_is_gone() -> None:
    run, engine = Run("r"), Scripted(Chunk(text="a"), hang)
    async with aclosing(pump([engine.stream(request_of(run))], run)) as numbered:
        await anext(numbered)
        await asyncio.sleep(0)
    assert engine.closed == 1
    assert len(asyncio.all_tasks()) == 1
    assert run.progress.listener is None


async def test_the_work_waits_for_a_slow_reader() -> None:
    run = Run("r")
    said = 0

    async def count(_request: Request) -> None:
        nonlocal said
        said += 1

    engine = Scripted(*[count, Chunk(text="a")] * 500)
    async with aclosing(pump([engine.stream(request_of(run))], run)) as numbered:
        await anext(numbered)
        for _ in range(1000):
            await asyncio.sleep(0)
        assert said <= MAX_WAITING + 2


async def test_words_of_progress_come_in_line_and_are_dropped_where_it_is_full() -> None:
    run = Run("r")

    async def talk(request: Request) -> None:
        for i in range(500):
            request.run.progress.note(f"step {i}")

    items = [chunk async for _, chunk in pump([Scripted(Chunk(text="a"), talk, *HELLO).stream(request_of(run))], run)]
    assert items[0].text == "a"
    assert items[1].reasoning == "step 0\n"
    assert len([chunk for chunk in items if chunk.reasoning.startswith("step")]) < MAX_WAITING
    assert items[-1].finish == "stop"
