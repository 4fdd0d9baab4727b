"""What models add to the verifier of programs: tests that they propose, and programs of their own as witnesses.

    python benchmarks/witnesses.py --data DIR --embedded pair --out FILE [--config FILE] [--parallel 4] [--most-s 300]
    python benchmarks/witnesses.py --data DIR --out FILE --table

DIR holds code/tasks.jsonl.gz and code/answers.jsonl.gz. Each model is asked once a task, for programs and for tests;
then every recorded answer to that task is judged, with the base tests hidden. FILE keeps a line a task, and a run that
was cut goes on. Goal: 60% of wrong answers caught with 5% of right ones refused at most. Exploratory.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from verifier import Row, rows, share

from cothink.cli.session import given
from cothink.cli.workshop import Workshop, request, workshop
from cothink.core.ledger import Limits as RunLimits
from cothink.core.request import Sampling
from cothink.measures.intervals import wilson
from cothink.settings import load
from cothink.strategies.coding.proposals import gave, inputs_of
from cothink.strategies.coding.witnesses import Witnesses, Witnessing, common
from cothink.verify.program.check import check_program
from cothink.verify.program.compare import Outcomes, outcomes, same_outcome
from cothink.verify.sandbox.config import Limits
from cothink.verify.sandbox.sandbox import Sandbox

LIMITS = Limits(wall_s=8, cpu_s=8)
MOST_REFUSED = 0.05


class Judged(msgspec.Struct, kw_only=True):
    """One recorded answer: how it was judged without models, and what speaks against it with them.

    Args:
        agreed: Inputs on which the witnesses agree.
        against: Of these, where the answer gives something else.
        majority: Inputs on which more than half of at least three witnesses agree and the answer differs.
        tests: Proposed tests that were kept.
        failed: Of these, how many it fails.
    """

    bench: str
    name: str
    models: list[str]
    right: bool
    alone: str
    witnesses: int = 0
    agreed: int = 0
    against: int = 0
    majority: int = 0
    tests: int = 0
    failed: int = 0


Rule = Callable[[Judged], bool]
RULES: dict[str, Rule] = {
    "without models": lambda one: False,
    "one proposed test fails": lambda one: one.failed >= 1,
    "two proposed tests fail": lambda one: one.failed >= 2,
    "half of two and more tests fail": lambda one: one.tests >= 2 and 2 * one.failed >= one.tests,
    "differs from all of 2 and more": lambda one: one.witnesses >= 2 and one.against >= 1,
    "differs from all of 3 and more": lambda one: one.witnesses >= 3 and one.against >= 1,
    "differs from most of 3 and more": lambda one: one.majority >= 1,
    "witnesses of 2, or a test": lambda one: one.failed >= 1 or (one.witnesses >= 2 and one.against >= 1),
    "witnesses of 3, or two tests": lambda one: one.failed >= 2 or (one.witnesses >= 3 and one.against >= 1),
}


async def judge(members: Sequence[Row], shop: Workshop, samples: int, tests: int) -> list[Judged]:
    """Ask the models about one task and judge every answer to it."""
    task = members[0].task
    roles = tuple(model for model in shop.directory.models() if model.name in ("r1", "pro"))
    court = Witnessing(roles, shop.sandbox, samples=samples, tests=tests, limits=LIMITS)
    asked = request(
        "verify",
        task.prompt,
        limits=RunLimits(calls=12),
        sampling=Sampling(temperature=0.0, max_tokens=600),
        tell=lambda words: None,
    )
    known = await court.call(asked, task)
    return list(await asyncio.gather(*(one(row, known, shop.sandbox) for row in members)))


async def one(row: Row, known: Witnesses, sandbox: Sandbox) -> Judged:
    """Judge one answer; what is refused without models is not looked at further."""
    report = await check_program(row.task, row.program, sandbox=sandbox, limits=LIMITS)
    judged = Judged(
        bench=row.bench,
        name=row.name,
        models=list(row.models),
        right=row.right,
        alone=report.verdict,
        witnesses=len(known.programs),
        tests=len(known.tests),
    )
    name = row.task.entry_point
    if report.verdict == "fail" or name is None:
        return judged
    if known.made and known.programs:
        own = await outcomes(report.program, name, known.made, sandbox=sandbox, limits=LIMITS)
        judged.agreed, judged.against, judged.majority = compared(own, known)
    if known.tests:
        results = await outcomes(report.program, name, inputs_of(known.tests), sandbox=sandbox, limits=LIMITS)
        passed = sum(gave(result, known.tests[int(result["probe"])].want) for result in results)
        judged.failed = len(known.tests) - passed
    return judged


def compared(own: Outcomes, known: Witnesses) -> tuple[int, int, int]:
    """On how many inputs all witnesses agree, on how many of these the answer differs, and differs from most."""
    agreed = against = majority = 0
    for outcome in own:
        number = int(outcome["probe"])
        values = [
            results[number] for results in known.results if number < len(results) and results[number]["kind"] == "value"
        ]
        if len(values) < 2:
            continue
        all_agree = all(same_outcome(values[0], other) for other in values[1:])
        agreed += all_agree
        against += all_agree and not same_outcome(values[0], outcome)
        most = common(values)
        majority += most is not None and not same_outcome(most, outcome)
    return agreed, against, majority


async def run(options: argparse.Namespace, found: list[Judged]) -> None:
    """Judge the tasks that the file does not hold yet, several at once."""
    by_task: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows(options.data, show_tests=False):
        by_task[row.bench, row.name].append(row)
    done = {(one.bench, one.name) for one in found}
    left = [members for key, members in sorted(by_task.items()) if key not in done][: options.limit]
    turns = asyncio.Semaphore(options.parallel)
    ends_at = time.monotonic() + options.most_s
    async with workshop(load(options.config, given=given(options.embedded))) as shop:
        with options.out.open("a", encoding="utf-8") as out:

            async def task(members: list[Row]) -> None:
                async with turns:
                    if time.monotonic() > ends_at:
                        return
                    judged = await judge(members, shop, options.samples, options.tests)
                found.extend(judged)
                out.write(msgspec.json.encode(judged).decode() + "\n")
                out.flush()
                print(f"{members[0].name}: {len(judged)} answers", file=sys.stderr)

            await asyncio.gather(*map(task, left))


def show(found: list[Judged]) -> None:
    """Print what each rule catches and refuses, and the best one by model."""
    right, wrong = ([one for one in found if one.right is truth] for truth in (True, False))
    print(f"{len({(one.bench, one.name) for one in found})} tasks, {len(found)} recorded answers, base tests hidden\n")
    print(
        "| refused by | wrong caught | right refused | of the wrong that the verifier let through |\n|---|--:|--:|--:|"
    )
    let_through = [one for one in wrong if one.alone != "fail"]
    allowed: dict[str, int] = {}
    for name, rule in RULES.items():
        caught, lost = (sum(_refused(one, rule) for one in some) for some in (wrong, right))
        more = share(sum(rule(one) for one in let_through), len(let_through))
        print(f"| {name} | {share(caught, len(wrong))} | {share(lost, len(right))} | {more} |")
        if right and lost / len(right) <= MOST_REFUSED:
            allowed[name] = caught
    best = max(allowed, key=lambda name: allowed[name], default="without models")
    print(f"\nBy model, refused by: {best}\n\n| answers of | wrong caught | right refused |\n|---|--:|--:|")
    by_model: dict[str, list[Judged]] = defaultdict(list)
    for one in found:
        for model in one.models:
            by_model[f"{one.bench} {model}"].append(one)
    for model, some in sorted(by_model.items(), key=lambda pair: -len(pair[1])):
        cells = ([_refused(one, RULES[best]) for one in some if one.right is truth] for truth in (False, True))
        print(f"| {model} | " + " | ".join(share(sum(cell), len(cell)) for cell in cells) + " |")
    print(
        f"\nwitnesses a task: {wilson(sum(one.witnesses >= 2 for one in found), len(found))} answers have two or more"
    )


def _refused(one: Judged, rule: Rule) -> bool:
    return one.alone == "fail" or rule(one)


def main() -> None:
    """Read the arguments, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    folder = os.environ.get("COTHINK_DATA")
    parser.add_argument("--data", type=Path, default=Path(folder) if folder else None, required=folder is None)
    parser.add_argument("--embedded", help="pair or small")
    parser.add_argument("--config", type=Path, help="settings with r1 and pro")
    parser.add_argument("--out", type=Path, required=True, help="keeps what was judged; continued")
    parser.add_argument("--samples", type=int, default=2, help="programs of each model")
    parser.add_argument("--tests", type=int, default=6, help="tests of each model; 0 asks for none")
    parser.add_argument("--limit", type=int, help="at most so many further tasks")
    parser.add_argument("--parallel", type=int, default=2, help="tasks at the same time")
    parser.add_argument("--most-s", type=float, default=1e9, help="begin no further task after so many seconds")
    parser.add_argument("--table", action="store_true", help="only print what FILE holds")
    options = parser.parse_args()
    found: list[Judged] = []
    if options.out.exists():
        lines = options.out.read_bytes().split(b"\n")[:-1]  # a last line that was cut off is dropped
        options.out.write_bytes(b"".join(line + b"\n" for line in lines))
        found = [msgspec.convert(one, Judged) for line in lines for one in json.loads(line)]
    if not options.table:
        asyncio.run(run(options, found))
    show(found)


if __name__ == "__main__":
    main()
