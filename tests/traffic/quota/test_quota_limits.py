"""One key over several workers: rates, places, tokens, what comes back, and what happens while the store is away."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from shared_store import World

from cothink.core.account import Account
from cothink.core.chunk import Usage
from cothink.core.errors import BudgetSpent, CoThinkError, RateReached, StoreAway
from cothink.store.key import Quota
from cothink.traffic.quota.ring import KeyRing


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    world.store.file.is_away = world.store.file.loses_answers = False
    await world.close()


def account(ring: KeyRing, digest: str) -> Account:
    caller = ring.find(digest)
    assert caller is not None
    assert caller.account is not None
    return caller.account


async def enter(world: World, ring: KeyRing, digest: str) -> bool:
    """Enter as a request does; False where it is refused."""
    one = account(ring, digest)
    if one.enter(ring._clock()):
        return True
    try:
        await one.enter_slowly()
    except RateReached:
        return False
    return True


async def entered(world: World, rings: list[KeyRing], digest: str, tries: int) -> int:
    """Try so often at once, in turn over the workers; count who came in."""
    results = await asyncio.gather(*(enter(world, rings[n % len(rings)], digest) for n in range(tries)))
    return results.count(True)


async def test_a_minute_lets_in_what_the_limit_says_over_all_workers(world: World) -> None:
    digest = await world.key(quota=Quota(requests=10))
    rings = [await world.worker(offset_s=500.0 * n) for n in range(3)]
    assert await entered(world, rings, digest, 40) == 10
    await world.live_s(59)
    assert await entered(world, rings, digest, 40) == 0
    await world.live_s(6)
    assert await entered(world, rings, digest, 40) == 10


async def test_a_large_limit_is_leased_in_slices_that_come_back_where_they_lie_idle(world: World) -> None:
    digest = await world.key(quota=Quota(requests=6400))
    rings = [await world.worker(), await world.worker()]
    before = world.store.file.steps
    for _ in range(3200):
        assert await enter(world, rings[0], digest)
    assert world.store.file.steps - before < 40, "a slice serves many requests"
    for ring in rings:
        await ring.settle_now()
        world.clock.pass_s(1)
        await ring.settle_now()
    assert await entered(world, rings, digest, 3300) == 3200


async def test_a_team_is_one_limit_for_all_its_keys(world: World) -> None:
    await world.team("red", Quota(requests=8))
    first = await world.key("alice", team="red", quota=Quota(requests=6))
    second = await world.key("bob", team="red")
    ring = await world.worker()
    assert await entered(world, [ring], first, 20) == 6
    assert await entered(world, [ring], second, 20) == 2
    assert await entered(world, [ring], first, 20) == 0


async def test_a_refusal_says_whose_limit_it_was_and_when_to_come_back(world: World) -> None:
    await world.team("red", Quota(requests=1))
    digest = await world.key(team="red", quota=Quota(requests=5))
    ring = await world.worker()
    assert await enter(world, ring, digest)
    await world.live_s(20)
    with pytest.raises(RateReached, match="team red: 1 requests a minute") as refused:
        await account(ring, digest).enter_slowly()
    assert refused.value.code == "rate_limit_exceeded"
    assert refused.value.retry_after_s == pytest.approx(45, abs=1)
    headers = dict(account(ring, digest).headers())
    assert headers == {b"x-ratelimit-limit-requests": b"1", b"x-ratelimit-remaining-requests": b"0"}


async def test_places_are_counted_over_all_workers_and_come_back_when_requests_end(world: World) -> None:
    digest = await world.key(quota=Quota(at_once=3))
    rings = [await world.worker(), await world.worker()]
    assert await entered(world, rings, digest, 10) == 3
    for _ in range(2):
        account(rings[0], digest).leave()
    await rings[0].settle_now()
    world.clock.pass_s(0.2)
    assert await entered(world, [rings[1]], digest, 10) == 2


@pytest.mark.parametrize(("cap", "idle"), [(15, 0), (50, 3)])
async def test_of_few_places_hardly_one_lies_idle_and_the_next_request_asks_nobody(
    world: World, cap: int, idle: int
) -> None:
    digest = await world.key(quota=Quota(at_once=cap))
    ring = await world.worker()
    assert await entered(world, [ring], digest, 10) == 10
    place = account(ring, digest)._places[0]  # type: ignore[attr-defined]
    for _ in range(7):
        account(ring, digest).leave()
        for _ in range(20):
            await asyncio.sleep(0)
        assert place.owned - place.busy <= idle
    await ring.settle_now()
    assert place.owned == place.busy, "a turn gives all back"
    if idle:
        before = world.store.file.steps
        assert account(ring, digest).enter(ring._clock()) or await enter(world, ring, digest)
        for _ in range(100):
            account(ring, digest).leave()
            assert account(ring, digest).enter(ring._clock())
        assert world.store.file.steps - before <= 1


async def test_the_places_of_a_worker_that_died_are_free_after_a_while(world: World) -> None:
    digest = await world.key(quota=Quota(at_once=2))
    dead, alive = await world.worker(), await world.worker()
    world.rings.remove(dead)
    assert await entered(world, [dead], digest, 5) == 2
    dead._task.cancel()  # type: ignore[union-attr]  # as a SIGKILL ends it
    await world.live_s(14)
    assert not await enter(world, alive, digest)
    await world.live_s(2)
    assert await entered(world, [alive], digest, 5) == 2


async def test_a_limit_that_is_set_while_requests_run_counts_them(world: World) -> None:
    digest = await world.key()
    ring = await world.worker()
    assert await entered(world, [ring], digest, 5) == 5
    await world.key(quota=Quota(at_once=6))
    await ring.settle_now()
    assert await entered(world, [ring], digest, 5) == 1
    for _ in range(6):
        account(ring, digest).leave()
    await world.key(quota=Quota(at_once=2))
    await world.live_s(1)
    assert await entered(world, [ring], digest, 5) == 2


async def test_tokens_are_set_aside_and_the_rest_comes_back(world: World) -> None:
    digest = await world.key(quota=Quota(tokens=1000))
    rings = [await world.worker(), await world.worker()]
    assert account(rings[0], digest).most_tokens == 1000
    first = await account(rings[0], digest).hold("r1", "site", tokens=600, nanousd=0)
    with pytest.raises(RateReached, match="1000 tokens a minute"):
        await account(rings[1], digest).hold("r1", "site", tokens=600, nanousd=0)
    first.settle(Usage(100, 50), 0)
    await rings[0].settle_now()
    world.clock.pass_s(0.2)
    second = await account(rings[1], digest).hold("r1", "site", tokens=850, nanousd=0)
    second.settle(Usage(900, 100), 0)  # the server counted more than was set aside
    await rings[1].settle_now()
    world.clock.pass_s(0.2)
    with pytest.raises(RateReached):
        await account(rings[0], digest).hold("r1", "site", tokens=1, nanousd=0)


async def test_a_budget_is_reserved_settled_and_booked_to_the_last_nano_dollar(world: World) -> None:
    await world.team("red", Quota(month_nanousd=1000))
    digest = await world.key(team="red", quota=Quota(day_nanousd=300))
    rings = [await world.worker(), await world.worker()]
    holds = [await account(ring, digest).hold("pro", "hosted", tokens=0, nanousd=100) for ring in (*rings, rings[0])]
    with pytest.raises(BudgetSpent, match=r"key alice is \$0\.000000 a day") as refused:
        await account(rings[1], digest).hold("pro", "hosted", tokens=0, nanousd=1)
    assert (refused.value.code, refused.value.type) == ("insufficient_quota", "insufficient_quota")
    assert refused.value.retry_after_s == 1, "money is only set aside, so it may be free in a moment"
    for hold, cost in zip(holds, (7, 11, 100), strict=True):
        hold.settle(Usage(3, 4), cost)
    for ring in rings:
        await ring.settle_now()
    assert [await world.store.pot(f"{who}:{span}") for who in ("key:k-alice", "team:red") for span in (
        "2026-11-24", "2026-11")] == [(118, 0)] * 4  # fmt: skip
    assert sum(row.nanousd for row in await world.store.spent()) == 118


async def test_where_the_money_is_spent_the_wait_is_until_midnight(world: World) -> None:
    digest = await world.key(quota=Quota(day_nanousd=100))
    ring = await world.worker()
    (await account(ring, digest).hold("pro", "hosted", tokens=0, nanousd=100)).settle(Usage(1, 1), 100)
    await ring.settle_now()
    with pytest.raises(BudgetSpent) as refused:
        await account(ring, digest).hold("pro", "hosted", tokens=0, nanousd=1)
    assert refused.value.retry_after_s == 12 * 3600
    world.clock.pass_s(12 * 3600)
    assert await account(ring, digest).hold("pro", "hosted", tokens=0, nanousd=100)


async def test_a_call_over_midnight_is_booked_in_the_day_in_which_it_was_reserved(world: World) -> None:
    digest = await world.key(quota=Quota(day_nanousd=100))
    ring = await world.worker()
    world.clock.pass_s(12 * 3600 - 1)
    hold = await account(ring, digest).hold("pro", "hosted", tokens=0, nanousd=100)
    world.clock.pass_s(2)
    hold.settle(Usage(1, 1), 60)
    await ring.settle_now()
    assert [(row.day, row.nanousd) for row in await world.store.spent()] == [("2026-11-24", 60)]
    assert await world.store.pot("key:k-alice:2026-11-24") == (60, 0)


async def test_a_wall_clock_that_jumps_moves_days_and_never_rates(world: World) -> None:
    digest = await world.key(quota=Quota(requests=5, day_nanousd=100))
    ring = await world.worker()
    assert await entered(world, [ring], digest, 9) == 5
    await account(ring, digest).hold("pro", "hosted", tokens=0, nanousd=100)
    for jump_s in (86_400, -2 * 86_400, 40 * 86_400):
        world.clock.wall += jump_s
        world.clock.pass_s(0.2)
        assert await entered(world, [ring], digest, 9) == 0
    world.clock.wall -= 39 * 86_400
    with pytest.raises(BudgetSpent):
        await account(ring, digest).hold("pro", "hosted", tokens=0, nanousd=1)


async def test_a_call_that_was_cut_off_keeps_its_reservation(world: World) -> None:
    digest = await world.key(quota=Quota(day_nanousd=100))
    ring = await world.worker()
    (await account(ring, digest).hold("pro", "hosted", tokens=0, nanousd=80)).settle(None, 0)
    await ring.settle_now()
    with pytest.raises(BudgetSpent):
        await account(ring, digest).hold("pro", "hosted", tokens=0, nanousd=30)
    (held,) = await world.store.held()
    assert (held.is_kept, held.nanousd, held.key) == (True, 80, "k-alice")


async def test_while_the_store_is_away_hosted_calls_are_refused_and_the_site_goes_on(world: World) -> None:
    digest = await world.key(quota=Quota(requests=5, at_once=50, day_nanousd=1000, tokens=1000))
    ring = await world.worker()
    world.store.file.is_away = True
    assert await entered(world, [ring], digest, 9) == 5, "this worker counts for itself"
    assert account(ring, digest).must_hold("hosted")
    with pytest.raises(StoreAway, match="no hosted model is asked"):
        await account(ring, digest).hold("pro", "hosted", tokens=10, nanousd=10)
    hold = await account(ring, digest).hold("r1", "site", tokens=10, nanousd=10)
    hold.settle(Usage(4, 4), 9)
    await ring.settle_now()
    assert ring.is_away
    world.store.file.is_away = False
    await ring.settle_now()
    assert not ring.is_away
    assert [(row.model, row.nanousd) for row in await world.store.spent()] == [("r1", 9)]
    assert await account(ring, digest).hold("pro", "hosted", tokens=10, nanousd=10)


async def test_a_key_without_limits_is_refused_hosted_models_too_while_nobody_can_book(world: World) -> None:
    digest = await world.key()
    ring = await world.worker()
    assert not account(ring, digest).must_hold("hosted")
    world.store.file.is_away = True
    await ring.settle_now()
    assert account(ring, digest).must_hold("hosted")
    assert not account(ring, digest).must_hold("site")


async def test_what_was_spent_while_the_store_was_away_is_booked_once_though_answers_got_lost(world: World) -> None:
    digest = await world.key(quota=Quota(day_nanousd=1000))
    ring = await world.worker()
    hold = await account(ring, digest).hold("pro", "hosted", tokens=0, nanousd=100)
    hold.settle(Usage(1, 1), 40)
    world.store.file.loses_answers = True
    await ring._settler.write()
    await ring._settler.write()
    account(ring, digest).spend("r1", Usage(1, 1), 2)
    world.store.file.loses_answers = False
    await ring.settle_now()
    assert sum(row.nanousd for row in await world.store.spent()) == 42
    assert await world.store.pot("key:k-alice:2026-11") == (42, 0)


async def test_a_hold_whose_answer_got_lost_is_refused_and_freed(world: World) -> None:
    digest = await world.key(quota=Quota(day_nanousd=100))
    ring = await world.worker()
    world.store.file.loses_answers = True
    with pytest.raises(StoreAway):
        await account(ring, digest).hold("pro", "hosted", tokens=0, nanousd=100)
    assert await world.store.file_pot("key:k-alice:2026-11") == (0, 100)
    world.store.file.loses_answers = False
    await ring.settle_now()
    assert await world.store.pot("key:k-alice:2026-11") == (0, 0)


async def test_a_client_that_leaves_while_money_is_reserved_frees_it(world: World) -> None:
    digest = await world.key(quota=Quota(day_nanousd=100, tokens=50))
    ring = await world.worker()
    task = asyncio.create_task(account(ring, digest).hold("pro", "hosted", tokens=50, nanousd=100))  # type: ignore[arg-type]
    while await world.store.file_pot("key:k-alice:2026-11") == (0, 0):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await ring.settle_now()
    assert await world.store.pot("key:k-alice:2026-11") == (0, 0)
    world.clock.pass_s(0.2)
    assert await account(ring, digest).hold("pro", "hosted", tokens=50, nanousd=100)


async def test_an_end_gives_everything_back(world: World) -> None:
    digest = await world.key(quota=Quota(requests=3200, at_once=640))
    ring = await world.worker()
    assert await entered(world, [ring], digest, 40) == 40
    for _ in range(40):
        account(ring, digest).leave()
    world.rings.remove(ring)
    await ring.aclose()
    other = await world.worker()
    assert await entered(world, [other], digest, 640) == 640
    for _ in range(640):
        account(other, digest).leave()
    assert await entered(world, [other], digest, 600) == 600
    for _ in range(600):
        account(other, digest).leave()


@pytest.mark.parametrize("failure", [CoThinkError, RateReached])
async def test_refusals_do_not_melt_the_store(world: World, failure: type[CoThinkError]) -> None:
    digest = await world.key(quota=Quota(requests=1))
    ring = await world.worker()
    assert await enter(world, ring, digest)
    before = world.store.file.steps
    for _ in range(500):
        with pytest.raises(failure):
            await account(ring, digest).enter_slowly()
    assert world.store.file.steps - before <= 1


async def test_a_settler_that_is_woken_all_the_time_still_takes_its_turn(world: World) -> None:
    digest = await world.key(quota=Quota(at_once=5))
    ring = await world.worker(every_s=0.05)
    await world.key(quota=Quota(at_once=0))
    for _ in range(200):
        if not await enter(world, ring, digest):
            break
        account(ring, digest).leave()  # wakes it
        await asyncio.sleep(0.005)
    else:
        raise AssertionError("the new limit was never learned")


async def test_a_priced_call_on_the_site_is_held_too_and_waits_for_no_store_that_is_away(world: World) -> None:
    digest = await world.key(quota=Quota(day_nanousd=100))
    ring = await world.worker()
    hold = await account(ring, digest).hold("r1", "site", tokens=0, nanousd=100)
    assert not hold.is_paid, "no vendor bills it, so an estimate settles it"
    with pytest.raises(BudgetSpent):
        await account(ring, digest).hold("r1", "site", tokens=0, nanousd=1)
    hold.settle(Usage(1, 1), 30)
    world.store.file.is_away = True
    await ring.settle_now()
    steps = world.store.file.steps
    (await account(ring, digest).hold("r1", "site", tokens=0, nanousd=500)).settle(Usage(1, 1), 500)
    assert world.store.file.steps == steps
    world.store.file.is_away = False
    await world.live_s(3)  # what is left of the slice comes back once it lies idle
    assert await world.store.pot("key:k-alice:2026-11") == (530, 0)
