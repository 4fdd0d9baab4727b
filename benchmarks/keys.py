"""What a key costs: microseconds a request for who asks, its limits and its bookings; what one step of a store takes.

Run: ``PYTHONPATH=src python benchmarks/keys.py [--redis redis://127.0.0.1:6379/9]``. The Redis is filled with keys that
begin with ``{cothink}:``, so give an empty one.
"""

import argparse
import asyncio
import platform
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import uvloop

from cothink.core.answer import Answer
from cothink.core.chunk import Chunk, Usage
from cothink.core.engine import Seen, Stream
from cothink.core.messages import Message
from cothink.core.price import Price
from cothink.core.request import Request, Sampling
from cothink.core.run import Caller, Run
from cothink.engines.tokens import EstimatedTokens, prompt_tokens
from cothink.gateway.auth import Keys
from cothink.store.config import StoreConfig
from cothink.store.desk import KeyDesk, Wanted, WantedTeam
from cothink.store.meter import Take
from cothink.store.money import HeldMoney, Pot, day_of, pot_names
from cothink.store.open import open_store
from cothink.store.store import Store
from cothink.traffic.book import Book
from cothink.traffic.quota.ring import KeyRing

ROUNDS, CALLS, BOOKED = 5, 100_000, 10_000
MANY = 10**9  # a limit that is never reached: the allowed case


def timed(step: Callable[[], object], calls: int = CALLS) -> float:
    """Return microseconds of processor time a call: the best of a few rounds, less the loop itself."""

    def once(work: Callable[[], object]) -> float:
        began = time.process_time()
        for _ in range(calls):
            work()
        return time.process_time() - began

    def nothing() -> None:
        return None

    return (min(once(step) for _ in range(ROUNDS)) - min(once(nothing) for _ in range(ROUNDS))) * 1e6 / calls


async def hot_path(store: Store) -> None:
    """Print what a request costs whose slices are filled."""
    desk = KeyDesk(store)
    await desk.put_team(WantedTeam(name="red", requests_per_minute=MANY, tokens_per_minute=MANY, at_once=1_000_000))
    _, plain = await desk.create(Wanted(name="plain"))
    limits = {"requests_per_minute": MANY, "tokens_per_minute": MANY, "at_once": 1_000_000}
    _, full = await desk.create(Wanted(name="full", team="red", models=("r1", "cothink-*"), **limits))
    ring = KeyRing(store)
    await ring.start()
    keys = Keys({"static": "sk-static-0123456789"}, ring)
    usage = Usage(20, 30)
    for secret, words in ((plain, "a key without limits"), (full, "a key and its team, every limit set")):
        header = b"Bearer " + secret.encode()
        account: Any = (await keys.caller(header)).account

        def serve(header: bytes = header, account: Any = account) -> None:
            assert keys.known(header) is not None
            assert account.may_use("r1", "r1")
            if not account.enter(time.monotonic()):
                refill(account)
            account.leave()

        def refill(account: Any) -> None:
            """Put a fresh slice in by hand: the loop of the benchmark lets no task run."""
            for owner in account._owners:
                owner.place.owned = 1000
                for lease in (owner.requests, owner.tokens):
                    if lease is not None:
                        lease.left, lease.until, lease.bucket = MANY, time.monotonic() + 3600, 0
            assert account.enter(time.monotonic())

        row(f"who asks, may it, enter, leave: {words}", timed(serve))
        row("  the booking of its call", timed(lambda account=account: account.spend("r1", usage, 0)))
        row("  its headers x-ratelimit-*", timed(account.headers))
    account = (await keys.caller(b"Bearer " + full.encode())).account
    began = time.process_time()
    for _ in range(20_000):
        hold = await account.hold("r1", "site", tokens=10, nanousd=0)
        hold.settle(usage, 0)
    row(
        "tokens set aside and settled for a call (only with a limit of tokens)",
        (time.process_time() - began) * 1e6 / 20_000,
    )
    for owner in account._owners:
        owner.place.owned = owner.place.busy = 0
    await ring._settler.end((), ())


class Ready:
    """An engine that has its answer ready."""

    async def stream(self, request: Request) -> Stream:
        """Answer, in one chunk."""
        yield Chunk(text="ok", finish="stop", usage=Usage(20, 30))

    async def whole(self, request: Request, seen: Seen) -> Answer:
        """Answer, in one piece."""
        return Answer(text="ok", finish="stop", usage=Usage(20, 30))


