"""The pool over real servers on loopback: what a replica does wrong, the client does not notice."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from traffic_fakes import ask, read, replicas

from cothink.core.errors import CoThinkError
from cothink.engines.chat_completions import ChatCompletions
from cothink.engines.chat_config import ChatCompletionsConfig
from cothink.engines.fake_config import FakeServerConfig
from cothink.engines.fake_server import FakeServer
from cothink.traffic.balance_config import PoolConfig
from cothink.traffic.pool import Pool

WELL = FakeServerConfig(text="The answer is 42.")


def over(stack, *servers):
    """A pool over servers; its connections are closed with the stack."""
    engines = [ChatCompletions(ChatCompletionsConfig(url=f"{server.url}/v1", model="fake")) for server in servers]
    for engine in engines:
        stack.push_async_callback(engine.aclose)
    config = PoolConfig(policy="weighted", first_s=0.2)
    return Pool(replicas(engines, config), config)


@pytest.mark.parametrize(
    "fault",
    [
        FakeServerConfig(fault="status", status=500),
        FakeServerConfig(fault="status", status=429, retry_after="1"),
        FakeServerConfig(fault="html"),
        FakeServerConfig(fault="silent"),
        FakeServerConfig(fault="drip", drip_s=0.05),
    ],
    ids=lambda config: config.fault,
)
async def test_a_replica_with_a_fault_costs_no_answer(fault):
    async with FakeServer(fault) as bad, FakeServer(WELL) as good, AsyncExitStack() as stack:
        pool = over(stack, bad, good)
        answers = [await read(pool.stream(ask(str(n)))) for n in range(6)]
    assert answers == [WELL.text] * 6
    assert pool.replicas[0].failures > 0
    assert [replica.in_flight for replica in pool.replicas] == [0, 0]


@pytest.mark.parametrize("fault", ["error_event", "half_frame", "stop", "cut", "garbage"])
async def test_a_fault_in_mid_stream_is_an_error_and_never_a_short_answer(fault):
    async with FakeServer(FakeServerConfig(text=WELL.text, fault=fault)) as server, AsyncExitStack() as stack:
        pool = over(stack, server)
        with pytest.raises(CoThinkError):
            await read(pool.stream(ask()))
    assert pool.replicas[0].failures == 1


async def test_a_server_that_is_gone_costs_no_answer():
    async with FakeServer(WELL) as good, AsyncExitStack() as stack:
        async with FakeServer(WELL) as dying:
            pool = over(stack, dying, good)
            assert await read(pool.stream(ask())) == WELL.text
        assert [await read(pool.stream(ask(str(n)))) for n in range(8)] == [WELL.text] * 8
    assert pool.replicas[0].failures > 0


async def test_a_hang_up_reaches_the_server():
    async with FakeServer(FakeServerConfig(text="a b c d", fault="stall")) as server, AsyncExitStack() as stack:
        pool = over(stack, server)
        task = asyncio.create_task(read(pool.stream(ask())))
        await asyncio.sleep(0.1)
        assert server.stats.open == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        for _ in range(100):
            if not server.stats.open:
                break
            await asyncio.sleep(0.005)
        assert server.stats.open == 0
