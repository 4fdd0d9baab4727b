"""What is measured of a gateway, one turn each: a name for each figure, plain numbers, times in ms unless named."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from load.gateways import Gateway
from load.tools import Ask, Load, Seen, finish

Figures = dict[str, float]
PACED = 1000
RATES = (500, 2000)
KEPT_MS = 1000


@dataclass(frozen=True)
class Bench:
    """How long and how often.

    Args:
        load: Makes the load.
        seconds: Of one run.
        rounds: Turns of each gateway.
        streams: Paced streams at once.
    """

    load: Load
    seconds: float
    rounds: int
    streams: int = PACED


def _run(bench: Bench, gateway: Gateway, ask: Ask, faults: Figures, **options: float) -> tuple[Seen, float]:
    """Run load; return what it saw and the gateway's CPU seconds meanwhile. What went wrong is added up."""
    before = gateway.cpu_s()
    seen = bench.load.run(gateway.port, ask, gateway.plan.model, gateway.plan.headers, **options)
    faults["wrong"] = faults.get("wrong", 0) + seen.wrong
    return seen, gateway.cpu_s() - before


def saturation(bench: Bench, gateway: Gateway) -> Figures:
    """As many requests as it can, at 16 and at 64 connections; CPU time each."""
    found: Figures = {}
    cpu = requests = 0.0
    for connections in (16, 64):
        seen, used = _run(bench, gateway, Ask(), found, c=connections, s=bench.seconds)
        found[f"sat{connections}"] = seen.ok / seen.seconds
        cpu, requests = cpu + used, requests + seen.ok
    if gateway.program and requests:
        found["cpu_us"] = cpu / requests * 1e6
    return found


def latency(bench: Bench, gateway: Gateway) -> Figures:
    """Time of a request at 1 and at 16 connections."""
    found: Figures = {}
    for connections in (1, 16):
        seen, _ = _run(bench, gateway, Ask(), found, c=connections, s=bench.seconds + 0.2, w=0.2)
        found[f"c{connections}_p50"] = seen.latency.at(0.5)
        found[f"c{connections}_p99"] = seen.latency.at(0.99)
    return found


def rate(bench: Bench, gateway: Gateway) -> Figures:
    """Requests due at a constant rate, 50 ms upstream: the share answered within a second of that, and the times."""
    found: Figures = {}
    for per_s in RATES:
        options = {"c": per_s, "r": per_s, "s": bench.seconds + 0.3, "w": 0.3}
        seen, _ = _run(bench, gateway, Ask(delay_ms=50), found, **options)
        found[f"r{per_s}_kept"] = seen.latency.count_below(KEPT_MS) / max(1, seen.offered)
        found[f"r{per_s}_p50"] = seen.latency.at(0.5)
        found[f"r{per_s}_p99"] = seen.latency.at(0.99)
    return found


def burst(bench: Bench, gateway: Gateway) -> Figures:
    """64 streams as fast as they come: chunks a second, CPU time each."""
    found: Figures = {}
    seen, used = _run(bench, gateway, Ask(stream=True, chunks=500), found, c=64, s=bench.seconds)
    found["burst"] = seen.chunks / seen.seconds
    if gateway.program and seen.chunks:
        found["chunk_cpu_us"] = used / seen.chunks * 1e6
    return found


def paced(bench: Bench, gateway: Gateway) -> Figures:
    """Many streams at once, 100 chunks 10 ms apart: chunks that never came, and the gaps between those that did."""
    found: Figures = {}
    count = bench.streams
    ask = Ask(stream=True, chunks=100, gap_ms=10)
    seen, used = _run(bench, gateway, ask, found, c=count, n=count, R=0.2, s=20)
    found["paced_lost"] = count * ask.chunks - seen.chunks
    found["gap_p50"], found["gap_p99"] = seen.gap.at(0.5), seen.gap.at(0.99)
    found["first_p99"] = seen.first.at(0.99)
    if gateway.program and seen.chunks:
        found["paced_cpu_us"] = used / seen.chunks * 1e6
    return found


def memory(bench: Bench, gateway: Gateway) -> Figures:
    """The most memory while many slow streams are open."""
    ask = Ask(stream=True, chunks=25, gap_ms=100)
    count = bench.streams
    options = {"c": count, "n": count, "R": 0.3, "s": 20.0}
    running = bench.load.start(gateway.port, ask, gateway.plan.model, gateway.plan.headers, **options)
    most = 0.0
    while any(process.poll() is None for process in running):
        most = max(most, gateway.rss_mb())
        time.sleep(0.2)
    return {"loaded_mb": most, "wrong": finish(running).wrong}


def startup(_bench: Bench, gateway: Gateway) -> Figures:
    """Another start, from nothing to the first answer of the model, and memory then."""
    if gateway.program:
        gateway.stop()
        gateway.start()
    return {"start_s": gateway.start_s, "idle_mb": gateway.idle_mb}


SCENARIOS: dict[str, Callable[[Bench, Gateway], Figures]] = {
    "startup": startup,
    "saturation": saturation,
    "latency": latency,
    "rate": rate,
    "burst": burst,
    "paced": paced,
    "memory": memory,
}


def measure(bench: Bench, gateways: Sequence[Gateway], names: Sequence[str]) -> dict[str, list[Figures]]:
    """Measure all gateways in turn, round after round; return the figures of each round by gateway."""
    found: dict[str, list[Figures]] = {gateway.name: [] for gateway in gateways}
    for number in range(1, bench.rounds + 1):
        for gateway in gateways:
            figures: Figures = {}
            for name in names:
                print(f"round {number} of {bench.rounds}: {gateway.name}, {name}", file=sys.stderr)
                with gateway.in_turn():
                    _settle(gateway)
                    new = SCENARIOS[name](bench, gateway)
                figures["wrong"] = figures.get("wrong", 0) + new.pop("wrong", 0)
                figures |= new
            found[gateway.name].append(figures)
    return found


def _settle(gateway: Gateway) -> None:
    """Wait, at most a minute, until a gateway has done with what came before: it uses next to no CPU."""
    for _ in range(200):
        before = gateway.cpu_s()
        if not gateway.program:
            return
        time.sleep(0.3)
        if gateway.cpu_s() - before < 0.015:
            return
