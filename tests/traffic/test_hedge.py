import asyncio

import pytest
from traffic_fakes import ask, read, replicas

from cothink.core.errors import UpstreamError, UpstreamTimeout
from cothink.engines.fake import Say, fake
from cothink.traffic.balance_config import PoolConfig, RetryConfig
from cothink.traffic.hedge import Hedge
from cothink.traffic.pool import Pool
from cothink.traffic.queue_config import HedgeConfig

ON = HedgeConfig(enabled=True, share=1.0, wait_least_s=0.01, samples=1)
ONCE = PoolConfig(policy="weighted", retry=RetryConfig(tries=1))
HANGS = Say(text="a b c", hangs=True)


def hedge(*engines, config=ON, zone="site"):
    pool = Pool(replicas(engines, ONCE, zone=zone), ONCE)
    one = Hedge(pool, config)
    for replica in pool.replicas:
        replica.latency.add(100)
    return one, pool


async def test_a_second_replica_answers_where_the_first_is_silent_and_the_loser_is_closed():
    slow, quick = fake(HANGS), fake("quick words")
    one, pool = hedge(slow, quick)
    request = ask()
    assert await read(one.stream(request)) == "quick words"
    assert (slow.open, slow.closed_early) == (0, 1)
    assert (one.hedged, one.won) == (1, 1)
    assert [replica.in_flight for replica in pool.replicas] == [0, 0]
    assert [step.name for step in request.run.trace.steps] == ["hedge"]


async def test_a_quick_first_replica_is_the_only_one_asked():
    quick, other = fake("quick words"), fake("x")
    one, _ = hedge(quick, other)
    assert await read(one.stream(ask())) == "quick words"
    assert other.requests == []


async def test_off_by_default_nothing_is_asked_twice():
    slow, other = fake(Say(text="slow", first_s=0.03)), fake("x")
    one, _ = hedge(slow, other, config=HedgeConfig())
    assert await read(one.stream(ask())) == "slow"
    assert other.requests == []


@pytest.mark.parametrize("hosted", [False, True])
async def test_hosted_replicas_are_asked_twice_only_where_that_is_allowed(hosted):
    slow, other = fake(Say(text="slow", first_s=0.05)), fake("other")
    config = HedgeConfig(enabled=True, share=1.0, wait_least_s=0.01, samples=1, hosted=hosted)
    one, _ = hedge(slow, other, config=config, zone="hosted")
    assert await read(one.stream(ask())) == ("other" if hosted else "slow")


async def test_no_more_than_the_share_is_asked_twice():
    slow, other = fake(Say(text="slow", first_s=0.02)), fake(Say(text="slow", first_s=0.02))
    config = HedgeConfig(enabled=True, share=0.0, burst=2, wait_least_s=0.005, samples=1)
    one, _ = hedge(slow, other, config=config)
    one.wait_s = lambda: 0.005
    for _ in range(5):
        await read(one.stream(ask()))
    assert one.hedged == 2


async def test_without_known_times_nothing_is_asked_twice():
    pool = Pool(replicas([fake("x"), fake("x")], ONCE), ONCE)
    assert Hedge(pool, ON).wait_s() is None


async def test_a_failed_first_try_leaves_the_answer_to_the_second():
    failing = fake(Say(fails=UpstreamTimeout("slow"), first_s=0.03))
    later = fake(Say(text="later", first_s=0.06))
    one, _ = hedge(failing, later)
    assert await read(one.stream(ask())) == "later"


async def test_where_both_fail_the_first_error_is_told():
    first = UpstreamTimeout("first")
    one, _ = hedge(fake(Say(fails=first, first_s=0.03)), fake(Say(fails=UpstreamError("second"), first_s=0.03)))
    with pytest.raises(UpstreamTimeout) as caught:
        await read(one.stream(ask()))
    assert caught.value is first


async def test_an_error_after_the_first_chunk_reaches_the_reader():
    one, _ = hedge(fake(HANGS), fake(Say(text="a b c", fails=UpstreamError("mid"), after=1)))
    stream = one.stream(ask())
    assert (await anext(stream)).text == "a"
    with pytest.raises(UpstreamError):
        await anext(stream)


@pytest.mark.parametrize("wait_s", [0.005, 0.03])
async def test_a_hang_up_closes_every_try(wait_s):
    engines = [fake(HANGS), fake(HANGS)]
    one, pool = hedge(*engines)
    task = asyncio.create_task(read(one.stream(ask())))
    await asyncio.sleep(wait_s)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [engine.open for engine in engines] == [0, 0]
    assert [replica.in_flight for replica in pool.replicas] == [0, 0]


async def test_a_slow_reader_holds_the_upstream_back():
    engine = fake(" ".join(["word"] * 1000))
    one, _ = hedge(engine, fake("x"))
    stream = one.stream(ask())
    await anext(stream)
    await asyncio.sleep(0.01)
    assert engine.open == 1
    await stream.aclose()
    assert (engine.open, engine.closed_early) == (0, 1)
