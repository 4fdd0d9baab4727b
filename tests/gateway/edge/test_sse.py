import asyncio
from typing import Any

import pytest

from cothink.gateway.edge.sse import Outlet, flushing


class Wire:
    """Takes what is sent; may be slow."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.writable = asyncio.Event()
        self.writable.set()
        self.has_three = asyncio.Event()

    async def send(self, message: Any) -> None:
        await self.writable.wait()
        self.messages.append(message)
        if len(self.bodies) >= 3:
            self.has_three.set()

    @property
    def bodies(self) -> list[bytes]:
        return [message["body"] for message in self.messages if message["type"] == "http.response.body"]


def outlet_of(wire: Wire, *, heartbeat_s: float = 60, open_after_s: float | None = None) -> Outlet:
    return Outlet(wire.send, lambda: [(b"a", b"b")], heartbeat_s=heartbeat_s, open_after_s=open_after_s)


async def test_nothing_leaves_before_it_is_open() -> None:
    wire = Wire()
    outlet = outlet_of(wire)
    outlet.add(b"1")
    await outlet.flush()
    assert (wire.messages, outlet.has_begun) == ([], False)
    outlet.is_open = True
    await outlet.flush()
    assert [message["type"] for message in wire.messages] == ["http.response.start", "http.response.body"]
    outlet.close()


async def test_work_that_waits_lets_go_what_is_ready_in_one_write() -> None:
    wire = Wire()
    outlet = outlet_of(wire)
    outlet.is_open = True
    more = asyncio.Event()

    async def work() -> str:
        outlet.add(b"1")
        outlet.add(b"2")
        await more.wait()
        outlet.add(b"3")
        return "done"

    task = asyncio.create_task(_run(work(), outlet))
    for _ in range(3):
        await asyncio.sleep(0)
    assert wire.bodies == [b"12"]
    more.set()
    assert await task == "done"
    assert wire.bodies == [b"12"]  # what is ready at the end goes out with the end
    await outlet.end()
    assert wire.bodies == [b"12", b"3"]
    assert wire.messages[-1]["more_body"] is False
    outlet.close()


async def _run(work: Any, outlet: Outlet) -> Any:
    return await flushing(work, outlet)


async def test_errors_and_cancels_reach_the_work_where_it_waits() -> None:
    outlet = outlet_of(Wire())
    closed = []

    async def fails() -> None:
        await asyncio.sleep(0)
        raise ValueError("own")

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    with pytest.raises(ValueError, match="own"):
        await flushing(fails(), outlet)
    task = asyncio.create_task(_run(waits(), outlet))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert closed == [True]
    outlet.close()


async def test_work_may_go_on_after_a_cancel_that_it_handles() -> None:
    outlet = outlet_of(Wire())

    async def stubborn() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            return "cleaned"
        return "never"

    task = asyncio.create_task(_run(stubborn(), outlet))
    await asyncio.sleep(0)
    task.cancel()
    assert await task == "cleaned"
    outlet.close()


async def test_a_cancel_while_the_client_is_slow_also_ends_what_the_work_waits_on() -> None:
    wire = Wire()
    outlet = outlet_of(wire)
    outlet.is_open = True
    wire.writable.clear()
    inner_cancelled = asyncio.Event()

    async def inner() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            inner_cancelled.set()
            raise

    async def work() -> None:
        task = asyncio.create_task(inner())
        await asyncio.sleep(0)
        outlet.add(b"1")
        await task

    task = asyncio.create_task(_run(work(), outlet))
    for _ in range(5):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(inner_cancelled.wait(), 1)
    outlet.close()


async def test_heartbeats_come_only_in_silence_and_stop_at_the_end() -> None:
    wire = Wire()
    outlet = outlet_of(wire, heartbeat_s=0.01)
    await asyncio.sleep(0.03)
    assert wire.messages == []
    outlet.is_open = True
    outlet.add(b"1")
    await outlet.flush()
    await asyncio.wait_for(wire.has_three.wait(), 5)
    assert wire.bodies[1:3] == [b": keep-alive\n\n"] * 2
    await outlet.end()
    outlet.close()
    count = len(wire.messages)
    await asyncio.sleep(0.03)
    assert len(wire.messages) == count


async def test_a_slow_client_gets_no_pile_of_heartbeats() -> None:
    wire = Wire()
    outlet = outlet_of(wire, heartbeat_s=0.005, open_after_s=0.005)
    wire.writable.clear()
    await asyncio.sleep(0.05)
    wire.writable.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(wire.bodies) <= 1
    outlet.close()
