"""Real gateways whose store stops, comes back, comes back empty, or has no room: money is refused, the site goes on."""

import asyncio
import resource
from collections.abc import Awaitable, Callable
from pathlib import Path

from cothink.store.config import StoreConfig
from cothink.store.desk import KeyDesk, Wanted
from cothink.store.money import day_of
from cothink.store.open import open_store
from flow.key_gateways import Gateway, Site
from store.stores import redis_server


async def becomes(claim: Callable[[], Awaitable[bool]], within_s: float = 15.0) -> None:
    async with asyncio.timeout(within_s):
        while not await claim():
            await asyncio.sleep(0.05)


async def test_redis_stopped_and_started_again_loses_no_booking(tmp_path: Path) -> None:
    with redis_server(tmp_path) as redis:
        store = open_store(StoreConfig(url=redis.url, timeout_s=5))
        async with Site(tmp_path, redis.url) as site:
            await site.serve()
            record, secret = await KeyDesk(store).create(Wanted(name="alice", usd_per_day=1))
            running = [asyncio.create_task(site.ask(secret)) for _ in range(5)]
            await site.vendor.until_open(5)

            redis.stop()
            refused = await site.ask(secret)
            assert (refused.status_code, refused.json()["error"]["code"]) == (503, "store_away")
            assert (await site.ask(secret, "r1")).status_code == 200
            assert (await site.ask(secret, "cothink-cascade")).status_code == 200, "a team gives R1's draft"
            site.vendor.gate.set()
            assert [answer.status_code for answer in await asyncio.gather(*running)] == [200] * 5

            redis.start()

            async def answers() -> bool:
                return (await site.ask(secret)).status_code == 200

            await becomes(answers)
            pot = f"key:{record.id}:{day_of(record.created_at)}"

            async def is_booked() -> bool:
                return await store.pot(pot) == (site.vendor.cost_nanousd, 0)

            await becomes(is_booked)
            assert sum(row.nanousd for row in await store.spent()) == site.vendor.cost_nanousd
        await store.aclose()


async def test_a_redis_that_lost_its_data_is_not_taken_for_unspent_money(tmp_path: Path) -> None:
    with redis_server(tmp_path) as redis:
        store = open_store(StoreConfig(url=redis.url, timeout_s=5))
        async with Site(tmp_path, redis.url) as site:
            await site.serve()
            _, secret = await KeyDesk(store).create(Wanted(name="alice", usd_per_day=1))
            site.vendor.gate.set()
            assert (await site.ask(secret)).status_code == 200
            redis.stop()
            redis.forget()
            redis.start()
            for _ in range(3):
                assert (await site.ask(secret)).status_code == 503
                await asyncio.sleep(0.5)
            assert (await site.ask(secret, "r1")).status_code == 200
        await store.aclose()


async def test_a_full_disk_refuses_money_and_books_everything_once_there_is_room(tmp_path: Path) -> None:
    store = open_store(StoreConfig(url=f"sqlite:///{tmp_path / 'store.db'}", timeout_s=5))
    async with Site(tmp_path, f"sqlite:///{tmp_path / 'store.db'}") as site:
        gateway = await site.serve()
        record, secret = await KeyDesk(store).create(Wanted(name="alice", usd_per_day=1))
        running = [asyncio.create_task(site.ask(secret)) for _ in range(5)]
        await site.vendor.until_open(5)

        let_grow(gateway, False)
        refused = await site.ask(secret)
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "store_away")
        assert (await site.ask(secret, "r1")).status_code == 200
        site.vendor.gate.set()
        assert [answer.status_code for answer in await asyncio.gather(*running)] == [200] * 5
        assert (await site.ask(secret)).status_code == 503

        let_grow(gateway, True)

        async def answers() -> bool:
            return (await site.ask(secret)).status_code == 200

        await becomes(answers)
        pot = f"key:{record.id}:{day_of(record.created_at)}"

        async def is_booked() -> bool:
            return await store.pot(pot) == (site.vendor.cost_nanousd, 0)

        await becomes(is_booked)
    await store.aclose()


def let_grow(gateway: Gateway, may: bool) -> None:
    """Forbid a process to write files beyond their first bytes, or allow it again."""
    _, hard = resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (hard if may else 1024, hard))


async def test_a_revoked_key_is_turned_away_within_two_seconds_and_a_new_one_is_let_in_at_once(tmp_path: Path) -> None:
    store = open_store(StoreConfig(url=f"sqlite:///{tmp_path / 'store.db'}", timeout_s=5))
    async with Site(tmp_path, f"sqlite:///{tmp_path / 'store.db'}") as site:
        await site.serve()
        desk = KeyDesk(store)
        _, secret = await desk.create(Wanted(name="alice"))
        assert (await site.ask(secret, "r1")).status_code == 200
        await desk.revoke("alice")

        async def is_refused() -> bool:
            return (await site.ask(secret, "r1")).status_code == 401

        await becomes(is_refused, within_s=3)
        assert (await site.ask((await desk.create(Wanted(name="alice")))[1], "r1")).status_code == 200
    await store.aclose()


async def test_a_killed_gateway_leaves_its_reservation_until_it_is_reconciled(tmp_path: Path) -> None:
    store = open_store(StoreConfig(url=f"sqlite:///{tmp_path / 'store.db'}", timeout_s=5))
    async with Site(tmp_path, f"sqlite:///{tmp_path / 'store.db'}") as site:
        gateway = await site.serve()
        desk = KeyDesk(store)
        record, secret = await desk.create(Wanted(name="alice", usd_per_day=1))
        task = asyncio.create_task(site.ask(secret))
        await site.vendor.until_open(1)
        await gateway.stop(9)
        await asyncio.gather(task, return_exceptions=True)
        (held,) = await store.held()
        pot = f"key:{record.id}:{day_of(record.created_at)}"
        assert await store.pot(pot) == (0, held.nanousd)
        await desk.reconcile(held.id, 123)
        assert await store.pot(pot) == (123, 0)
        assert [(row.key, row.model, row.nanousd) for row in await store.spent()] == [(record.id, "pro", 123)]
    await store.aclose()
