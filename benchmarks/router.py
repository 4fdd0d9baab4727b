"""What one decision of the shipped router takes: milliseconds a prompt, memory, cold start.

    PYTHONPATH=src OMP_NUM_THREADS=1 python benchmarks/router.py --data DIR

DIR/routing holds the recorded prompts; they are read, never copied. Times are CPU times of one thread, since the
machine may have other work; the cold start is the wall time from the first import to the first score.
"""

import argparse
import resource
import time
from pathlib import Path


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a folder with routing/ in it")
    parser.add_argument("--prompts", type=int, default=2_000, help="how many prompts are scored")
    given = parser.parse_args()
    begin = time.perf_counter()
    from cothink.routing.learned import files

    router = files.load(files.SHIPPED)
    router.score("Hello")
    cold_s = time.perf_counter() - begin
    import numpy as np

    from cothink.routing.learned.recorded import prompts_of

    prompts = prompts_of(given.data / "routing")
    chosen = prompts[:: max(1, len(prompts) // given.prompts)]
    taken = []
    for one in chosen:
        start = time.process_time()
        router.score(one.prompt)
        taken.append(1000 * (time.process_time() - start))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("| prompts | median ms | P99 ms | most ms | cold start s | memory MB, prompts included |")
    print("|--:|--:|--:|--:|--:|--:|")
    print(
        f"| {len(chosen):,} | {np.median(taken):.2f} | {np.quantile(taken, 0.99):.2f} | {max(taken):.2f} "
        f"| {cold_s:.2f} | {memory:.0f} |"
    )


if __name__ == "__main__":
    main()
