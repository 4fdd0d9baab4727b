"""What cascade routing is worth on recorded answers, with the learned router and with plain signs alone.

    PYTHONPATH=src OMP_NUM_THREADS=1 python benchmarks/route.py --data DIR

DIR/routing holds recorded answers; they are read, never copied. The shipped router learned from prompts of these sets,
so its rows flatter it; the plain one learned nothing.
"""

import argparse
import asyncio
from pathlib import Path
from statistics import fmean

from cothink.evaluation import ways
from cothink.evaluation.outcomes import Case, load
from cothink.evaluation.replay import Build, decide, given
from cothink.routing.config import RoutingConfig
from cothink.routing.recordings import RIGHT
from cothink.routing.scorers import scorer_of
from cothink.strategies.checks import Checks
from cothink.strategies.route.belief import RouterPriors
from cothink.strategies.route.team import CascadeRouting


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a folder with routing/ in it")
    parser.add_argument("--pair", default="deepseek-r1,o3-mini", help="the recorded models in the two roles: R1,PRO")
    parser.add_argument("--sets", default="rg-easy,rg-hard", help="the data sets")
    parser.add_argument("--every", type=int, default=6, help="every so many prompts is taken")
    asked = parser.parse_args()
    r1, _, pro = asked.pair.partition(",")
    print("| set | prompts | way | right % | R1 calls | pro calls |\n|---|--:|---|--:|--:|--:|")
    for name in asked.sets.split(","):
        cases = load(asked.data, (r1, pro), [name])[:: asked.every]
        for way, build in builds().items():
            print(f"| {name} | {len(cases)} | {way} | {row(cases, build)} |", flush=True)


def builds() -> dict[str, Build]:
    """Return the ways that are compared."""
    known = {name: ways.build(name) for name in ("r1", "pro", "cascade")}
    return {**known, "route, plain signs": routed("plain"), "route, shipped router": routed("shipped")}


def routed(router: str) -> Build:
    """Return cascade routing with a router."""
    priors = RouterPriors(scorer_of(RoutingConfig(router=router)))
    return lambda r1, pro: CascadeRouting(r1, pro, priors=priors, checks=Checks(), count=ways.count)


def row(cases: list[Case], build: Build) -> str:
    """Return the figures of one way."""
    made = [asyncio.run(decide(case, build)) for case in cases]
    samples = [given(case, one) for case, one in zip(cases, made, strict=True)]
    right = fmean(sample is not None and (sample.score or 0.0) >= RIGHT for sample in samples)
    calls = [fmean(sum(call[0] == role for call in one.calls) for one in made) for role in ("r1", "pro")]
    return f"{100 * right:.1f} | {calls[0]:.2f} | {calls[1]:.2f}"


if __name__ == "__main__":
    main()
