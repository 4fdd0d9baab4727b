"""What is lost when something around a gateway breaks, and how long it takes until all is well: real processes.

    python benchmarks/faults.py [--only WORD]

The faults are those of tests/flow/faults, which hold the counts; this prints them with their times.
"""

import argparse
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEAD = "| fault | asked | whole | told | lost | healed | slowest | besides |"


def main() -> None:
    """Bring each fault about and print its row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="faults whose name holds this word")
    arguments = parser.parse_args()
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src")]
    from flow.faults.scenarios import ALL

    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}\n")
    print(HEAD)
    print("|---|---|---|---|---|---|---|---|")
    for scenario in ALL:
        name = scenario.__name__.replace("_", " ")
        if arguments.only in name:
            found = scenario()
            asked = found.asked - found.came["refused"]
            counts = f"{asked} | {found.came['whole']} | {found.told} | {found.lost}"
            times = f"{found.healed_s:.2f} s | {found.slowest_s:.2f} s"
            facts = ", ".join(f"{key.replace('_', ' ')} {_shown(value)}" for key, value in found.facts.items())
            print(f"| {name} | {counts} | {times} | {facts} |", flush=True)
            time.sleep(0.2)


def _shown(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
