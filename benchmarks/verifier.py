"""How good the verifier of programs is on recorded answers of real models with known grades, by model.

    python benchmarks/verifier.py --data DIR [--show-tests] [--every 1] [--out FILE] [--train]

DIR holds code/tasks.jsonl.gz and code/answers.jsonl.gz; they are read in place. Truth is the grade by EvalPlus's tests
where it was run, else by the base tests, else the source's own. Goals: 5% of right answers refused, 60% of wrong
ones caught with the base tests hidden, and with them shown 50% of what passes base and fails plus.

--train fits the weights of the score with cross-validation by task and writes src/cothink/verify/program/score.json.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cothink.evaluation.outcomes import rows as rows_of
from cothink.measures.intervals import wilson
from cothink.measures.ranking import auc
from cothink.verify.program.check import Findings, Task, judge, look
from cothink.verify.program.report import ProgramCheck
from cothink.verify.program.score import FEATURES, Weights, score, shipped
from cothink.verify.sandbox.config import Limits, SandboxConfig
from cothink.verify.sandbox.sandbox import Sandbox

SCORE = Path(__file__).parents[1] / "src" / "cothink" / "verify" / "program" / "score.json"
LOWEST = 0.05
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One recorded answer."""

    key: str
    bench: str
    task: Task
    name: str
    program: str
    models: tuple[str, ...]
    right: bool
    passes_base: bool


def rows(folder: Path, *, show_tests: bool) -> Iterator[Row]:
    """The answers that count: they parse, and the task's own solution passes its tests."""
    tasks = {(task["bench"], task["task"]): task for task in rows_of(folder / "code" / "tasks.jsonl.gz")}
    for number, answer in enumerate(rows_of(folder / "code" / "answers.jsonl.gz")):
        task = tasks.get((answer["bench"], answer["task"]))
        truth = answer["plus"] or answer["base"] or answer["recorded"]
        if task is None or not answer["parses"] or not all(task["canonical_passes"].values()) or truth is None:
            continue
        tests = task["base"] if show_tests else None
        yield Row(
            f"{number}{'+' if show_tests else ''}",
            answer["bench"],
            Task(task["prompt"], task["entry_point"], tests),
            answer["task"],
            answer["program"],
            tuple(answer["models"]),
            truth in ("pass", True),
            answer["base"] == "pass",
        )


async def look_at(chosen: list[Row], kept: Path | None) -> dict[str, Findings]:
    """The findings of each row; those that a run before has kept are not made again."""
    found = _kept(kept)
    missing = [row for row in chosen if row.key not in found]
    turns = asyncio.Semaphore(4)
    with (kept or Path(os.devnull)).open("a", encoding="utf-8") as out:
        async with Sandbox(SandboxConfig(warm_cells=4)) as sandbox:

            async def one(row: Row) -> None:
                async with turns:
                    limits = Limits(wall_s=8, cpu_s=8)
                    findings = await look(row.task, row.program, sandbox=sandbox, limits=limits)
                found[row.key] = findings
                out.write(json.dumps([row.key, *_plain(findings)]) + "\n")
                if len(found) % 200 == 0:
                    print(f"{len(found)} looked at", file=sys.stderr)

            await asyncio.gather(*(one(row) for row in missing))
    return found


def _plain(findings: Findings) -> list[Any]:
    checks = [[check.name, check.status, check.detail] for check in findings.checks]
    return [checks, dict(findings.features), findings.compared, findings.code, findings.wall_s]


def _kept(path: Path | None) -> dict[str, Findings]:
    if path is None or not path.exists():
        return {}
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        key, checks, features, compared, code, wall_s = json.loads(line)
        found[key] = Findings(tuple(ProgramCheck(*check) for check in checks), features, compared, code, wall_s)
    return found


def share(hits: int, of: int) -> str:
    """A share with its 95% interval."""
    if not of:
        return "–"
    found = wilson(hits, of)
    return f"{hits}/{of} = {found.value:.1%} [{found.low:.1%}, {found.high:.1%}]"


