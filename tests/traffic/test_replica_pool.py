import asyncio

import pytest
from traffic_fakes import LEAST, Clock, ask, pool, read, replicas

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
from cothink.engines.fake import Say, fake
from cothink.traffic.balance_config import BreakerConfig, PoolConfig, RetryConfig
from cothink.traffic.pool import Pool


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
    assert one.retry.granted == 1


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


async def test_a_bug_in_an_engine_is_not_retried_and_leaks_nothing():
    class Broken:
        async def stream(self, request):
            raise ZeroDivisionError
            yield

    one = pool(Broken(), fake("fine"))
    with pytest.raises(ZeroDivisionError):
        await read(one.stream(ask()))
    assert (one.replicas[0].in_flight, one.replicas[0].failures) == (0, 1)


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
