"""What the sandbox costs: cold and warm start, throughput, and grading every canonical HumanEval solution.

    python benchmarks/sandbox.py [--data DIR] [--runs 100] [--bench humaneval|mbpp]

DIR (or COTHINK_DATA) holds code/tasks.jsonl.gz; it is read in place, and no row of it is printed.
"""

import argparse
import asyncio
import gzip
import json
import os
import platform
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cothink.verify.code_session import hold
from cothink.verify.sandbox.config import Limits, SandboxConfig
from cothink.verify.sandbox.sandbox import Sandbox

PROGRAM = "print(sum(range(100)))"
WARM_CELLS = 4


async def starts(runs: int, warm_cells: int) -> list[float]:
    """Milliseconds of each run, one after the other, with time for the pool to fill in between."""
    found = []
    async with Sandbox(SandboxConfig(warm_cells=warm_cells)) as sandbox:
        await sandbox.available()
        for _ in range(runs):
            if warm_cells:
                await sandbox.warm()
            began = time.perf_counter()
            result = await sandbox.run_python(PROGRAM)
            found.append((time.perf_counter() - began) * 1000)
            if result.stdout != b"4950\n":
                raise SystemExit(f"wrong answer: {result}")
    return found


async def throughput(runs: int) -> float:
    """Runs a second with many waiting."""
    async with Sandbox(SandboxConfig(warm_cells=WARM_CELLS)) as sandbox:
        await sandbox.warm()
        began = time.perf_counter()
        await asyncio.gather(*(sandbox.run_python(PROGRAM) for _ in range(runs)))
        return runs / (time.perf_counter() - began)


def tasks(folder: Path, bench: str) -> Iterator[dict[str, Any]]:
    """The tasks of one bench whose canonical solution passes its base tests by the data's own word."""
    with gzip.open(folder / "code" / "tasks.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            task = json.loads(line)
            if task["bench"] == bench and task["canonical_passes"]["base"]:
                yield task


async def grade(folder: Path, bench: str) -> tuple[int, list[str], float]:
    """Grade canonical solutions with their base tests: how many, which failed and why, seconds."""
    rows = list(tasks(folder, bench))
    faults: list[str] = []
    async with Sandbox(SandboxConfig(warm_cells=WARM_CELLS)) as sandbox:
        await sandbox.warm()

        async def one(task: dict[str, Any]) -> None:
            whole = task["prompt"] + task["canonical"] if bench == "humaneval" else task["canonical"]
            work = {"sessions": [], "tests": task["base"], "entry_point": task["entry_point"]}
            outcome = await hold(sandbox, whole, work, Limits(wall_s=20))
            wrong = [check for check in outcome.checks if check.status != "pass" and check.name != "entry point"]
            if wrong or sum(check.status == "pass" for check in outcome.checks) < 2:  # 1 is only that it was loaded
                faults.append(f"{task['task']}: {wrong[0].name if wrong else 'nothing checked'}")

        began = time.perf_counter()
        await asyncio.gather(*(one(task) for task in rows))
        return len(rows), faults, time.perf_counter() - began


async def run(arguments: argparse.Namespace) -> None:
    """Print the table."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    print(f"{datetime.now(UTC):%Y-%m-%d}, {machine}")
    print("| what | figure |\n|---|--:|")
    for name, warm_cells in (("cold", 0), ("warm", WARM_CELLS)):
        found = sorted(await starts(arguments.runs, warm_cells))
        p95 = found[int(len(found) * 0.95)]
        print(f"| {name} run of a small program, median (P95) | {statistics.median(found):.1f} ms ({p95:.1f} ms) |")
    print(f"| throughput, many waiting | {await throughput(arguments.runs):.0f} runs/s |")
    if arguments.data is None:
        print("| canonical solutions | not graded: no --data |")
        return
    count, faults, seconds = await grade(arguments.data, arguments.bench)
    right = f"{count - len(faults)} of {count} in {seconds:.1f} s"
    print(f"| canonical {arguments.bench} solutions graded right with base tests | {right} |")
    for fault in faults:
        print(f"  {fault}")


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    given = os.environ.get("COTHINK_DATA")
    parser.add_argument("--data", type=Path, default=Path(given) if given else None)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--bench", choices=("humaneval", "mbpp"), default="humaneval")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
