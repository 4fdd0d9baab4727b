"""How throughput grows with processes: ours with every feature, nginx beside it, each worker on a core of its own."""

import statistics
from collections.abc import Sequence

from load.gateways import Field, Gateway, started
from load.ours import FEATURES
from load.peers import PEERS
from load.place import known_features
from load.scenarios import Bench, Figures
from load.tools import Ask

CONNECTIONS = 32  # for each worker


def scaling(place: Field, bench: Bench, counts: Sequence[int], *, with_workers: bool) -> dict[tuple[str, int], Figures]:
    """Measure each number of workers, in turns.

    Args:
        place: Where; it has as many cores as the most workers.
        bench: How long and how often.
        counts: Numbers of workers.
        with_workers: Whether this build serves with more than one.
    """
    every = [name for name in known_features(place.folder) if FEATURES[name].in_all]
    rows: list[tuple[str, int, Gateway]] = [("direct", count, place.gateway("direct", None)) for count in counts]
    if PEERS["nginx"].find(place.home):
        rows += [("nginx", count, place.peer("nginx", count)) for count in counts]
    for count in counts:
        if count == 1 or with_workers:
            rows.append(("ours", count, place.ours(f"ours, {count} workers", every, count)))
        else:
            print(f"Left out: {count} workers. This build's serve has no --workers.")
    rounds: dict[tuple[str, int], list[Figures]] = {}
    with started([gateway for _, _, gateway in rows]) as running:
        for _ in range(bench.rounds):
            for name, count, gateway in rows:
                if gateway in running:
                    rounds.setdefault((name, count), []).append(_turn(bench, gateway, count))
    return {
        key: {figure: statistics.median(row[figure] for row in found) for figure in found[0]}
        for key, found in rounds.items()
    }


def _turn(bench: Bench, gateway: Gateway, count: int) -> Figures:
    with gateway.in_turn():
        before = gateway.cpu_s()
        options = {"c": CONNECTIONS * count, "s": bench.seconds}
        seen = bench.load.run(gateway.port, Ask(), gateway.plan.model, gateway.plan.headers, **options)
        used = gateway.cpu_s() - before
    return {"sat": seen.ok / seen.seconds, "cpu_us": used / max(1, seen.ok) * 1e6, "wrong": float(seen.wrong)}
