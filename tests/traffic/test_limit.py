import asyncio

import pytest
from traffic_fakes import Clock, ask, read

from cothink.core.chunk import Chunk
from cothink.core.errors import LimitReached, NotReady, UpstreamError
from cothink.engines.fake import Say, fake
from cothink.traffic.limit import Limit
from cothink.traffic.queue_config import LimitConfig


class Gate:
    """An engine whose calls end one by one, when told to; it keeps the order in which they began."""

    def __init__(self):
        self.began = []
        self.most = self.running = 0
        self._turns = asyncio.Semaphore(0)

    async def stream(self, request):
        self.began.append(request.messages[0].text)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self._turns.acquire()
            yield Chunk(text="ok", finish="stop")
        finally:
            self.running -= 1

    async def let(self, count):
        for _ in range(count):
            self._turns.release()
            await settle()


async def settle():
    for _ in range(8):
        await asyncio.sleep(0)


async def start(limit, *names_and_keys):
    tasks = []
    for name, key in names_and_keys:
        tasks.append(asyncio.create_task(read(limit.stream(ask(name, key=key)))))
        await settle()
    return tasks


def is_clean(limit):
    return (limit.running, limit.waiting, limit._waiting, limit._last) == (0, 0, {}, {})


async def test_no_more_than_the_limit_run_at_once_and_all_get_their_turn():
    gate = Gate()
    limit = Limit(gate, LimitConfig(calls=3))
    tasks = await start(limit, *[(str(n), "k") for n in range(10)])
    await gate.let(10)
    assert await asyncio.gather(*tasks) == ["ok"] * 10
    assert gate.most == 3
    assert gate.began == [str(n) for n in range(10)]
    assert is_clean(limit)


async def test_keys_take_turns_however_many_calls_one_of_them_has():
    gate = Gate()
    limit = Limit(gate, LimitConfig(calls=1))
    tasks = await start(limit, ("first", "x"), *[(f"a{n}", "a") for n in range(5)], ("b0", "b"), ("b1", "b"))
    await gate.let(8)
    await asyncio.gather(*tasks)
    assert gate.began == ["first", "a0", "b0", "a1", "b1", "a2", "a3", "a4"]


async def test_a_call_of_higher_priority_gets_more_turns_and_starves_nobody():
    gate = Gate()
    limit = Limit(gate, LimitConfig(calls=1), priority=lambda request: 4 if request.run.caller.key == "gold" else 1)
    tasks = await start(
        limit, ("first", "x"), *[(f"a{n}", "a") for n in range(3)], *[(f"g{n}", "gold") for n in range(8)]
    )
    await gate.let(12)
    await asyncio.gather(*tasks)
    assert gate.began[1:6] == ["g0", "g1", "g2", "a0", "g3"]
    assert gate.began.index("a1") < gate.began.index("g7") + 1


async def test_a_full_queue_is_told_503_with_retry_after_at_once():
    gate = Gate()
    limit = Limit(gate, LimitConfig(calls=1, waiting=2))
    tasks = await start(limit, ("a", "a"), ("b", "b"), ("c", "c"))
    with pytest.raises(NotReady) as caught:
        await read(limit.stream(ask("d", key="d")))
    assert (caught.value.status, caught.value.code) == (503, "overloaded")
    assert caught.value.retry_after_s >= 1
    assert limit.shed == 1
    await gate.let(3)
    await asyncio.gather(*tasks)
    assert is_clean(limit)


async def test_one_key_with_too_many_waiting_is_told_429_and_others_are_served():
    gate = Gate()
    limit = Limit(gate, LimitConfig(calls=1, waiting_a_key=1))
    tasks = await start(limit, ("a0", "a"), ("a1", "a"))
    with pytest.raises(LimitReached) as caught:
        await read(limit.stream(ask("a2", key="a")))
    assert caught.value.status == 429
    assert caught.value.retry_after_s >= 1
    tasks += await start(limit, ("b0", "b"))
    await gate.let(3)
    await asyncio.gather(*tasks)


async def test_a_wait_that_is_too_long_ends_with_503_and_leaves_nothing():
    gate = Gate()
    limit = Limit(gate, LimitConfig(calls=1, wait_s=0.02))
    tasks = await start(limit, ("a", "a"))
    with pytest.raises(NotReady):
        await read(limit.stream(ask("b", key="b")))
    await gate.let(1)
    await asyncio.gather(*tasks)
    assert gate.began == ["a"]
    assert is_clean(limit)


async def test_waiters_that_leave_take_nothing_with_them():
    gate = Gate()
    limit = Limit(gate, LimitConfig(calls=1))
    tasks = await start(limit, *[(str(n), str(n % 3)) for n in range(60)])
    for task in tasks[1:50]:
        task.cancel()
    await asyncio.gather(*tasks[1:50], return_exceptions=True)
    assert limit.waiting == 10
    assert len(limit._queue) <= 2 * 10 + 17
    await gate.let(11)
    assert [await task for task in (tasks[0], *tasks[50:])] == ["ok"] * 11
    assert is_clean(limit)


async def test_a_waiter_cancelled_in_the_moment_of_its_turn_hands_the_turn_on():
    limit = Limit(Gate(), LimitConfig(calls=1))
    first, second, third = await start(limit, ("a", "a"), ("b", "b"), ("c", "c"))
    first.cancel()  # its slot is handed to the second in this very step
    await asyncio.sleep(0)
    second.cancel()
    await settle()
    assert limit._engine.began[-1] == "c"
    third.cancel()
    await asyncio.gather(first, second, third, return_exceptions=True)
    assert is_clean(limit)


@pytest.mark.parametrize("after", [0, 1])
async def test_a_hang_up_closes_the_inner_stream_and_frees_the_slot(after):
    engine = fake(Say(text="a b c", hangs=True, after=after))
    limit = Limit(engine, LimitConfig(calls=1))
    task = asyncio.create_task(read(limit.stream(ask())))
    await settle()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (engine.open, engine.closed_early) == (0, 1)
    assert is_clean(limit)


async def test_a_failing_engine_frees_its_slot():
    limit = Limit(fake(UpstreamError("no")), LimitConfig(calls=1))
    for _ in range(3):
        with pytest.raises(UpstreamError):
            await read(limit.stream(ask()))
    assert is_clean(limit)


async def test_retry_after_grows_with_the_queue_and_is_bounded():
    clock = Clock()
    limit = Limit(fake(Say(text="ok", first_s=8.0), sleep=clock.sleep), LimitConfig(calls=1), clock=clock)
    for _ in range(40):
        await read(limit.stream(ask()))
    assert limit.retry_after_s == pytest.approx(8.0, abs=0.2)
    limit._queue = [None] * 500
    assert limit.retry_after_s == 60.0


async def test_a_storm_with_hang_ups_leaves_nothing_behind():
    engine = fake(Say(text="a b", gap_s=0.001))
    limit = Limit(engine, LimitConfig(calls=4, waiting=200, waiting_a_key=100, wait_s=0.05))
    tasks = [asyncio.create_task(read(limit.stream(ask(str(n), key=str(n % 7))))) for n in range(400)]
    for n, task in enumerate(tasks):
        if n % 3 == 0:
            await asyncio.sleep(0)
            task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert "a b" in results
    assert engine.open == 0
    assert is_clean(limit)
    assert limit._gone == len(limit._queue)