def report(chosen: list[Row], found: dict[str, Findings], weights: Weights, *, show_tests: bool) -> None:
    """Print the table by model."""
    verdicts = {row.key: judge(row.task, found[row.key], weights) for row in chosen}
    by_model: dict[str, list[Row]] = defaultdict(list)
    for row in chosen:
        for model in row.models:
            by_model[f"{row.bench} {model}"].append(row)
    print("| answers of | right refused | wrong caught | right passed |\n|---|--:|--:|--:|")
    benches = {bench: [row for row in chosen if row.bench == bench] for bench in sorted({r.bench for r in chosen})}
    groups = [("all", chosen), *benches.items(), *sorted(by_model.items(), key=lambda item: -len(item[1]))]
    for name, members in groups:
        right = [verdicts[row.key].verdict for row in members if row.right]
        wrong = [verdicts[row.key].verdict for row in members if not row.right]
        cells = (right.count("fail"), len(right)), (wrong.count("fail"), len(wrong)), (right.count("pass"), len(right))
        print(f"| {name} | " + " | ".join(share(*cell) for cell in cells) + " |")
    hard = [row for row in chosen if row.passes_base and not row.right]
    caught = sum(verdicts[row.key].verdict == "fail" for row in hard)
    shown = "shown" if show_tests else "hidden"
    print(f"\npass base and fail plus, base tests {shown}: {share(caught, len(hard))} caught")
    print(f"ranking: AUC {auc([verdicts[row.key].score for row in chosen], [row.right for row in chosen]):.3f}")
    wrong_tasks = {row.name for row in chosen if not row.right}
    missed = {row.name for row in chosen if not row.right and verdicts[row.key].verdict != "fail"}
    print(f"tasks with wrong answers: {len(wrong_tasks)}; with one that was missed: {len(missed)}")


def train(chosen: list[Row], found: dict[str, Findings]) -> Weights:
    """Fit the score on every row with features; the threshold comes from scores across folds by task."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    usable = [row for row in chosen if found[row.key].features]
    data = [[found[row.key].features.get(name, 0.0) for name in FEATURES] for row in usable]
    truth = [int(row.right) for row in usable]
    groups = [f"{row.bench} {row.name}" for row in usable]
    across = [0.5] * len(usable)
    for learn, test in GroupKFold(FOLDS, shuffle=True, random_state=0).split(data, truth, groups):
        fold = LogisticRegression(C=0.5, max_iter=2000).fit([data[i] for i in learn], [truth[i] for i in learn])
        for i, chance in zip(test, fold.predict_proba([data[i] for i in test])[:, 1], strict=True):
            across[i] = float(chance)
    print(f"AUC across folds by task: {auc(across, truth):.3f}")
    refused = [any(check.status == "fail" for check in found[row.key].checks) for row in usable]
    threshold = _threshold([(c, bool(t)) for c, t, r in zip(across, truth, refused, strict=True) if not r], sum(truth))
    more = [bool(t) for c, t, r in zip(across, truth, refused, strict=True) if not r and c < threshold]
    print(f"below {threshold:.3f} across folds: {more.count(False)} more caught, {sum(more)} more right ones refused")
    fitted = LogisticRegression(C=0.5, max_iter=2000).fit(data, truth)
    weights = dict(zip(FEATURES, (round(float(w), 4) for w in fitted.coef_[0]), strict=True))
    return Weights(round(float(fitted.intercept_[0]), 4), weights, round(threshold, 4))


def _threshold(pairs: list[tuple[float, bool]], right: int) -> float:
    """The highest score below which at least half of what is refused is wrong, and at most 1% of the right."""
    best, lost, gained = LOWEST, 0, 0
    for chance, truth in sorted(pairs):
        lost, gained = lost + truth, gained + (not truth)
        if gained > lost and lost <= 0.01 * right and chance > best:
            best = chance + 1e-4
    return best


def main() -> None:
    """Read the arguments, look, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given = os.environ.get("COTHINK_DATA")
    parser.add_argument("--data", type=Path, default=Path(given) if given else None, required=given is None)
    parser.add_argument("--show-tests", action="store_true", help="the verifier is given the base tests")
    parser.add_argument("--every", type=int, default=1, help="look at every n-th answer only")
    parser.add_argument("--out", type=Path, help="a file that keeps the findings, so that a run can go on")
    parser.add_argument("--train", action="store_true", help="fit the score and write its weights (needs scikit-learn)")
    arguments = parser.parse_args()
    chosen = list(rows(arguments.data, show_tests=arguments.show_tests))[:: arguments.every]
    began = time.perf_counter()
    found = asyncio.run(look_at(chosen, arguments.out))
    seconds = time.perf_counter() - began
    weights = shipped()
    if arguments.train:
        weights = train(chosen, found)
        SCORE.write_text(
            json.dumps(
                {"bias": weights.bias, "weights": weights.weights, "refuse_below": weights.refuse_below}, indent=1
            )
            + "\n",
            encoding="utf-8",
        )
    print(f"{datetime.now(UTC):%Y-%m-%d}: {len(chosen)} answers in {seconds:.0f} s, {os.cpu_count()} cores\n")
    report(chosen, found, weights, show_tests=arguments.show_tests)
    features = [found[row.key].features for row in chosen if found[row.key].features]
    print(f"mean score {sum(score(one, weights) for one in features) / max(1, len(features)):.3f}")


if __name__ == "__main__":
    main()
