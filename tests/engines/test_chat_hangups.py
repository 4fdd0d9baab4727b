"""A client that leaves ends the upstream call, at every stage."""

import asyncio
import gc

import pytest
from chat_requests import ask
from chat_servers import FRAME, SSE_HEAD, STOP, chunked, engine_at, faked

from cothink.core.answer import collect
from raw_upstream import Peer, RawUpstream

STAGES = {
    "before the head": [],
    "within the head": [b"HTTP/1.1 200 OK\r\n"],
    "in a silent stream": [SSE_HEAD],
    "in a stream of comments": [SSE_HEAD, chunked(b": ping\n\n")],
    "in mid-stream": [SSE_HEAD, chunked(FRAME), chunked(FRAME)],
    "within a frame": [SSE_HEAD, chunked(FRAME + FRAME[:20])],
    "in a whole answer": [b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"],
    "in an error": [b"HTTP/1.1 500 Oops\r\ncontent-length: 100\r\n\r\n{"],
}


@pytest.mark.parametrize("stage", STAGES)
async def test_a_client_that_leaves_ends_the_upstream_call_at_every_stage(stage):
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(*STAGES[stage])
        await peer.left()

    async with RawUpstream(talk) as upstream, engine_at(upstream.url) as engine:
        task = asyncio.create_task(collect(engine.stream(ask())))
        await upstream.asked.wait()
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        await asyncio.wait_for(upstream.hung_up.wait(), 5)  # no clock of ours is waited for: only the network's
        assert engine.http.pool.places == 0


@pytest.mark.parametrize("read", [1, 2])
async def test_a_stream_that_is_closed_ends_the_upstream_call(read):
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(SSE_HEAD, chunked(FRAME * 2))
        await peer.left()

    async with RawUpstream(talk) as upstream, engine_at(upstream.url) as engine:
        stream = engine.stream(ask())
        for _ in range(read):
            assert (await anext(stream)).text == "hi"
        await stream.aclose()
        await asyncio.wait_for(upstream.hung_up.wait(), 5)
        assert engine.http.pool.places == 0


async def test_a_stream_that_was_never_read_asks_nothing():
    async with RawUpstream(lambda peer: peer.left()) as upstream, engine_at(upstream.url) as engine:
        stream = engine.stream(ask())
        await stream.aclose()
        assert not upstream.peers


async def test_a_hundred_clients_that_leave_leave_no_task_and_no_socket():
    async with faked(fault="stall") as (server, engine):
        before = len(asyncio.all_tasks())
        tasks = [asyncio.create_task(collect(engine.stream(ask()))) for _ in range(100)]
        async with asyncio.timeout(10):
            while server.stats.requests < 100:
                await asyncio.sleep(0.005)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert engine.http.pool.places == 0
        async with asyncio.timeout(10):
            while server.stats.aborted < 100:
                await asyncio.sleep(0.005)
        async with asyncio.timeout(10):
            while len(asyncio.all_tasks()) > before:
                await asyncio.sleep(0.005)
        gc.collect()


async def test_a_server_that_dawdles_after_done_does_not_hold_the_answer():
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(SSE_HEAD, chunked(FRAME + STOP + b"data: [DONE]\n\n"))
        await peer.left()

    async with RawUpstream(talk) as upstream, engine_at(upstream.url) as engine:
        assert (await collect(engine.stream(ask()))).text == "hi"
        assert engine.http.pool.places == 0
