"""What the traffic room adds to a call: microseconds a request and a chunk, against the bare engine.

    PYTHONPATH=src python benchmarks/traffic_path.py

The engine yields ready chunks and does nothing else. Each figure is the best of several rounds on one core.
"""

import argparse
import asyncio
import time
from collections.abc import Callable

from cothink.core.chunk import Chunk
from cothink.core.engine import Engine, Stream
from cothink.core.messages import Message
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.traffic.balance import PrefixAffinity
from cothink.traffic.balance_config import Policy, PoolConfig
from cothink.traffic.fallback import Choice, Fallback
from cothink.traffic.hedge import Hedge
from cothink.traffic.limit import Limit
from cothink.traffic.pool import Pool, replica
from cothink.traffic.replica import Replica

MANY = 400


class Ready:
    """An engine with its chunks at hand."""

    def __init__(self, chunks: int) -> None:
        self._chunks = (*(Chunk(text="word") for _ in range(chunks - 1)), Chunk(finish="stop"))

    async def stream(self, request: Request) -> Stream:
        """Yield them."""
        for chunk in self._chunks:
            yield chunk


def pool(engine: Engine, count: int, policy: Policy) -> Pool:
    """Return a pool of so many replicas of one engine."""
    config = PoolConfig(policy=policy)
    return Pool([replica(str(number), engine, config) for number in range(count)], config)


def stacks(engine: Engine) -> dict[str, Engine]:
    """Return what is measured."""
    return {
        "bare engine": engine,
        "pool of 1": pool(engine, 1, "affinity"),
        "pool of 2, least busy": pool(engine, 2, "least_busy"),
        "pool of 8, least busy": pool(engine, 8, "least_busy"),
        "pool of 8, weighted": pool(engine, 8, "weighted"),
        "pool of 8, affinity": pool(engine, 8, "affinity"),
        "hedge (off) of pool of 2": Hedge(pool(engine, 2, "least_busy")),
        "limit alone": Limit(engine),
        "fallback alone": Fallback([Choice("r1", engine, "site")]),
        "fallback(limit(pool of 2))": Fallback([Choice("r1", Limit(pool(engine, 2, "least_busy")), "site")]),
    }


async def once(engine: Engine, request: Request, calls: int) -> float:
    """Return the microseconds of one call."""
    started = time.perf_counter()
    for _ in range(calls):
        async for _chunk in engine.stream(request):
            pass
    return (time.perf_counter() - started) / calls * 1e6


async def best(engine: Engine, request: Request, calls: int, rounds: int) -> float:
    """Return the microseconds of one call in the best round."""
    return min([await once(engine, request, calls) for _ in range(rounds)])


def choice_us(build: Callable[[list[Replica]], PrefixAffinity], request: Request, calls: int) -> float:
    """Return the microseconds of a choice among 8 replicas."""
    replicas = [replica(str(number), Ready(1), PoolConfig()) for number in range(8)]
    policy = build(replicas)
    started = time.perf_counter()
    for _ in range(calls):
        policy.choose(request, replicas, 0.0)
    return (time.perf_counter() - started) / calls * 1e6


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    request = Request(model="r1", messages=(Message("user", "How are you?"),), run=Run("bench"))
    short, long = stacks(Ready(1)), stacks(Ready(MANY))
    base = base_long = 0.0
    print(f"{'':28}{'us a request':>14}{'added':>8}{'us a chunk':>12}{'added':>8}")
    for name, engine in short.items():
        us = asyncio.run(best(engine, request, args.calls, args.rounds))
        us_long = asyncio.run(best(long[name], request, max(1, args.calls // 50), args.rounds))
        chunk_us = (us_long - us) / (MANY - 1)
        if name == "bare engine":
            base, base_long = us, chunk_us
        print(f"{name:28}{us:14.2f}{us - base:8.2f}{chunk_us:12.3f}{chunk_us - base_long:8.3f}")
    for chars in (100, 8_000, 100_000):
        turns = tuple(Message("assistant" if n % 2 else "user", "x" * (chars // 4)) for n in range(4))
        talk = Request(model="r1", messages=turns, run=Run("bench"))
        us = choice_us(PrefixAffinity, talk, args.calls)
        print(f"affinity, a choice among 8 replicas for {chars:,} characters in 4 turns: {us:.1f} us")


if __name__ == "__main__":
    main()
