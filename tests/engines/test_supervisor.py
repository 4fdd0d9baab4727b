import asyncio
import logging

import pytest

from cothink.core.errors import ModelFileError, NotReady
from cothink.engines.supervisor import Patience, Supervisor


class FakeChild:
    def __init__(self, number: int) -> None:
        self.number = number
        self.died: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.stopped = False

    async def wait(self) -> str:
        return await self.died

    async def stop(self) -> None:
        self.stopped = True


class World:
    """A clock that stands, sleeps that do not wait, and children that die on order."""

    def __init__(self, **patience: float) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.children: list[FakeChild] = []
        self.failures: dict[int, Exception] = {}
        self.seen: list[int | None] = []
        self.launches = 0
        self.supervisor: Supervisor[FakeChild] = Supervisor(
            self.launch,
            "thing",
            patience=Patience(**patience),  # type: ignore[arg-type]
            changed=lambda child: self.seen.append(None if child is None else child.number),
            clock=lambda: self.now,
            sleep=self.sleep,
        )

    async def launch(self) -> FakeChild:
        self.launches += 1
        if self.launches in self.failures:
            raise self.failures[self.launches]
        self.children.append(FakeChild(self.launches))
        return self.children[-1]

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    async def kill(self, words: str = "killed") -> None:
        self.children[-1].died.set_result(words)
        for _ in range(20):
            await asyncio.sleep(0)


async def test_a_child_that_dies_is_started_again() -> None:
    world = World()
    first = await world.supervisor.start()
    await world.kill()
    assert world.supervisor.child() is not first
    assert world.seen == [1, None, 2]
    await world.supervisor.stop()


async def test_waits_double_and_are_capped() -> None:
    world = World(first_wait_s=1, longest_wait_s=4, deaths=10, window_s=1000)
    await world.supervisor.start()
    for _ in range(5):
        await world.kill()
    assert world.slept == [1, 2, 4, 4, 4]
    await world.supervisor.stop()


async def test_a_death_long_ago_is_forgotten() -> None:
    world = World(first_wait_s=1, deaths=10, window_s=60)
    await world.supervisor.start()
    await world.kill()
    world.now += 100
    await world.kill()
    assert world.slept == [1, 1]
    await world.supervisor.stop()


async def test_too_many_deaths_and_it_is_given_up_in_words(caplog: pytest.LogCaptureFixture) -> None:
    world = World(deaths=2)
    await world.supervisor.start()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            await world.kill("out of memory, alas")
    with pytest.raises(NotReady, match="died 3 times in 60 s and was given up") as caught:
        world.supervisor.child()
    assert caught.value.retry_after_s is None
    assert "out of memory, alas" in caplog.text
    assert world.seen[-1] is None


async def test_a_child_that_does_not_come_back_counts_as_a_death() -> None:
    world = World(deaths=5)
    world.failures = {2: ModelFileError("gone"), 3: NotReady("slow")}
    await world.supervisor.start()
    await world.kill()
    assert world.supervisor.child().number == 4
    assert len(world.slept) == 3
    await world.supervisor.stop()


async def test_a_first_start_that_fails_says_why_and_is_not_tried_again() -> None:
    world = World()
    world.failures = {1: ModelFileError("damaged")}
    with pytest.raises(ModelFileError, match="damaged"):
        await world.supervisor.start()
    with pytest.raises(NotReady, match="could not be started"):
        world.supervisor.child()
    assert world.launches == 1


async def test_a_given_up_child_can_be_started_by_hand() -> None:
    world = World(deaths=0)
    await world.supervisor.start()
    await world.kill()
    await world.supervisor.start()
    assert world.supervisor.child().number == 2
    await world.supervisor.stop()


async def test_stop_ends_the_child_and_says_so_afterwards() -> None:
    world = World()
    child = await world.supervisor.start()
    await world.supervisor.stop()
    assert child.stopped
    assert world.seen == [1, None]
    with pytest.raises(NotReady, match="was stopped"):
        world.supervisor.child()
    await world.supervisor.stop()


async def test_starting_twice_starts_one_child() -> None:
    world = World()
    first, second = await asyncio.gather(world.supervisor.start(), world.supervisor.start())
    assert first is second
    assert world.launches == 1
    await world.supervisor.stop()


async def test_before_the_start_it_is_not_ready() -> None:
    with pytest.raises(NotReady, match="was not started"):
        World().supervisor.child()
