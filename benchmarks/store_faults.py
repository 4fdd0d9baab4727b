"""What is lost when the store of keys and budgets goes away for two seconds under load: Redis and SQLite.

    python benchmarks/store_faults.py

Four clients ask the site and four ask the pro, one request after the other. It needs redis-server, and Linux.
"""

import argparse
import asyncio
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
AWAY_S, AFTER_S = 2.0, 4.0
HEAD = "| fault | site asked | site answered | pro asked | answered | told 503 | lost | back after | booked - billed |"


class Clients:
    """Asks without a pause and counts what came."""

    def __init__(self, site: Any, secret: str) -> None:
        self._site = site
        self._secret = secret
        self.counts: dict[tuple[str, int], int] = {}
        self.last_refusal = 0.0
        self.is_over = False

    async def ask(self, model: str) -> None:
        """Ask until it is over."""
        while not self.is_over:
            try:
                status = (await self._site.ask(self._secret, model)).status_code
            except OSError:
                status = 0
            self.counts[model, status] = self.counts.get((model, status), 0) + 1
            if status != 200:
                self.last_refusal = time.monotonic()

    def of(self, model: str, *statuses: int) -> int:
        """Count answers of a model, with one of these statuses or any."""
        return sum(
            n for (name, status), n in self.counts.items() if name == model and (status in statuses or not statuses)
        )


async def fault(name: str, site: Any, store: Any, leave: Callable[[], None], come: Callable[[], None]) -> None:
    """Bring one fault about and print its row."""
    from cothink.store.desk import KeyDesk, Wanted

    record, secret = await KeyDesk(store).create(Wanted(name=name, usd_per_day=1000))
    site.vendor.gate.set()
    clients = Clients(site, secret)
    tasks = [asyncio.create_task(clients.ask(model)) for model in ("r1", "pro") for _ in range(4)]
    await asyncio.sleep(1)
    leave()
    await asyncio.sleep(AWAY_S)
    await asyncio.to_thread(come)
    came_at = time.monotonic()
    await asyncio.sleep(AFTER_S)
    clients.is_over = True
    await asyncio.gather(*tasks)
    await settled(store)
    booked = sum(row.nanousd for row in await store.spent() if row.key == record.id)
    lost = sum(n for (_, status), n in clients.counts.items() if status not in (200, 503))
    figures = [
        clients.of("r1"),
        clients.of("r1", 200),
        clients.of("pro"),
        clients.of("pro", 200),
        clients.of("pro", 503),
    ]
    back = f"{max(0.0, clients.last_refusal - came_at):.2f} s"
    print(f"| {name} | {' | '.join(map(str, figures))} | {lost} | {back} | {booked - site.vendor.cost_nanousd} |")


async def settled(store: Any) -> None:
    """Wait until nothing is held and what was spent is written."""
    for _ in range(100):
        if not await store.held():
            await asyncio.sleep(1.2)
            return
        await asyncio.sleep(0.1)


async def redis_stops() -> None:
    """Redis is killed and started again."""
    from cothink.store.config import StoreConfig
    from cothink.store.open import open_store
    from flow.key_gateways import Site
    from store.stores import redis_server

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis = stack.enter_context(redis_server(folder))
        store = open_store(StoreConfig(url=redis.url))
        async with Site(folder, redis.url) as site:
            await site.serve()
            await fault("Redis killed and started again", site, store, redis.stop, redis.start)
        await store.aclose()


async def disk_is_full() -> None:
    """The gateway may write no byte more to a file."""
    from cothink.store.config import StoreConfig
    from cothink.store.open import open_store
    from flow.key_gateways import Site

    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{Path(name) / 'store.db'}"
        store = open_store(StoreConfig(url=url))
        async with Site(Path(name), url) as site:
            gateway = await site.serve()

            def limit(bytes: int) -> None:
                _, hard = resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE)
                resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (hard if bytes < 0 else bytes, hard))

            await fault("disk full for SQLite", site, store, lambda: limit(1024), lambda: limit(-1))
        await store.aclose()


def main() -> None:
    """Print the table."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src")]
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}\n")
    print(HEAD)
    print("|---" * HEAD.count(" | ") + "|---|")
    scenarios: tuple[Callable[[], Awaitable[None]], ...] = (redis_stops, disk_is_full)
    for scenario in scenarios:
        asyncio.run(scenario())  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
