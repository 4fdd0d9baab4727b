import asyncio

import msgspec
import pytest
from traffic_fakes import LEAST, Clock, ask, pool, read, replicas

from cothink.core.errors import (
    UpstreamError,
    UpstreamTimeout,
)
from cothink.engines.fake import FakeEngine, Say, fake
from cothink.traffic.balance_config import BreakerConfig, PoolConfig
from cothink.traffic.pool import Pool


@pytest.mark.parametrize("after", [0, 1, 3])
async def test_a_hang_up_at_any_stage_closes_the_inner_stream(after):
    engine = fake(Say(text="a b c d e f", hangs=True, after=after))
    one = pool(engine)

    async def watch():
        async for _ in one.stream(ask()):
            pass

    task = asyncio.create_task(watch())
    await asyncio.sleep(0.01)
    assert (engine.open, one.replicas[0].in_flight) == (1, 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (engine.open, engine.closed_early) == (0, 1)
    assert (one.replicas[0].in_flight, one.replicas[0].failures) == (0, 0)


async def test_closing_the_stream_closes_the_inner_one():
    engine = fake("a b c d")
    one = pool(engine)
    stream = one.stream(ask())
    await anext(stream)
    await stream.aclose()
    assert (engine.open, engine.closed_early, one.replicas[0].in_flight) == (0, 1, 0)


async def test_a_replica_that_never_answered_until_the_deadline_is_at_fault():
    clock = Clock()
    config = PoolConfig(breaker=BreakerConfig(failures=1))
    one = pool(fake(Say(hangs=True)), config=config, clock=clock)
    request = ask(clock=clock)
    request.run.deadline.times = type(request.run.deadline.times)(first_s=5.0)
    task = asyncio.create_task(read(one.stream(request)))
    await asyncio.sleep(0.01)
    clock.now += 6
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert one.replicas[0].breaker.state == 1


async def test_a_storm_against_one_dead_replica_of_three_loses_nothing_and_stays_bounded():
    clock = Clock()
    dead = FakeEngine(script=(UpstreamError("dead"),))
    well = [fake("fine"), fake("fine")]
    one = pool(dead, *well, config=PoolConfig(policy="weighted"), clock=clock)
    for _ in range(1000):
        assert await read(one.stream(ask())) == "fine"
        clock.now += 0.01
    attempts = len(dead.requests) + sum(len(engine.requests) for engine in well)
    assert attempts <= 1000 + 15
    assert len(dead.requests) <= 15


async def test_a_storm_against_dead_replicas_stays_within_the_allowance():
    clock = Clock()
    config = PoolConfig(policy="weighted", breaker=BreakerConfig(failures=10**6, failure_share=1, window_calls=10**6))
    dead = [fake(UpstreamError("dead")) for _ in range(3)]
    one = pool(*dead, config=config, clock=clock)
    for _ in range(1000):
        with pytest.raises(UpstreamError):
            await read(one.stream(ask()))
    attempts = sum(len(engine.requests) for engine in dead)
    assert 1000 < attempts <= 1000 * 1.1 + 10


async def test_a_replica_that_accepts_and_says_nothing_is_left_for_another_one():
    silent, good = fake(Say(hangs=True)), fake("fine")
    one = pool(silent, good, config=PoolConfig(policy="least_busy", first_s=0.02))
    assert await read(one.stream(ask())) == "fine"
    assert (silent.open, silent.closed_early) == (0, 1)
    assert [replica.failures for replica in one.replicas] == [1, 0]


async def test_a_silent_hosted_call_is_not_paid_twice():
    good = fake("fine")
    config = PoolConfig(policy="least_busy", first_s=0.02)
    with pytest.raises(UpstreamTimeout):
        await read(pool(fake(Say(hangs=True)), good, config=config, zone="hosted").stream(ask()))
    assert good.requests == []


async def test_a_long_silence_after_the_first_chunk_is_not_the_pools_business():
    config = PoolConfig(first_s=0.01)
    assert await read(pool(fake(Say(text="a b", gap_s=0.03)), config=config).stream(ask())) == "a b"


async def test_a_call_in_one_piece_may_take_its_time():
    config = PoolConfig(first_s=0.01)
    request = msgspec.structs.replace(ask(), stream=False)
    assert await read(pool(fake(Say(text="a b", first_s=0.03)), config=config).stream(request)) == "a b"


async def test_a_parallel_storm_with_one_dead_replica_keeps_its_attempts_bounded():
    dead = fake(Say(fails=UpstreamError("dead"), first_s=0.001))
    well = [fake(Say(text="fine", first_s=0.001)) for _ in range(3)]
    one = Pool(replicas([dead, *well], LEAST), LEAST)
    results = await asyncio.gather(*[read(one.stream(ask(str(n)))) for n in range(1000)], return_exceptions=True)
    lost = [result for result in results if result != "fine"]
    attempts = sum(len(engine.requests) for engine in (dead, *well))
    assert attempts <= 1000 * 1.1 + 10
    assert all(isinstance(error, UpstreamError) for error in lost)
    assert [replica.in_flight for replica in one.replicas] == [0, 0, 0, 0]
    assert len(lost) + results.count("fine") == 1000


async def test_hundreds_of_hang_ups_leave_nothing_behind():
    engine = fake(Say(text="a b c", hangs=True, after=1))
    one = Pool(replicas([engine, engine, engine]))
    tasks = [asyncio.create_task(read(one.stream(ask(str(n))))) for n in range(300)]
    await asyncio.sleep(0.02)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert engine.open == 0
    assert [replica.in_flight for replica in one.replicas] == [0, 0, 0]
    assert [replica.breaker.state for replica in one.replicas] == [0, 0, 0]
