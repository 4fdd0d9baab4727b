"""What must hold whatever keeps the data: each test runs on SQLite and on a real Redis."""

import asyncio

import pytest

from cothink.core.errors import BadRequest
from cothink.store.key import KeyRecord, Quota, Team
from cothink.store.meter import LEASE_S, WINDOW, WORKER_LOST_MS, Give, Take
from cothink.store.money import SHARE, Bookings, Drawn, HeldMoney, Pot, Slice, Sliced, Spend, pot_names
from cothink.store.store import Store

DAY = "2026-11-24"
POTS = pot_names("k1", "red", DAY)


def record(id: str = "k1", name: str = "alice", **more: object) -> KeyRecord:
    return KeyRecord(id=id, name=name, digest="d" * 64, prefix="ck-abc", **more)  # type: ignore[arg-type]


def rate(cap: int, least: int = 1, want: int = 1) -> Take:
    return Take("key:k1:requests", cap, least, want)


def places(cap: int, want: int = 1) -> Take:
    return Take("key:k1:at_once", cap, 1, want, is_place=True)


def money(id: str, nanousd: int = 10) -> HeldMoney:
    return HeldMoney(id=id, worker="w1", key="k1", team="red", model="pro", pots=POTS, nanousd=nanousd, at=1.0)


def pots(cap: int, team_cap: int | None = None) -> tuple[Pot, ...]:
    caps = (cap, None, team_cap, None)
    return tuple(Pot(name, one) for name, one in zip(POTS, caps, strict=True))


def spending(nanousd: int = 3) -> Spend:
    return Spend(
        day=DAY, key="k1", team="red", model="pro", calls=1, prompt_tokens=5, completion_tokens=7, nanousd=nanousd
    )


async def test_only_what_changed_after_a_version_is_told(store: Store) -> None:
    await store.put_key(record())
    first = await store.changes(0)
    await store.put_team(Team(name="red", quota=Quota(day_nanousd=5)))
    await store.put_key(record("k2", "bob", models=("r1",), quota=Quota(requests=3)))
    later = await store.changes(first.version)
    assert [one.name for one in first.keys] == ["alice"]
    assert later.keys == (record("k2", "bob", models=("r1",), quota=Quota(requests=3)),)
    assert later.teams == (Team(name="red", quota=Quota(day_nanousd=5)),)
    assert (await store.changes(later.version)).keys == ()
    assert (await store.beat("w1", 0)).version == later.version


async def test_no_two_keys_have_one_name_and_a_renamed_key_frees_its_own(store: Store) -> None:
    await store.put_key(record())
    with pytest.raises(BadRequest, match="'alice'"):
        await store.put_key(record("k2"))
    await store.put_key(record("k1", "alice (k1)"))
    await store.put_key(record("k2"))
    assert {one.name for one in (await store.changes(0)).keys} == {"alice (k1)", "alice"}


async def test_the_first_admin_is_made_once_though_many_try_at_the_same_time(store: Store) -> None:
    made = await asyncio.gather(*(store.put_first_admin(record(f"k{n}", "admin", admin=True)) for n in range(8)))
    assert made.count(True) == 1
    assert len((await store.changes(0)).keys) == 1


async def test_a_rate_is_never_passed_in_any_minute_and_is_whole_again_after_it(store: Store) -> None:
    grants = [await store.take("w1", 1_000_000, rate(10, want=4)) for _ in range(4)]
    assert [grant.amount for grant in grants] == [4, 4, 2, 0]
    refused = grants[-1]
    assert refused.wait_ms == WINDOW * 1000
    for passed_ms, expected in ((refused.wait_ms - 1, 0), (refused.wait_ms, 10)):
        grant = await store.take("w1", refused.steady_ms + passed_ms, rate(10, want=99))
        assert grant.amount == expected
    assert WINDOW >= 60 + LEASE_S + 1


async def test_what_was_not_used_comes_back_into_its_own_second(store: Store) -> None:
    first = await store.take("w1", 5_000, rate(10, want=10))
    await store.give("w1", (Give("key:k1:requests", 4, first.bucket),))
    assert (await store.take("w2", 9_000, rate(10, want=10))).amount == 4
    after = first.steady_ms + WINDOW * 1000
    assert (await store.take("w2", after, rate(10, want=10))).amount == 6, "the 4 of second 9 still count"


