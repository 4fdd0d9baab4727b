"""How many blocks of real conversations meet a replica that holds them, and how even the load stays.

    PYTHONPATH=src python benchmarks/affinity.py --data DIR

DIR/traces holds mooncake_conversation.parquet and mooncake_synthetic.parquet (ms, hash_ids; equal ids mean an equal
prefix up to that block of 512 tokens). Each replica is simulated as a cache that forgets the least recently used
blocks, the tail of a prefix first. A block is a hit only where every block before it was one. The data is read, never
copied.
"""

import argparse
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

from cothink.core.chunk import Chunk
from cothink.core.engine import Stream
from cothink.core.request import Request
from cothink.traffic.balance import PrefixAffinity
from cothink.traffic.balance_config import AffinityConfig, PoolConfig
from cothink.traffic.pool import replica
from cothink.traffic.replica import Replica

REPLICAS = 8
UNLIMITED = 10_000_000
Trace = list[tuple[float, list[int]]]
Place = Callable[[list[int], float], int]


class Cache:
    """A replica's block cache."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.blocks: OrderedDict[int, None] = OrderedDict()

    def serve(self, ids: Sequence[int]) -> int:
        """Take a prompt; return how many blocks from its beginning were there."""
        hits = 0
        for block in ids:
            if block not in self.blocks:
                break
            hits += 1
        for block in reversed(ids):
            self.blocks[block] = None
            self.blocks.move_to_end(block)
        while len(self.blocks) > self.most:
            self.blocks.popitem(last=False)
        return hits


class Nobody:
    """An engine that is never asked."""

    async def stream(self, request: Request) -> Stream:
        """Say nothing."""
        yield Chunk(finish="stop")


def read(path: Path) -> Trace:
    """Read a trace: seconds and block ids."""
    try:
        import polars
    except ModuleNotFoundError as error:
        raise SystemExit("This benchmark reads Parquet files with polars: pip install polars") from error
    if not path.is_file():
        raise SystemExit(f"{path} is missing; --data names the folder that holds traces/{path.name}.")
    table = polars.read_parquet(path, columns=["ms", "hash_ids"])
    return [(ms / 1000, ids) for ms, ids in table.iter_rows()]


def round_robin(_most: int) -> Place:
    """Each in turn."""
    turn = iter(range(10**9))
    return lambda _ids, _now: next(turn) % REPLICAS


def naive(most: int) -> Place:
    """The longest match, whatever the load."""
    return _ours(most, AffinityConfig(slack=100, free_calls=1_000_000))


def ours(most: int) -> Place:
    """`PrefixAffinity` with its defaults."""
    return _ours(most, AffinityConfig())


def _ours(most: int, config: AffinityConfig) -> Place:
    replicas: list[Replica] = [replica(str(n), Nobody(), PoolConfig(), cache_blocks=most) for n in range(REPLICAS)]
    numbers = {one: number for number, one in enumerate(replicas)}
    policy = PrefixAffinity(replicas, config)
    return lambda ids, now: numbers[policy.place(ids, replicas, now)]


def replay(trace: Trace, place: Place, most: int) -> tuple[float, float, float, float]:
    """Return the share of hits, busiest / mean by calls and by blocks, and microseconds a choice."""
    caches = [Cache(most) for _ in range(REPLICAS)]
    calls, work = [0] * REPLICAS, [0] * REPLICAS
    hits = blocks = 0
    spent = 0.0
    for now, ids in trace:
        started = time.perf_counter()
        number = place(ids, now)
        spent += time.perf_counter() - started
        hits += caches[number].serve(ids)
        blocks += len(ids)
        calls[number] += 1
        work[number] += len(ids)
    share = [max(counts) * REPLICAS / sum(counts) for counts in (calls, work)]
    return hits / blocks, share[0], share[1], spent / len(trace) * 1e6


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds traces/")
    folder = parser.parse_args().data
    print(f"{REPLICAS} replicas; hits in % of all blocks; busiest / mean by calls and by blocks; us a choice")
    print(f"{'trace':14}{'blocks':>10}  {'policy':14}{'hits':>7}{'calls':>8}{'blocks':>8}{'us':>7}")
    for name in ("conversation", "synthetic"):
        trace = read(folder / "traces" / f"mooncake_{name}.parquet")
        for most in (UNLIMITED, 2000):
            for policy in (round_robin, naive, ours):
                hits, calls, work, us = replay(trace, policy(most), most)
                size = "unlimited" if most == UNLIMITED else str(most)
                print(f"{name:14}{size:>10}  {policy.__name__:14}{hits * 100:7.2f}{calls:8.3f}{work:8.3f}{us:7.1f}")


if __name__ == "__main__":
    main()
