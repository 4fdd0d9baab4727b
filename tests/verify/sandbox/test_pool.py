import asyncio

import pytest

from cothink.core.errors import NotReady
from cothink.verify.sandbox.pool import Pool


class FakeProcess:
    def __init__(self) -> None:
        self.ended = asyncio.Event()


class FakeCell:
    def __init__(self) -> None:
        self.outer = FakeProcess()
        self.closed = False

    async def aclose(self) -> None:
        self.closed = True


class Starter:
    def __init__(self) -> None:
        self.made: list[FakeCell] = []
        self.fails = False

    async def __call__(self) -> FakeCell:
        await asyncio.sleep(0)
        if self.fails:
            raise NotReady("no cell")
        self.made.append(FakeCell())
        return self.made[-1]


def pool(start: Starter, size: int = 2, idle_s: float = 60) -> Pool:
    return Pool(start, size, idle_s)  # type: ignore[arg-type]


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_taken_cell_is_replaced_behind_it() -> None:
    start = Starter()
    cells = pool(start)
    await cells.fill()
    first = await cells.take()
    await settle()
    assert cells.waiting == 2
    assert first is start.made[0]
    assert len(start.made) == 3
    await cells.aclose()


async def test_no_cell_is_given_twice() -> None:
    cells = pool(Starter(), size=3)
    await cells.fill()
    taken = [await cells.take() for _ in range(10)]
    assert len(set(map(id, taken))) == 10
    await cells.aclose()


async def test_a_cell_that_died_waiting_is_passed_over() -> None:
    start = Starter()
    cells = pool(start)
    await cells.fill()
    start.made[0].outer.ended.set()
    assert await cells.take() is start.made[1]
    assert start.made[0].closed
    await cells.aclose()


async def test_idle_cells_are_given_up() -> None:
    start = Starter()
    cells = pool(start, idle_s=0.01)
    await cells.fill()
    await asyncio.sleep(0.05)
    assert cells.waiting == 0
    assert all(cell.closed for cell in start.made)
    await cells.aclose()


async def test_a_pool_of_none_starts_each_cell_cold() -> None:
    start = Starter()
    cells = pool(start, size=0)
    await cells.take()
    await settle()
    assert len(start.made) == 1
    await cells.aclose()


async def test_closing_ends_what_waits_and_what_starts() -> None:
    start = Starter()
    cells = pool(start)
    taken = await cells.take()  # starts replacements
    await cells.aclose()
    await cells.aclose()
    assert all(cell.closed for cell in start.made if cell is not taken)
    with pytest.raises(NotReady, match="closed"):
        await cells.take()


async def test_a_failing_start_is_told_by_the_run_that_needs_the_cell() -> None:
    start = Starter()
    start.fails = True
    cells = pool(start)
    with pytest.raises(NotReady, match="no cell"):
        await cells.take()
    await cells.aclose()