async def test_more_than_was_set_aside_can_be_charged_and_a_lost_second_is_no_harm(store: Store) -> None:
    first = await store.take("w1", 5_000, rate(100, want=10))
    await store.give("w1", (Give("key:k1:requests", -20, first.bucket), Give("key:k1:requests", 5, first.bucket - 500)))
    assert (await store.take("w1", 5_000, rate(100, want=100))).amount == 70


async def test_the_shared_clock_never_goes_back_and_follows_the_fastest(store: Store) -> None:
    assert (await store.beat("w1", 0)).steady_ms == 0
    assert (await store.beat("w1", 7_000)).steady_ms == 7_000
    assert (await store.beat("w2", 3_000)).steady_ms == 7_000
    assert (await store.take("w2", 4_000, rate(5))).steady_ms == 7_000


async def test_places_are_shared_given_back_and_freed_when_their_worker_is_lost(store: Store) -> None:
    await store.beat("w1", 1_000)
    assert (await store.take("w1", 1_000, places(3, want=2))).amount == 2
    assert (await store.take("w2", 1_000, places(3, want=2))).amount == 1
    assert (await store.take("w2", 1_000, places(3))).amount == 0
    for _ in range(2):  # told twice, since the first answer may have got lost
        await store.give("w1", (Give("key:k1:at_once", 1, 0, is_place=True),))
    assert (await store.take("w2", 1_000, places(3, want=3))).amount == 1
    assert (await store.take("w2", 1_000 + WORKER_LOST_MS, places(3, want=3))).amount == 1, "w1 is dead"


async def test_money_is_set_aside_in_all_pots_or_in_none(store: Store) -> None:
    assert await store.hold(money("h1"), pots(25, team_cap=15)) is None
    refused = await store.hold(money("h2"), pots(25, team_cap=15))
    assert refused is not None
    assert (refused.pot, refused.cap_nanousd, refused.spent_nanousd, refused.held_nanousd) == (POTS[2], 15, 0, 10)
    assert [await store.pot(name) for name in POTS] == [(0, 10)] * 4
    assert [held.id for held in await store.held()] == ["h1"]


async def test_the_same_hold_twice_is_one(store: Store) -> None:
    for _ in range(2):
        assert await store.hold(money("h1"), pots(10)) is None
    assert await store.pot(POTS[0]) == (0, 10)


async def test_a_booking_frees_and_spends_in_one_step_once_for_each_number(store: Store) -> None:
    await store.hold(money("h1"), pots(10))
    for number in (1, 1, 2):
        await store.book(Bookings(worker="w1", number=number, spends=(spending(),), freed=("h1",)))
    assert [await store.pot(name) for name in POTS] == [(6, 0)] * 4
    (row,) = await store.spent()
    assert (row.calls, row.prompt_tokens, row.completion_tokens, row.nanousd) == (2, 10, 14, 6)
    assert await store.held() == []


async def test_a_call_without_a_usage_keeps_its_hold_and_says_so(store: Store) -> None:
    await store.hold(money("h1"), pots(10))
    await store.book(Bookings(worker="w1", number=1, kept=("h1", "h-unknown")))
    (held,) = await store.held()
    assert held == HeldMoney(
        id="h1", worker="w1", key="k1", team="red", model="pro", pots=POTS, nanousd=10, at=1.0, is_kept=True
    )
    assert await store.hold(money("h2"), pots(10)) is not None


async def test_sums_are_exact_to_the_last_nano_dollar_in_the_millions(store: Store) -> None:
    large = 999_999_999_999_999  # a nano-dollar below a million dollars
    assert await store.hold(money("h1", large), pots(large + 1)) is None
    assert await store.hold(money("h2", 2), pots(large + 1)) is not None
    assert await store.hold(money("h3", 1), pots(large + 1)) is None
    await store.book(Bookings(worker="w1", number=1, spends=(spending(large), spending(1)), freed=("h1", "h3")))
    assert await store.pot(POTS[1]) == (large + 1, 0)
    assert sum(row.nanousd for row in await store.spent()) == large + 1