async def booked(store: Store) -> None:
    """Print what a whole call of a priced model on the site costs beside one without a key."""
    desk = KeyDesk(store)
    rates = {"requests_per_minute": MANY, "tokens_per_minute": MANY, "at_once": 1_000_000}
    dollars = {"usd_per_day": 1_000_000, "usd_per_month": 1_000_000}
    await desk.put_team(WantedTeam(name="both", **rates, **dollars))
    wanted = {
        "a key without limits": Wanted(name="none"),
        "requests, tokens, at once": Wanted(name="rates", **rates),
        "dollars": Wanted(name="dollars", **dollars),
        "requests, tokens, at once, dollars": Wanted(name="all", **rates, **dollars),
        "  the same of a team, too": Wanted(name="twice", team="both", **rates, **dollars),
    }
    secrets = {words: (await desk.create(one))[1] for words, one in wanted.items()}
    ring = KeyRing(store)
    await ring.start()
    keys = Keys({}, ring)
    book = Book(
        Ready(), model="r1", zone="site", price=Price(input_usd=0.55, output_usd=2.19), max_output_tokens=32_768,
        count=partial(prompt_tokens, counter=EstimatedTokens()),
    )  # fmt: skip
    callers = {words: await keys.caller(b"Bearer " + secret.encode()) for words, secret in secrets.items()}
    costs: dict[str, list[float]] = {words: [] for words in ("nobody", *callers)}
    for _ in range(ROUNDS):
        for words, spent in costs.items():
            spent.append(await calls_of(book, callers.get(words, Caller())))
    base = min(costs.pop("nobody"))
    row("a call of a priced model on the site, booked, no key", base)
    for words, spent in costs.items():
        row(f"  what limits add to it: {words}", min(spent) - base)
    await ring.aclose()


async def calls_of(book: Book, caller: Caller) -> float:
    """Return microseconds of processor time a call, with what the settler does meanwhile."""
    answer, account = book.whole, caller.account
    assert answer is not None
    messages = (Message("user", "Why is the sky blue, and why is it red in the evening? " * 4),)

    def seen(_: Chunk) -> None: ...

    began, clock = time.process_time(), time.monotonic
    for number in range(BOOKED):
        if account is not None and not account.enter(clock()):
            await account.enter_slowly()
        run = Run("t", caller=caller)
        await answer(Request(model="r1", messages=messages, run=run, sampling=Sampling(max_tokens=256)), seen)
        if account is not None:
            account.headers()
            account.leave()
        if number % 100 == 0:
            await asyncio.sleep(0)
    return (time.process_time() - began) * 1e6 / BOOKED


async def steps(name: str, store: Store) -> None:
    """Print what the steps of a store take, one after the other."""
    await store.changes(0)
    pots = tuple(Pot(pot, MANY * MANY) for pot in pot_names("k", "t", day_of(time.time())))
    numbers = iter(range(1_000_000))

    async def hold() -> None:
        money = HeldMoney(
            id=f"{name}-{time.time_ns()}-{next(numbers)}", worker="w", key="k", team="t", model="pro",
            pots=tuple(pot.name for pot in pots), nanousd=1, at=0.0,
        )  # fmt: skip
        assert await store.hold(money, pots) is None

    async def take() -> None:
        await store.take("w", 0, Take("m", MANY, 1, 1))

    row(f"{name}: lease a slice", await waited(take), "ms")
    row(f"{name}: reserve money in four pots", await waited(hold), "ms")


async def waited(step: Callable[[], Awaitable[None]]) -> float:
    """Return the median wait in milliseconds."""
    waits = []
    for _ in range(500):
        began = time.perf_counter()
        await step()
        waits.append(time.perf_counter() - began)
    return statistics.median(waits) * 1e3


def row(what: str, figure: float, unit: str = "us") -> None:
    """Print one line."""
    print(f"{what:72} {figure:8.2f} {unit}")


async def main(redis: str) -> None:
    """Print the table."""
    print(f"{platform.machine()}, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}")
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(StoreConfig(url=f"sqlite:///{Path(folder) / 'bench.db'}"))
        await hot_path(store)
        await steps("SQLite", store)
        await store.aclose()
        await booked(open_store(StoreConfig(url=f"sqlite:///{Path(folder) / 'booked.db'}")))
    if redis:
        store = open_store(StoreConfig(url=redis))
        await steps("Redis", store)
        await store.aclose()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--redis", default="", help="an empty Redis, to time its steps, too")
    uvloop.run(main(parser.parse_args().redis))
