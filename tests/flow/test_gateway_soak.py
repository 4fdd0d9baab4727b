"""Many requests and many hang-ups on real sockets: nothing is left behind. The long soak stands in benchmarks."""

import asyncio
import gc

import msgspec

from cothink.core.chunk import Chunk
from cothink.core.request import Request
from cothink.gateway.config import GatewayConfig
from cothink.gateway.edge.server import GatewayServer
from gateway.scripted import HELLO, Heard, Scripted, Shelf, build_app, chat, make_parts


def post(body: bytes) -> bytes:
    return b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


def things_alive() -> int:
    """Count the objects of runs; other tests may have left some in a traceback."""
    gc.collect()
    return sum(type(thing).__name__ in ("Run", "Turn", "Work", "Outlet", "Watch") for thing in gc.get_objects())


async def slow(_request: Request) -> None:
    await asyncio.sleep(5)


async def test_requests_and_hang_ups_leave_no_task_no_run_and_no_connection() -> None:
    heard = Heard()
    shelf = Shelf(r1=Scripted(*HELLO), slow=Scripted(Chunk(text="a"), slow))
    shelf.add("team", Scripted(Chunk(text="a"), slow), team=True)
    config = GatewayConfig(port=0)
    parts = make_parts(shelf, heard, config)
    listening: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    server = GatewayServer(
        build_app(parts), config, parts.readiness, make_id=parts.make_id, on_listening=listening.set_result
    )
    serving = asyncio.create_task(server.serve())
    port = await listening
    before, alive_before = len(asyncio.all_tasks()), things_alive()

    async def whole() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(10):
            writer.write(post(msgspec.json.encode(chat())))
            await reader.readuntil(b'"trace_id"')
            await reader.readuntil(b"}}}")
        writer.close()
        await writer.wait_closed()

    async def hang_up(model: str, stream: bool) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(post(msgspec.json.encode(chat(model, stream=stream))))
        if stream:
            await reader.readuntil(b"data: ")
        else:
            await asyncio.sleep(0.02)
        writer.transport.abort()

    kinds = [("slow", True), ("slow", False), ("team", True), ("team", False)]
    for _ in range(5):
        await asyncio.gather(*(whole() for _ in range(10)), *(hang_up(*kind) for kind in kinds * 5))
    for _ in range(500):
        if len(heard.outcomes) == 600 and len(asyncio.all_tasks()) == before:
            break
        await asyncio.sleep(0.01)
    assert (heard.outcomes.count("completed"), heard.outcomes.count("cut")) == (500, 100)
    assert len(asyncio.all_tasks()) == before
    for found in shelf.found.values():
        engine = found.model.engine
        assert isinstance(engine, Scripted)
        assert engine.opened == engine.closed
        engine.requests.clear()
    assert things_alive() <= alive_before
    server.stop()
    await serving
