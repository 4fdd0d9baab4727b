import asyncio
from typing import Any

import pytest

from cothink.core.deadline import Deadline, Times
from cothink.core.errors import DeadlinePassed, UpstreamBroken
from cothink.gateway.edge.faults import ClientLeft
from cothink.gateway.edge.watch import Patrol, Watch

NEVER = Deadline(Times())


class Client:
    """A client that may leave, seen through ``receive``."""

    def __init__(self, *before: Any) -> None:
        self.left = asyncio.Event()
        self.before = list(before)
        self.waiting = 0

    async def receive(self) -> Any:
        if self.before:
            return self.before.pop()
        self.waiting += 1
        try:
            await self.left.wait()
        finally:
            self.waiting -= 1
        return {"type": "http.disconnect"}


async def work_until_cancelled(client: Client, deadline: Deadline = NEVER, patrol: Patrol | None = None) -> None:
    with Watch(client.receive, deadline, patrol or Patrol()):
        await asyncio.Event().wait()


async def test_a_hang_up_ends_the_work() -> None:
    client = Client()
    task = asyncio.create_task(work_until_cancelled(client))
    await asyncio.sleep(0)
    client.left.set()
    with pytest.raises(ClientLeft):
        await task
    assert not task.cancelling()


async def test_a_client_that_has_left_already_ends_the_work_at_its_first_wait() -> None:
    client = Client({"type": "http.disconnect"})
    with pytest.raises(ClientLeft):
        await work_until_cancelled(client)


async def test_more_of_a_body_is_no_hang_up() -> None:
    client = Client(*[{"type": "http.request", "body": b"", "more_body": False}] * 3)
    with Watch(client.receive, NEVER, Patrol()):
        for _ in range(10):
            await asyncio.sleep(0)
        assert client.waiting == 1


async def test_after_the_work_nothing_listens_and_nothing_is_cancelled() -> None:
    client = Client()
    with Watch(client.receive, NEVER, Patrol()):
        await asyncio.sleep(0)
        assert client.waiting == 1
    assert client.waiting == 0
    client.left.set()
    for _ in range(5):
        await asyncio.sleep(0)


async def test_once_it_stops_listening_a_hang_up_is_no_matter() -> None:
    client = Client()
    with Watch(client.receive, NEVER, Patrol()) as watch:
        watch.stop_listening()
        client.left.set()
        for _ in range(5):
            await asyncio.sleep(0)


async def test_the_servers_own_word_is_taken_where_it_has_one() -> None:
    calls: list[Any] = []
    client = Client()

    async def work() -> None:
        with Watch(client.receive, NEVER, Patrol(), calls.append):
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    assert client.waiting == 0
    calls[0]()
    with pytest.raises(ClientLeft):
        await task
    assert calls[-1] is None


async def test_an_engine_that_answers_the_cancel_with_an_error_of_its_own_changes_nothing() -> None:
    client = Client()

    async def work() -> None:
        with Watch(client.receive, NEVER, Patrol()):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                raise UpstreamBroken("The connection closed.") from None

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    client.left.set()
    with pytest.raises(ClientLeft):
        await task


async def test_errors_of_the_work_pass_through() -> None:
    with pytest.raises(UpstreamBroken), Watch(Client().receive, NEVER, Patrol()):
        raise UpstreamBroken("Half a frame.")


async def test_a_cancel_from_outside_stays_a_cancel() -> None:
    task = asyncio.create_task(work_until_cancelled(Client()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_limit_of_time_ends_the_work_and_says_which() -> None:
    times = Times(whole_s=0.02)
    with pytest.raises(DeadlinePassed, match=r"may take 0\.02 s in all"):
        await work_until_cancelled(Client(), Deadline(times), Patrol(times))


def test_a_patrol_serves_a_second_loop_too() -> None:
    times = Times(whole_s=0.02)
    patrol = Patrol(times)
    for _ in range(2):
        with pytest.raises(DeadlinePassed):
            asyncio.run(work_until_cancelled(Client(), Deadline(times), patrol))


async def test_one_timer_serves_all_runs_and_none_is_left() -> None:
    times = Times(whole_s=0.02)
    patrol = Patrol(times)
    results = await asyncio.gather(
        *(work_until_cancelled(Client(), Deadline(times), patrol) for _ in range(20)), return_exceptions=True
    )
    assert {type(result) for result in results} == {DeadlinePassed}
    await asyncio.sleep(0.01)
    assert patrol._timer is None
