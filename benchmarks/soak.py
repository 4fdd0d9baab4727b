"""A long load with clients that hang up in mid-stream: does anything grow that should not?

    python benchmarks/soak.py [--requests 1000000] [--hangups 10000] [--slices 50] [--cores 0,1] [--json FILE]

Ours with every feature runs on one core; whole answers and hang-ups come side by side, in slices. After each slice the
gateway has a moment's rest, then its memory, files and threads are read from outside, its runs in flight from
/metrics. It passes where memory grows by less than 2% over the second half (a straight line through the samples), no
file and no run is left over, no answer was wrong, and every hang-up was counted as one. Exit code 1 otherwise.
"""

import argparse
import json
import os
import re
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from load.gateways import Field, Gateway, ask_once, started
from load.ours import FEATURES
from load.peers import HOME
from load.place import field, known_features, machine
from load.tools import Ask, Load, finish

CONNECTIONS = 16
HANG_UP_AFTER = 5  # chunks
GROWTH = 0.02
STREAM = Ask(stream=True, chunks=2000, gap_ms=5)  # so long that even a stalled machine does not see its end


@dataclass(frozen=True)
class Sample:
    """What was read after a slice."""

    requests: int
    hung_up: int
    wrong: int
    rss_mb: float
    files: int
    threads: int
    in_flight: int
    cut: int


def growth(values: Sequence[float]) -> float:
    """Return by which share a straight line through the values rises from the first to the last."""
    if len(values) < 2:
        return 0.0
    slope, start = statistics.linear_regression(range(len(values)), values)
    return slope * (len(values) - 1) / start


def read_metric(text: str, name: str, label: str = "") -> int:
    """Add up a metric's series that carry a label."""
    rows = re.findall(rf"^{name}(\{{[^}}]*\}})? (\d+)", text, re.MULTILINE)
    return sum(int(value) for labels, value in rows if label in labels)


def soak(gateway: Gateway, load: Load, options: argparse.Namespace) -> list[Sample]:
    """Run all slices and return a sample after each."""
    requests = hung_up = wrong = 0
    samples = []
    to = {"port": gateway.port, "model": gateway.plan.model, "headers": gateway.plan.headers}
    with gateway.in_turn():
        for number in range(options.slices):
            whole = load.start(ask=Ask(), c=CONNECTIONS, n=options.requests // options.slices, **to)
            leaving = load.start(ask=STREAM, c=4, n=options.hangups // options.slices, x=HANG_UP_AFTER, **to)
            seen, left = finish(whole), finish(leaving)
            requests, hung_up = requests + seen.ok, hung_up + left.hung_up
            wrong += seen.wrong + left.wrong
            for what, part in (("whole answers", seen), ("hang-ups", left)):
                if part.wrong:
                    print(f"slice {number + 1}, {what}: {part.faults}")
            samples.append(read(gateway, requests, hung_up, wrong))
            if number % max(1, options.slices // 10) == 0:
                print(_row(samples[-1]), flush=True)
        print(_row(samples[-1]))
    return samples


def read(gateway: Gateway, requests: int, hung_up: int, wrong: int) -> Sample:
    """Let the gateway rest until nothing is in flight, at most two seconds; read what it holds."""
    text = ""
    for _ in range(20):
        time.sleep(0.1)
        text = ask_once(gateway, "/metrics")[1].decode()
        if read_metric(text, "cothink_runs_in_flight") == 0:
            break
    program = gateway.program
    if program is None:
        raise RuntimeError("The gateway does not run.")
    return Sample(
        requests,
        hung_up,
        wrong,
        program.rss_mb(),
        program.files(),
        program.threads(),
        read_metric(text, "cothink_runs_in_flight"),
        read_metric(text, "cothink_runs_total", 'outcome="cut"'),
    )


def _row(sample: Sample) -> str:
    return (
        f"| {sample.requests:,} | {sample.hung_up:,} | {sample.rss_mb:.1f} | {sample.files} | {sample.threads} "
        f"| {sample.in_flight} | {sample.cut:,} | {sample.wrong} |"
    )


def judge(samples: Sequence[Sample]) -> list[str]:
    """Return what is wrong, in words."""
    second, last = samples[len(samples) // 2 :], samples[-1]
    grown = growth([sample.rss_mb for sample in second])
    print(f"memory over the second half: {grown:+.2%} (under {GROWTH:.0%} is flat); files {_range(second)}")
    found = []
    if grown >= GROWTH:
        found.append(f"Memory grew by {grown:.2%} over the second half.")
    # connections to the model are kept, so their number may rise to what was once needed at a time, not with requests
    if growth([float(sample.files) for sample in second]) >= GROWTH and last.files > second[0].files + 1:
        found.append(f"Files grew over the second half: {_range(second)}.")
    if last.threads > second[0].threads:
        found.append(f"Threads grew from {second[0].threads} to {last.threads}.")
    if last.in_flight:
        found.append(f"{last.in_flight} runs are still in flight.")
    if last.wrong:
        found.append(f"{last.wrong} answers were wrong or did not come.")
    if last.cut != last.hung_up:
        found.append(f"{last.hung_up:,} clients hung up, and {last.cut:,} runs were counted as cut.")
    return found


def _range(samples: Sequence[Sample]) -> str:
    files = [sample.files for sample in samples]
    return f"{min(files)} to {max(files)}"


def run(place: Field, load: Load, options: argparse.Namespace) -> list[Sample]:
    """Start ours with every feature and soak it."""
    features = [name for name in known_features(place.folder) if FEATURES[name].in_all]
    print(f"features: {', '.join(features)}")
    print("| requests | hang-ups | RSS MB | files | threads | in flight | cut | wrong |\n" + "|--:" * 8 + "|")
    with started([place.ours("ours", features)]) as gateways:
        if not gateways:
            sys.exit(1)
        return soak(gateways[0], load, options)


def main() -> None:
    """Soak and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--hangups", type=int, default=10_000)
    parser.add_argument("--slices", type=int, default=50, help="samples that are taken (default: 50)")
    parser.add_argument(
        "--cores", type=lambda text: tuple(map(int, text.split(","))), help="the gateway's, then load's"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample")
    options = parser.parse_args()
    if sys.platform != "linux":
        sys.exit("This needs Linux: epoll, and what /proc tells.")
    cores = options.cores or tuple(sorted(os.sched_getaffinity(0)))
    print(machine())
    began = time.monotonic()
    with field(HOME, cores[:1], cores[1:2] or cores) as (place, load):
        samples = run(place, load, options)
    found = judge(samples)
    print(f"{time.monotonic() - began:.0f} s; " + (" ".join(found) or "nothing leaked"))
    if options.json:
        options.json.write_text(json.dumps([asdict(sample) for sample in samples]) + "\n")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
