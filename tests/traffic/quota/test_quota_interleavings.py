"""Never over the limit, whatever happens in whatever order: workers, hang-ups, deaths, clocks, lost answers."""

import asyncio
import contextlib
from collections import deque
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from shared_store import World

from cothink.core.chunk import Usage
from cothink.core.errors import CoThinkError, LimitReached, StoreAway
from cothink.store.key import Quota
from cothink.traffic.quota.ring import KeyRing

WORKERS = 3
OPERATIONS = st.one_of(
    st.tuples(st.just("ask"), st.integers(0, WORKERS - 1), st.integers(1, 40)),
    st.tuples(st.just("pass"), st.just(0), st.sampled_from([1, 300, 999, 1000, 2500, 20_000, 61_000, 64_000])),
    st.tuples(st.just("live"), st.just(0), st.sampled_from([1, 2, 10, 61, 64, 65, 66])),
    st.tuples(st.just("settle"), st.integers(0, WORKERS - 1), st.just(0)),
    st.tuples(st.just("leave"), st.integers(0, WORKERS - 1), st.integers(1, 20)),
    st.tuples(st.just("die"), st.integers(0, WORKERS - 1), st.just(0)),
    st.tuples(st.just("wall"), st.just(0), st.sampled_from([-90_000, -60, 60, 90_000])),
    st.tuples(st.just("lose"), st.integers(0, WORKERS - 1), st.just(0)),
)


class Minutes:
    """Who came in when; the most of any minute."""

    def __init__(self) -> None:
        self._times: deque[tuple[float, int]] = deque()
        self.most = self._sum = 0

    def add(self, now: float, amount: int = 1) -> None:
        self._times.append((now, amount))
        self._sum += amount
        while self._times[0][0] <= now - 60:
            self._sum -= self._times.popleft()[1]
        self.most = max(self.most, self._sum)


class Play:
    """Workers of one key under a list of operations."""

    def __init__(self, quota: Quota) -> None:
        self.world = World()
        self.quota = quota
        self.inside = [0] * WORKERS
        self.minutes = Minutes()
        self.most_inside = 0
        self.rings: list[KeyRing] = []

    async def run(self, operations: list[tuple[str, int, int]]) -> None:
        self.digest = await self.world.key(quota=self.quota)
        self.rings = [await self.world.worker(offset_s=777.0 * n) for n in range(WORKERS)]
        for name, worker, amount in operations:
            await getattr(self, f"do_{name}")(worker, amount)
        await self.world.close()

    def account(self, worker: int) -> Any:
        caller = self.rings[worker].find(self.digest)
        assert caller is not None
        return caller.account

    async def do_ask(self, worker: int, amount: int) -> None:
        await asyncio.gather(*(self._ask((worker + n) % WORKERS if n % 5 == 0 else worker) for n in range(amount)))

    async def _ask(self, worker: int) -> None:
        account = self.account(worker)
        if not account.enter(self.rings[worker]._clock()):
            try:
                await account.enter_slowly()
            except LimitReached:
                return
        self.inside[worker] += 1
        self.minutes.add(self.world.clock.now)
        self.most_inside = max(self.most_inside, sum(self.inside))

    async def do_pass(self, _worker: int, ms: int) -> None:
        self.world.clock.pass_s(ms / 1000)

    async def do_live(self, _worker: int, seconds: int) -> None:
        await self.world.live_s(seconds)

    async def do_settle(self, worker: int, _amount: int) -> None:
        await self.rings[worker].settle_now()

    async def do_leave(self, worker: int, amount: int) -> None:
        for _ in range(min(amount, self.inside[worker])):
            self.inside[worker] -= 1
            self.account(worker).leave()

    async def do_die(self, worker: int, _amount: int) -> None:
        """A SIGKILL: nothing is given back, and a new worker takes the place."""
        old = self.rings[worker]
        self.world.rings.remove(old)
        task = old._task
        assert task is not None
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        self.inside[worker] = 0
        self.rings[worker] = await self.world.worker(offset_s=-333.0)

    async def do_wall(self, _worker: int, seconds: int) -> None:
        self.world.clock.wall += seconds

    async def do_lose(self, worker: int, _amount: int) -> None:
        """One turn of a worker whose answers get lost. Then all find the store again: who does not counts alone."""
        self.world.store.file.loses_answers = True
        await self.rings[worker].settle_now()
        self.world.store.file.loses_answers = False
        for ring in self.rings:
            await ring.settle_now()


@settings(max_examples=60, deadline=None)
@given(cap=st.integers(0, 200), operations=st.lists(OPERATIONS, max_size=40))
def test_no_minute_has_more_requests_than_the_limit(cap: int, operations: list[tuple[str, int, int]]) -> None:
    play = Play(Quota(requests=cap))
    asyncio.run(play.run(operations))
    assert play.minutes.most <= cap


@settings(max_examples=60, deadline=None)
@given(cap=st.integers(0, 100), operations=st.lists(OPERATIONS, max_size=40))
def test_there_are_never_more_at_once_than_the_limit(cap: int, operations: list[tuple[str, int, int]]) -> None:
    play = Play(Quota(at_once=cap))
    asyncio.run(play.run([("live", 0, 1) if one[0] == "pass" else one for one in operations]))  # who lives, beats
    assert play.most_inside <= cap


CALLS = st.lists(
    st.tuples(
        st.integers(0, WORKERS - 1),
        st.integers(1, 400),  # reserved
        st.one_of(st.none(), st.integers(0, 400)),  # what it really cost; None: cut off
        st.sampled_from(["settle", "leave it open", "hang up", "lose the answer"]),
        st.booleans(),  # the settler's turn
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(cap=st.integers(0, 3000), calls=CALLS)
def test_no_budget_is_overspent_and_what_is_booked_is_what_was_used(cap: int, calls: list[Any]) -> None:
    asyncio.run(_spend(cap, calls))


async def _spend(cap: int, calls: list[Any]) -> None:
    world = World()
    digest = await world.key(quota=Quota(day_nanousd=cap))
    rings = [await world.worker() for _ in range(WORKERS)]
    used = open_or_kept = 0
    for worker, reserved, cost, end, settles in calls:
        caller = rings[worker].find(digest)
        assert caller is not None
        account: Any = caller.account
        world.store.file.loses_answers = end == "lose the answer"
        task = asyncio.create_task(account.hold("pro", "hosted", tokens=0, nanousd=reserved))
        if end == "hang up":
            await asyncio.sleep(0)
            task.cancel()
        try:
            hold = await task
        except (CoThinkError, asyncio.CancelledError):
            world.store.file.loses_answers = False
        else:
            actual = None if cost is None else min(cost, reserved)
            if end == "settle" and actual is not None:
                hold.settle(Usage(1, 1), actual)
                used += actual
            else:
                open_or_kept += reserved
                if end == "settle":
                    hold.settle(None, 0)
        assert used + open_or_kept <= cap
        if settles or rings[worker].is_away:
            await rings[worker].settle_now()
    for ring in rings:
        with contextlib.suppress(StoreAway):
            await ring.settle_now()
    assert await world.store.pot("key:k-alice:2026-11-24") == (used, open_or_kept)
    assert sum(row.nanousd for row in await world.store.spent()) == used
    assert sum(held.nanousd for held in await world.store.held()) == open_or_kept
    await world.close()
