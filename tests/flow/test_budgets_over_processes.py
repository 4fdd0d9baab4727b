"""Parallel calls over two gateway processes cannot overspend a budget, and what is booked is what was used."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from cothink.store.config import StoreConfig
from cothink.store.desk import KeyDesk, Wanted
from cothink.store.money import day_of
from cothink.store.open import open_store
from cothink.store.store import Store
from flow.key_gateways import Site
from store.stores import redis_server

FIT, ASK = 50, 200


@pytest.fixture(params=["two gateways on one file", "two workers on one file", "two gateways on one Redis"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param.endswith("file"):
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    with redis_server(tmp_path) as server:
        yield server.url


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    store = open_store(StoreConfig(url=store_url, timeout_s=5))
    yield store
    await store.aclose()


async def until_settled(store: Store) -> None:
    async with asyncio.timeout(10):
        while await store.held():
            await asyncio.sleep(0.02)


async def test_parallel_pro_calls_spend_what_the_budget_holds_and_no_more(
    request: pytest.FixtureRequest, store_url: str, store: Store, tmp_path: Path
) -> None:
    async with Site(tmp_path, store_url) as site:
        if "workers" in request.node.name:
            await site.serve(workers=2)
        else:
            for _ in range(2):
                await site.serve()
        record, secret = await KeyDesk(store).create(Wanted(name="alice", usd_per_day=0.505))
        pot = f"key:{record.id}:{day_of(record.created_at)}"

        tasks = [asyncio.create_task(site.ask(secret, gateway=number)) for number in range(ASK)]
        await site.vendor.until_open(FIT)
        refused = await first(tasks, ASK - FIT)
        assert {answer.status_code for answer in refused} == {429}
        assert {answer.json()["error"]["code"] for answer in refused} == {"insufficient_quota"}
        assert {answer.headers["retry-after"] for answer in refused} == {"1"}
        assert (site.vendor.open, site.vendor.billed) == (FIT, [])
        spent, held = await store.pot(pot)
        assert spent == 0
        assert 500_000_000 < held <= 505_000_000

        site.vendor.gate.set()
        answers = await asyncio.gather(*tasks)
        assert [answer.status_code for answer in answers].count(200) == FIT == len(site.vendor.billed)
        await until_settled(store)
        assert await store.pot(pot) == (site.vendor.cost_nanousd, 0)

        more = await finish(site, secret, ASK - FIT)
        assert more == ASK - FIT, "what was freed lets the rest follow"
        await until_settled(store)
        assert len(site.vendor.billed) == ASK
        assert site.vendor.most_open <= FIT
        assert await store.pot(pot) == (site.vendor.cost_nanousd, 0)
        (row,) = await store.spent()
        assert (row.calls, row.nanousd) == (ASK, site.vendor.cost_nanousd)
        assert row.prompt_tokens == sum(usage.prompt_tokens for usage in site.vendor.billed)
        assert row.completion_tokens == sum(usage.completion_tokens for usage in site.vendor.billed)


async def test_parallel_calls_on_the_site_never_pass_the_budget_and_slices_come_back(
    request: pytest.FixtureRequest, store_url: str, store: Store, tmp_path: Path
) -> None:
    async with Site(tmp_path, store_url, zone="site") as site:
        if "workers" in request.node.name:
            await site.serve(workers=2)
        else:
            for _ in range(2):
                await site.serve()
        record, secret = await KeyDesk(store).create(Wanted(name="alice", usd_per_day=0.505))
        pot = f"key:{record.id}:{day_of(record.created_at)}"

        tasks = [asyncio.create_task(site.ask(secret, gateway=number)) for number in range(ASK)]
        await site.vendor.until_open(FIT - 2)  # each process may have a rest that is too small for one call
        async with asyncio.timeout(20):
            while sum(task.done() for task in tasks) < ASK - FIT:
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)
        refused = [task.result() for task in tasks if task.done()]
        assert {answer.json()["error"]["code"] for answer in refused} == {"insufficient_quota"}
        assert FIT - 2 <= site.vendor.open <= FIT
        assert sum(await store.pot(pot)) <= 505_000_000

        site.vendor.gate.set()
        went_out = [answer.status_code for answer in await asyncio.gather(*tasks)].count(200)
        assert await finish(site, secret, ASK - went_out) == ASK - went_out, "what was not spent lets the rest follow"
        assert site.vendor.most_open <= FIT
        async with asyncio.timeout(10):
            while await store.pot(pot) != (site.vendor.cost_nanousd, 0):
                await asyncio.sleep(0.05)
        (row,) = await store.spent()
        assert (row.calls, row.nanousd) == (ASK, site.vendor.cost_nanousd)


async def first(tasks: list[asyncio.Task[httpx.Response]], count: int) -> list[httpx.Response]:
    """Wait until so many have answered, and a moment longer for one too many."""
    async with asyncio.timeout(20):
        while sum(task.done() for task in tasks) < count:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
    done = [task.result() for task in tasks if task.done()]
    assert len(done) == count
    return done


async def finish(site: Site, secret: str, calls: int) -> int:
    """Ask until so many were answered, as a client does that comes back when it is told to."""

    async def one(number: int) -> int:
        for turn in range(40):
            if (await site.ask(secret, gateway=number + turn)).status_code == 200:
                return 1
            await asyncio.sleep(0.1)
        return 0

    return sum(await asyncio.gather(*(one(number) for number in range(calls))))
