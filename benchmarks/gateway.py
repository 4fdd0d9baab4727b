"""The gateway under load beside its peers: throughput, added latency, streams, start, memory, what each feature costs.

    python benchmarks/gateway.py [--peers nginx,litellm,python] [--quick] [--only saturation,latency] [--json FILE]
    python benchmarks/gateway.py --workers 1,2,4,8          how throughput grows with processes
    python benchmarks/gateway.py --install-peers            LiteLLM and a pass-through, in their own environment

A mock upstream and a load generator, both in C (benchmarks/load), are compiled at first use. The gateway has one core,
mock and load the others; gateways take turns, those whose turn it is not are paused, and medians over the rounds are
shown. "+" is what a gateway adds to the direct run of the same round. Every answer is checked: status, number, chunks.
On a busy machine trust CPU time a request, then ratios; never the P99.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from load.gateways import Field, Gateway, started
from load.ours import FEATURES, takes_workers
from load.peers import HOME, PEERS, install
from load.place import field, known_features, machine
from load.scaling import scaling
from load.scenarios import SCENARIOS, Bench, Figures, measure
from load.tables import COLUMNS, STREAM_COLUMNS, print_costs, print_scaling, print_table

ALL, NONE = "ours, every feature", "ours, bare"


def chosen(place: Field, options: argparse.Namespace, features: Sequence[str]) -> list[Gateway]:
    """Return the gateways that stand side by side."""
    gateways = [place.gateway("direct", None)]
    for name in options.peers:
        if PEERS[name].find(place.home):
            gateways.append(place.peer(name))
        else:
            print(f"{name} is not here and is left out: {PEERS[name].get}")
    every = [name for name in features if FEATURES[name].in_all]
    return [*gateways, place.ours(ALL, every), place.ours(NONE, [])]


def compare(place: Field, bench: Bench, options: argparse.Namespace) -> dict[str, list[Figures]]:
    """Measure all gateways and print the tables."""
    names = [name for name in SCENARIOS if name in options.only]
    if not names:
        return {}
    with started(chosen(place, options, known_features(place.folder))) as gateways:
        found = measure(bench, gateways, names)
    print_table(found, COLUMNS)
    print_table(found, STREAM_COLUMNS)
    return found


def costs(place: Field, bench: Bench) -> dict[str, list[Figures]]:
    """Measure ours with one feature at a time and print what each costs."""
    features = known_features(place.folder)
    every = [name for name in features if FEATURES[name].in_all]
    rows = [place.ours(NONE, []), *(place.ours(name, [name]) for name in features), place.ours(ALL, every)]
    with started(rows) as gateways:
        found = measure(bench, gateways, ["saturation"])
    print_costs(found, NONE)
    return found


def _read() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = (*SCENARIOS, "features")
    parser.add_argument("--only", type=_list_of(names), default=list(names), help=f"some of {', '.join(names)}")
    parser.add_argument("--peers", type=_list_of(PEERS), default=list(PEERS), help="'' for none")
    parser.add_argument("--quick", action="store_true", help="one short round, to see that all runs")
    parser.add_argument("--seconds", type=float, default=2.0, help="of one run (default: 2)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each gateway (default: 5)")
    parser.add_argument("--cores", type=_numbers, help="the gateway's, then those of mock and load (default: all)")
    parser.add_argument("--workers", type=_numbers, help="measure how throughput grows with processes, and only that")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure of every round")
    parser.add_argument("--peers-in", type=Path, default=HOME, metavar="DIR", help=f"(default: {HOME})")
    parser.add_argument("--install-peers", nargs="?", type=Path, const=HOME, metavar="DIR", help="install, and end")
    return parser.parse_args()


def _list_of(known_names: Iterable[str]) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        names = [name for name in text.split(",") if name]
        for name in names:
            if name not in known_names:
                raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(known_names)}")
        return names

    return read


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def main() -> None:
    """Measure what was asked for."""
    options = _read()
    if options.install_peers:
        install(options.install_peers)
        return
    if sys.platform != "linux":
        sys.exit("This needs Linux: epoll, and CPU time from /proc.")
    cores = options.cores or tuple(sorted(os.sched_getaffinity(0)))
    if len(cores) < 2:
        sys.exit(f"Two cores are needed, one for the gateway and one for the load; there is {len(cores)}.")
    seconds, rounds = (0.5, 1) if options.quick else (options.seconds, options.rounds)
    print(f"{machine()}; medians of {rounds} rounds of {seconds:g} s")
    result: dict[str, object] = {"machine": machine(), "seconds": seconds, "rounds": rounds}
    if options.workers:
        most = max(options.workers)
        if len(cores) <= most:
            sys.exit(f"{most} workers and load need more than {len(cores)} cores.")
        with field(options.peers_in, cores[:most], cores[most:]) as (place, load):
            table = scaling(place, Bench(load, seconds, rounds), options.workers, with_workers=takes_workers())
        print_scaling(table)
        result["scaling"] = [{"gateway": name, "workers": count, **row} for (name, count), row in table.items()]
    else:
        load_cores = cores[1:2] if len(cores) < 4 else cores[1:3]
        with field(options.peers_in, cores[:1], load_cores) as (place, load):
            bench = Bench(load, seconds, rounds, streams=100 if options.quick else 1000)
            result["gateways"] = compare(place, bench, options)
            result["features"] = costs(place, bench) if "features" in options.only else {}
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
