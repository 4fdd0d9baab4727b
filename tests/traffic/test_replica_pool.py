import asyncio

import msgspec
import pytest
from traffic_fakes import Clock, ask, read, replicas

from cothink.core.errors import (
    BadRequest,
    ContextTooLong,
    NotReady,
    SettingError,
    UpstreamBroken,
    UpstreamBusy,
    UpstreamError,
    UpstreamRefused,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from cothink.engines.fake import FakeEngine, Say, fake
from cothink.traffic.balance_config import BreakerConfig, PoolConfig, RetryConfig
from cothink.traffic.pool import Pool

LEAST = PoolConfig(policy="least_busy")


def pool(*engines, config=LEAST, clock=None, **more):
    clock = clock or Clock()
    return Pool(replicas(engines, config, **more), config, clock=clock, sleep=clock.sleep, chance=lambda: 0.5)


async def test_pool_answers_as_its_replica_does():
    one = pool(fake("four words of truth"))
    assert await read(one.stream(ask())) == "four words of truth"
    assert one.replicas[0].in_flight == 0


async def test_pool_tries_another_replica_at_once_before_the_first_chunk():
    clock = Clock()
    bad, good = fake(UpstreamError("no")), fake("fine")
    one = pool(bad, good, clock=clock)
    request = ask()
    assert await read(one.stream(request)) == "fine"
    assert (len(bad.requests), len(good.requests)) == (1, 1)
    assert clock.slept == []
    assert [step.name for step in request.run.trace.steps] == ["retry"]


async def test_pool_never_retries_once_a_chunk_has_left():
    bad, good = fake(Say(text="some words here", fails=UpstreamError("no"), after=1)), fake("fine")
    one = pool(bad, good)
    stream = one.stream(ask())
    assert (await anext(stream)).text == "some"
    with pytest.raises(UpstreamError):
        await anext(stream)
    assert good.requests == []
    assert one.replicas[0].failures == 1


async def test_pool_calls_an_end_without_a_finish_broken():
    one = pool(fake(Say(text="some words here", cut=True, after=1)))
    with pytest.raises(UpstreamBroken):
        await read(one.stream(ask()))


async def test_pool_retries_an_empty_stream_elsewhere():
    one = pool(fake(Say(cut=True)), fake("fine"))
    assert await read(one.stream(ask())) == "fine"


@pytest.mark.parametrize(
    "error",
    [
        UpstreamRefused("no"),
        ContextTooLong("long"),
        BadRequest("bad"),
        UpstreamError("key", code="upstream_auth"),
        UpstreamError("empty", code="upstream_quota"),
        UpstreamError("gone", code="upstream_not_found"),
    ],
)
async def test_pool_never_retries_what_no_second_try_mends(error):
    good = fake("fine")
    one = pool(fake(error), good)
    with pytest.raises(type(error)) as caught:
        await read(one.stream(ask()))
    assert caught.value is error
    assert good.requests == []


@pytest.mark.parametrize("error", [UpstreamTimeout("slow"), UpstreamBroken("html")])
async def test_pool_does_not_pay_twice_for_a_hosted_call_that_may_be_billed(error):
    good = fake("fine")
    with pytest.raises(type(error)):
        await read(pool(fake(error), good, zone="hosted").stream(ask()))
    assert good.requests == []
    paid = PoolConfig(policy="least_busy", retry=RetryConfig(paid=True))
    assert await read(pool(fake(error), good, zone="hosted", config=paid).stream(ask())) == "fine"


async def test_pool_retries_a_hosted_call_that_was_turned_away():
    assert await read(pool(fake(UpstreamUnreachable("no")), fake("fine"), zone="hosted").stream(ask())) == "fine"


async def test_pool_waits_as_retry_after_says_where_there_is_no_other_replica():
    clock = Clock()
    one = pool(fake(UpstreamBusy("busy", retry_after_s=2.0), "fine"), clock=clock)
    assert await read(one.stream(ask(clock=clock))) == "fine"
    assert len(clock.slept) == 1
    assert 2.0 <= clock.slept[0] <= 2.2


async def test_pool_hands_a_long_retry_after_to_the_client():
    one = pool(fake(UpstreamBusy("busy", retry_after_s=30.0), "fine"))
    with pytest.raises(UpstreamBusy) as caught:
        await read(one.stream(ask()))
    assert caught.value.retry_after_s == 30.0


async def test_a_replica_that_asked_for_rest_gets_it():
    clock = Clock()
    busy = fake(UpstreamBusy("busy", retry_after_s=20.0), "back")
    good = fake("fine")
    one = pool(busy, good, clock=clock)
    for _ in range(5):
        assert await read(one.stream(ask())) == "fine"
    assert len(busy.requests) == 1
    clock.now += 20.1
    assert "back" in [await read(one.stream(ask())) for _ in range(20)]


async def test_when_all_replicas_rest_the_client_hears_429_and_when():
    clock = Clock()
    one = pool(fake(UpstreamBusy("busy", retry_after_s=20.0)), clock=clock)
    with pytest.raises(UpstreamBusy):
        await read(one.stream(ask()))
    clock.now += 5
    with pytest.raises(UpstreamBusy) as caught:
        await read(one.stream(ask()))
    assert caught.value.retry_after_s == pytest.approx(15.0)
    assert len(one.replicas[0].engine.requests) == 1


async def test_pool_stops_retrying_when_the_run_has_no_time_left():
    clock = Clock()
    one = pool(fake(UpstreamBusy("busy", retry_after_s=2.0), "fine"), clock=clock)
    request = ask(clock=clock)
    request.run.deadline.times = type(request.run.deadline.times)(whole_s=1.0)
    with pytest.raises(UpstreamBusy):
        await read(one.stream(request))


async def test_pool_tries_at_most_so_often():
    bad = [fake(UpstreamError("no")) for _ in range(5)]
    with pytest.raises(UpstreamError):
        await read(pool(*bad).stream(ask()))
    assert sum(len(engine.requests) for engine in bad) == LEAST.retry.tries


async def test_a_pool_whose_replicas_are_all_open_says_when_to_come_back():
    clock = Clock()
    config = PoolConfig(policy="least_busy", breaker=BreakerConfig(failures=1), retry=RetryConfig(tries=1))
    one = pool(fake(UpstreamError("no")), config=config, clock=clock)
    with pytest.raises(UpstreamError):
        await read(one.stream(ask()))
    with pytest.raises(NotReady) as caught:
        await read(one.stream(ask()))
    assert 0 < caught.value.retry_after_s <= 2.4
    assert len(one.replicas[0].engine.requests) == 1


async def test_the_first_error_is_told_when_a_breaker_opens_during_the_pause():
    config = PoolConfig(breaker=BreakerConfig(failures=1))
    error = UpstreamError("the real cause")
    with pytest.raises(UpstreamError) as caught:
        await read(pool(fake(error), config=config).stream(ask()))
    assert caught.value is error


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


async def test_a_bug_in_an_engine_is_not_retried_and_leaks_nothing():
    class Broken:
        async def stream(self, request):
            raise ZeroDivisionError
            yield

    one = pool(Broken(), fake("fine"))
    with pytest.raises(ZeroDivisionError):
        await read(one.stream(ask()))
    assert (one.replicas[0].in_flight, one.replicas[0].failures) == (0, 1)


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


async def test_parallel_calls_spread_over_the_replicas():
    engines = [fake(Say(text="a b c", first_s=0.01)) for _ in range(4)]
    one = pool(*engines)
    await asyncio.gather(*[read(one.stream(ask())) for _ in range(40)])
    assert [len(engine.requests) for engine in engines] == [10, 10, 10, 10]


def test_a_pool_without_replicas_is_refused():
    with pytest.raises(SettingError, match="replicas"):
        Pool([])


def test_two_replicas_of_one_name_are_refused():
    two = replicas([fake(), fake()])
    two[1].name = "a"
    with pytest.raises(SettingError, match="'a', 'a'"):
        Pool(two)


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


async def test_where_the_checks_took_out_everybody_calls_still_go_through():
    one = pool(fake("fine"), fake("fine"))
    for replica in one.replicas:
        replica.is_out = True
    assert await read(one.stream(ask())) == "fine"


async def test_a_replica_that_is_out_is_not_asked_while_another_is_in():
    out, good = fake("out"), fake("fine")
    one = pool(out, good)
    one.replicas[0].is_out = True
    assert [await read(one.stream(ask())) for _ in range(20)] == ["fine"] * 20


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
