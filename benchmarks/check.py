"""The learned check of R1's answers on answers that it did not learn from: AUC, calibration, and the cascade by it.

    PYTHONPATH=src OMP_NUM_THREADS=1 python benchmarks/check.py --data DIR --hold-out kinds

DIR/routing holds the recorded answers; they are read, never copied. ``rows`` holds out whole prompts of kinds that are
known, ``kinds`` whole kinds of task. Each held-out answer is judged four times: with all there is, and without R1's
further answers, the exact verdict, or both. Beside it stand the exact check alone and the share of right answers of
each kind. "At the share" sends that share of the answers to the pro; "as set" is what a threshold from the training
rows did. 95% intervals are over prompts.
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cothink.routing.answers.bench import Judged
    from cothink.routing.answers.recorded import Row

HEADS = ("answers of", "judged by", "answers", "AUC", "ECE", "right at the share %", "as set: right %", "pro calls %")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a folder with routing/ in it")
    parser.add_argument("--hold-out", choices=("rows", "kinds"), default="rows")
    parser.add_argument("--parts", type=int, default=5, help="into how many parts the answers are cut")
    parser.add_argument("--seed", type=int, default=0, help="of the cut")
    parser.add_argument("--share", type=float, default=0.35, help="the wanted share of pro calls")
    parser.add_argument("--cheap", default="deepseek-r1")
    parser.add_argument("--strong", default="o1,o1-preview,o3-mini")
    parser.add_argument("--set", action="append", help="a data set; all where left out")
    given = parser.parse_args()
    from cothink.routing.answers import bench, recorded

    rows = recorded.load(given.data, given.cheap, given.strong, only=given.set or ())
    parts = bench.folds(rows, given.hold_out, given.parts, given.seed)
    judged = bench.judge(rows, parts, given.share, say=lambda words: print(words, file=sys.stderr))
    judged |= bench.simple(rows)
    print(f"{given.hold_out} held out, {given.parts} parts; the pro's share is {given.share:.0%}\n")
    print(f"| {' | '.join(HEADS)} |\n|---|---|{'--:|' * (len(HEADS) - 2)}")
    for name, keep in scopes(rows).items():
        for view, one in judged.items():
            print(line(name, view, one.take(keep), given.share))


def scopes(rows: "list[Row]") -> dict[str, list[bool]]:
    """Return what the table is printed for: all answers, each data set, and those that no exact check judges."""
    names = sorted({row.dataset for row in rows})
    found = {"all": [True] * len(rows)}
    found |= {name: [row.dataset == name for row in rows] for name in names if len(names) > 1}
    return found | {"no exact check for it": [row.evidence.exact == "unsure" for row in rows]}


def line(scope: str, view: str, judged: "Judged", share: float) -> str:
    """Return one line of the table."""
    found = judged.figures(share)
    right, auc = found.right_at_share, found.auc
    return (
        f"| {scope} | {view} | {len(judged.rows):,} | {auc.value:.3f} [{auc.low:.3f}, {auc.high:.3f}] "
        f"| {found.ece:.3f} | {100 * right.value:.1f} [{100 * right.low:.1f}, {100 * right.high:.1f}] "
        f"| {100 * found.right:.1f} | {100 * found.pro_calls:.0f} |"
    )


if __name__ == "__main__":
    main()
