"""Money that site calls draw from this process's slice: never over the budget, given back, booked to the last unit."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shared_store import World

from cothink.core.chunk import Usage
from cothink.core.errors import BudgetSpent, CoThinkError, StoreAway
from cothink.store.key import Quota
from cothink.traffic.quota.ring import KeyRing

POTS = ("key:k-alice:2026-11-24", "key:k-alice:2026-11", "team:red:2026-11-24", "team:red:2026-11")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    world.store.file.is_away = world.store.file.loses_answers = False
    await world.close()


def account(ring: KeyRing, digest: str) -> Any:
    caller = ring.find(digest)
    assert caller is not None
    return caller.account


async def site(one: Any, nanousd: int, tokens: int = 0) -> Any:
    """Set aside what a call on the site may cost, as the book does."""
    return one.draw("r1", tokens=tokens, nanousd=nanousd) or await one.hold(
        "r1", "site", tokens=tokens, nanousd=nanousd
    )


async def test_many_calls_on_the_site_ask_the_store_a_few_times_and_are_booked_to_the_last_unit(world: World) -> None:
    await world.team("red", Quota(month_nanousd=10**12))
    digest = await world.key(team="red", quota=Quota(day_nanousd=10**12))
    ring = await world.worker()
    before, used = world.store.file.steps, 0
    for number in range(3000):
        hold = await site(account(ring, digest), 1000)
        assert not hold.is_paid
        hold.settle(Usage(3, 4), number % 1000)
        used += number % 1000
        if number % 1000 == 999:
            await ring.settle_now()
    assert world.store.file.steps - before < 50
    assert [(await world.store.pot(name))[0] for name in POTS] == [used] * 4
    await world.live_s(3)
    assert [await world.store.pot(name) for name in POTS] == [(used, 0)] * 4, "what lies idle comes back"
    assert sum(row.nanousd for row in await world.store.spent()) == used


async def test_the_next_slice_is_asked_for_before_this_one_is_empty(world: World) -> None:
    digest = await world.key(quota=Quota(day_nanousd=10**12))
    ring = await world.worker()
    one = account(ring, digest)
    for _ in range(4):
        for _ in range(50):
            (await site(one, 1000)).settle(Usage(1, 1), 1000)
        await ring.settle_now()
    for _ in range(500):
        hold = one.draw("r1", tokens=0, nanousd=1000)
        assert hold is not None, "no call waits"
        hold.settle(Usage(1, 1), 1000)
        for _ in range(3):
            await asyncio.sleep(0)


async def test_calls_at_the_same_time_over_workers_fit_the_budget_exactly(world: World) -> None:
    digest = await world.key(quota=Quota(day_nanousd=505))
    rings = [await world.worker() for _ in range(3)]
    found = await asyncio.gather(*(site(account(rings[n % 3], digest), 10) for n in range(200)), return_exceptions=True)
    holds = [one for one in found if not isinstance(one, BaseException)]
    refused = [one for one in found if isinstance(one, BudgetSpent)]
    assert len(holds) + len(refused) == 200
    assert len(holds) == 50
    assert {one.retry_after_s for one in refused} == {1}
    for hold in holds:
        hold.settle(Usage(1, 1), 3)
    await world.live_s(3)
    assert await world.store.pot(POTS[0]) == (150, 0)


async def test_a_hosted_call_finds_what_lies_idle_in_the_slice_of_its_own_process(world: World) -> None:
    digest = await world.key(quota=Quota(day_nanousd=1000))
    ring = await world.worker()
    (await site(account(ring, digest), 900)).settle(Usage(1, 1), 10)
    hold = await account(ring, digest).hold("pro", "hosted", tokens=0, nanousd=990)
    assert hold.is_paid
    assert await world.store.pot(POTS[0]) == (10, 990)


async def test_the_slice_of_a_worker_that_died_is_free_after_a_while(world: World) -> None:
    digest = await world.key(quota=Quota(day_nanousd=1000))
    dead, alive = await world.worker(), await world.worker()
    await site(account(dead, digest), 1000)
    world.rings.remove(dead)
    dead._task.cancel()  # type: ignore[union-attr]  # as a SIGKILL ends it
    with pytest.raises(BudgetSpent):
        await site(account(alive, digest), 1000)
    await world.live_s(16)
    assert await site(account(alive, digest), 1000)


async def test_a_worker_that_slept_too_long_draws_nothing_of_what_may_be_freed(world: World) -> None:
    digest = await world.key(quota=Quota(day_nanousd=1000))
    asleep, alive = await world.worker(), await world.worker()
    (await site(account(asleep, digest), 1000)).settle(Usage(1, 1), 0)
    world.rings.remove(asleep)
    await world.live_s(16)
    await site(account(alive, digest), 1000)
    assert account(asleep, digest).draw("r1", tokens=0, nanousd=1) is None
    with pytest.raises(BudgetSpent):
        await site(account(asleep, digest), 1)
    await asleep.settle_now()
    assert await world.store.pot(POTS[0]) == (0, 1000)
    await asleep.aclose()


async def test_an_end_gives_the_slice_back_and_books_what_was_spent(world: World) -> None:
    digest = await world.key(quota=Quota(day_nanousd=10_000))
    ring = await world.worker()
    (await site(account(ring, digest), 900)).settle(Usage(1, 1), 17)
    world.rings.remove(ring)
    await ring.aclose()
    assert await world.store.pot(POTS[0]) == (17, 0)


async def test_a_call_over_midnight_is_booked_in_the_day_in_which_it_was_drawn(world: World) -> None:
    digest = await world.key(quota=Quota(day_nanousd=100))
    ring = await world.worker()
    world.clock.pass_s(12 * 3600 - 1)
    await ring.settle_now()
    old = await site(account(ring, digest), 100)
    world.clock.pass_s(2)
    await ring.settle_now()
    new = await site(account(ring, digest), 100)
    old.settle(Usage(1, 1), 60)
    new.settle(Usage(1, 1), 70)
    await world.live_s(3)
    assert [(row.day, row.nanousd) for row in await world.store.spent()] == [("2026-11-24", 60), ("2026-11-25", 70)]
    assert await world.store.pot(POTS[0]) == (60, 0)
    assert await world.store.pot("key:k-alice:2026-11-25") == (70, 0)
    assert await world.store.pot(POTS[1]) == (130, 0)


async def test_a_lower_limit_counts_from_the_next_turn_on(world: World) -> None:
    digest = await world.key(quota=Quota(day_nanousd=10**6))
    ring = await world.worker()
    (await site(account(ring, digest), 500)).settle(Usage(1, 1), 20)
    await world.key(quota=Quota(day_nanousd=100))
    await ring.settle_now()
    with pytest.raises(BudgetSpent):
        await site(account(ring, digest), 81)
    assert await site(account(ring, digest), 80)


async def test_a_call_that_cost_more_than_it_drew_is_made_up_by_the_next(world: World) -> None:
    digest = await world.key(quota=Quota(day_nanousd=100))
    ring = await world.worker()
    (await site(account(ring, digest), 10)).settle(Usage(1, 1), 35)
    with pytest.raises(BudgetSpent):
        await site(account(ring, digest), 66)
    (await site(account(ring, digest), 65)).settle(Usage(1, 1), 65)
    await world.live_s(3)
    assert await world.store.pot(POTS[0]) == (100, 0)


async def test_while_the_store_is_away_the_site_goes_on_and_all_is_booked_when_it_is_back(world: World) -> None:
    digest = await world.key(quota=Quota(day_nanousd=1000))
    ring = await world.worker()
    (await site(account(ring, digest), 100)).settle(Usage(1, 1), 100)
    world.store.file.is_away = True
    for _ in range(3):
        (await site(account(ring, digest), 400)).settle(Usage(1, 1), 7)
    world.store.file.is_away = False
    await world.live_s(3)
    assert await world.store.pot(POTS[0]) == (121, 0)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["site", "site", "site", "hosted", "settle", "turn", "pass", "die", "lose", "hang up", "burst"]
        ),
        st.integers(0, 2),  # worker
        st.integers(1, 400),  # money
        st.integers(0, 400),
    ),
    max_size=60,
)


@settings(max_examples=80, deadline=None)
@given(cap=st.integers(0, 50_000), steps=STEPS)
def test_no_budget_is_overspent_by_calls_of_both_zones_whatever_happens(cap: int, steps: list[Any]) -> None:
    asyncio.run(Spending(cap).run(steps))


class Spending:
    """Three workers that spend one budget; what is used and open never passes it."""

    def __init__(self, cap: int) -> None:
        self.world = World()
        self.cap = cap
        self.open: list[tuple[int, Any, int]] = []
        self.used = 0

    async def run(self, steps: list[Any]) -> None:
        world = self.world
        self.digest = await world.key(quota=Quota(month_nanousd=self.cap))
        self.rings = [await world.worker(offset_s=100.0 * n) for n in range(3)]
        for name, worker, money, other in steps:
            await getattr(self, "do_" + name.replace(" ", "_"))(worker, money, other)
            assert self.used + sum(reserved for _, _, reserved in self.open) <= self.cap
            spent, held = await world.store.file_pot(POTS[1])
            assert spent + held <= self.cap
        while self.open:
            await self.do_settle(0, 1, 1)
        await world.live_s(20)
        assert await world.store.pot(POTS[1]) == (self.used, 0)
        assert sum(row.nanousd for row in await world.store.spent()) == self.used
        await world.close()

    async def ask(self, worker: int, money: int, zone: str) -> None:
        one = account(self.rings[worker], self.digest)
        with contextlib.suppress(BudgetSpent, StoreAway):
            hold = await site(one, money) if zone == "site" else await one.hold("p", zone, tokens=0, nanousd=money)
            self.open.append((worker, hold, money))

    async def do_site(self, worker: int, money: int, _: int) -> None:
        await self.ask(worker, money, "site")

    async def do_burst(self, worker: int, money: int, _: int) -> None:
        await asyncio.gather(*(self.ask((worker + n) % 3, money, "site") for n in range(9)))

    async def do_hosted(self, worker: int, money: int, _: int) -> None:
        await self.ask(worker, money, "hosted")

    async def do_settle(self, _: int, which: int, cost: int) -> None:
        if self.open:
            _, hold, reserved = self.open.pop(which % len(self.open))
            hold.settle(Usage(1, 1), min(cost, reserved))
            self.used += min(cost, reserved)

    async def do_turn(self, worker: int, _: int, __: int) -> None:
        await self.rings[worker].settle_now()

    async def do_pass(self, _: int, tenths: int, __: int) -> None:
        await self.world.live_s(min(5.0, tenths / 10))

    async def do_lose(self, worker: int, money: int, _: int) -> None:
        """The answer about a slice gets lost, so a call may go on unheld; nobody makes one here."""
        self.world.store.file.loses_answers = True
        one = account(self.rings[worker], self.digest)
        with contextlib.suppress(CoThinkError):
            await one.hold("p", "hosted", tokens=0, nanousd=money)
        self.world.store.file.loses_answers = False
        await self.rings[worker].settle_now()

    async def do_hang_up(self, worker: int, money: int, turns: int) -> None:
        task = asyncio.create_task(self.ask(worker, money, "site"))
        for _ in range(turns % 6):
            await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def do_die(self, worker: int, _: int, __: int) -> None:
        """A SIGKILL of a worker that has written its books; its calls on the site end with it, unknown."""
        old = self.rings[worker]
        for one in [one for one in self.open if one[0] == worker]:
            self.open.remove(one)
            one[1].settle(Usage(), 0)
        await old.settle_now()
        self.world.rings.remove(old)
        task = old._task
        assert task is not None
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        self.rings[worker] = await self.world.worker(offset_s=-50.0)