async def test_spending_is_told_by_day_with_both_ends(store: Store) -> None:
    for number, day in enumerate(("2026-11-23", "2026-11-24", "2026-11-25"), 1):
        spend = Spend(day=day, key="k1", team="", model='a "quoted" [name]', calls=1, nanousd=number)
        await store.book(Bookings(worker="w1", number=number, spends=(spend,)))
    assert [row.nanousd for row in await store.spent("2026-11-24", "2026-11-24")] == [2]
    assert [row.nanousd for row in await store.spent("2026-11-24")] == [2, 3]
    assert (await store.spent())[0].model == 'a "quoted" [name]'


async def test_many_holds_at_once_fit_exactly(store: Store) -> None:
    refusals = await asyncio.gather(*(store.hold(money(f"h{n}"), pots(505)) for n in range(200)))
    assert refusals.count(None) == 50


def slice_of(cap: int, least: int, want: int = 0, worker: str = "w1") -> Slice:
    return Slice(id=f"{worker}-s", worker=worker, pots=pots(cap), least=least, want=want)


async def test_a_slice_is_what_a_call_needs_or_a_small_share_of_what_is_left(store: Store) -> None:
    await store.beat("w1", 0)
    assert await store.slice(slice_of(1000 * SHARE, 10, 10_000)) == Sliced(1000)
    assert await store.slice(slice_of(1000 * SHARE, 2000, 2000)) == Sliced(2000)
    assert await store.slice(slice_of(1000 * SHARE, 0, 7)) == Sliced(7)
    assert [await store.pot(name) for name in POTS] == [(0, 3007)] * 4
    assert await store.held() == [], "no call's hold: nobody has to reconcile it"


async def test_slices_holds_and_spending_share_the_pots_and_never_pass_the_limit(store: Store) -> None:
    await store.beat("w1", 0)
    assert await store.hold(money("h1"), pots(25)) is None
    assert await store.slice(slice_of(25, 10)) == Sliced(10)
    refused = (await store.slice(slice_of(25, 6))).refusal
    assert refused is not None
    assert (refused.pot, refused.cap_nanousd, refused.spent_nanousd, refused.held_nanousd) == (POTS[0], 25, 0, 20)
    assert await store.hold(money("h2"), pots(25)) is not None
    assert await store.slice(slice_of(25, 0, 100)) == Sliced(0)


async def test_a_slice_shrinks_by_what_is_booked_in_the_same_step_once_for_each_number(store: Store) -> None:
    await store.beat("w1", 0)
    await store.slice(slice_of(100, 20))
    for number in (1, 1):
        await store.book(
            Bookings(worker="w1", number=number, spends=(spending(),), drawn=(Drawn("w1-s", 5), Drawn("no-s", 9)))
        )
    assert [await store.pot(name) for name in POTS] == [(3, 15)] * 4
    await store.book(Bookings(worker="w1", number=2, drawn=(Drawn("w1-s", 99),)))
    assert await store.pot(POTS[0]) == (3, 0), "no more is freed than was held"
    await store.slice(slice_of(100, 20))
    await store.book(Bookings(worker="w1", number=3, closed=("w1-s", "no-s")))
    assert await store.pot(POTS[0]) == (3, 0)


async def test_the_slices_of_a_dead_worker_are_freed_and_those_of_others_are_not(store: Store) -> None:
    for worker in ("w1", "w2"):
        await store.beat(worker, 1000)
        await store.slice(slice_of(100, 20, worker=worker))
    await store.beat("w2", 1000 + WORKER_LOST_MS - 1)
    assert await store.pot(POTS[0]) == (0, 40)
    await store.beat("w2", 1000 + WORKER_LOST_MS)
    assert await store.pot(POTS[0]) == (0, 20)
    await store.book(Bookings(worker="w1", number=1, drawn=(Drawn("w1-s", 5),), closed=("w1-s",)))
    assert await store.pot(POTS[0]) == (0, 20), "who comes back from the dead frees nothing twice"
