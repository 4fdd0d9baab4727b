"""One question to the store at a time, and nobody spins who comes as it is answered."""

import asyncio
from itertools import count

from cothink.store.meter import Give, Grant, Take
from cothink.traffic.quota.filler import Filler
from cothink.traffic.quota.lease import RateLease
from cothink.traffic.quota.link import Link


class OneByOne:
    """A store that answers at once and grants as little as it may."""

    place = "nowhere"

    async def take(self, worker: str, steady_ms: int, take: Take, gives: tuple[Give, ...] = ()) -> Grant:
        return Grant(take.least, 1, take.cap, 0, steady_ms + 1)


async def test_who_comes_between_an_answer_and_its_callbacks_asks_anew_and_lets_others_run() -> None:
    looks = count()

    def clock() -> float:
        assert next(looks) < 1000, "the loop is not left"
        return 0.0

    filler, lease = Filler(Link(OneByOne(), clock)), RateLease("key:k:requests", 1_000_000)
    loop, started = asyncio.get_running_loop(), list[asyncio.Task[float]]()

    def come() -> None:
        started.append(loop.create_task(filler.fill_rate(lease, 1)))

    come()
    for _ in range(3):  # their first steps come after the question is answered, before anybody was told
        loop.call_soon(come)
    while len(started) < 4:
        await asyncio.sleep(0)
    assert await asyncio.gather(*started) == [0.0] * 4
