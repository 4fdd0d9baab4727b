"""How good the learned check is on answers that it did not learn from: whole prompts, or whole kinds of task, held out.

One training a part; each held-out answer is then judged four times: with all there is, and without the exact verdict,
R1's further answers, or both. Thresholds come from the training rows alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cothink.core.errors import SettingError
from cothink.measures.calibration import ece
from cothink.measures.curves import curve
from cothink.measures.intervals import Interval, bootstrap
from cothink.measures.ranking import auc
from cothink.routing.answers.evidence import Evidence
from cothink.routing.answers.model import read
from cothink.routing.answers.recorded import Row
from cothink.routing.answers.train import Plan, train

Doubles = NDArray[np.float64]
_ROUNDS = 200
PROTOCOLS = ("rows", "kinds")
VIEWS: dict[str, Callable[[Evidence], Evidence]] = {
    "all there is": lambda one: one,
    "one answer": lambda one: replace(one, others=()),
    "no exact check": lambda one: replace(one, exact="unsure"),
    "one answer, no exact check": lambda one: replace(one, exact="unsure", others=()),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """How well answers were judged.

    Args:
        auc: How well right answers are told from wrong ones.
        ece: The expected error of calibration.
        right_at_share: The share of right answers where a given share goes to the pro, those of greatest gain first.
        right, pro_calls: The same as the threshold of the training rows had it.
    """

    auc: Interval
    ece: float
    right_at_share: Interval
    right: float
    pro_calls: float


@dataclass(frozen=True, slots=True)
class Judged:
    """What one view said of some held-out answers.

    Args:
        rows: The answers.
        p_right, p_pro, known: See `Opinion`; one figure an answer.
        asks: Whether the threshold of the training rows asks the pro.
    """

    rows: Sequence[Row]
    p_right: Doubles
    p_pro: Doubles
    known: Doubles
    asks: NDArray[np.bool_]

    def take(self, keep: Sequence[bool]) -> "Judged":
        """Return some of the answers."""
        chosen = np.flatnonzero(np.asarray(keep)).tolist()
        return Judged(
            [self.rows[i] for i in chosen],
            self.p_right[chosen],
            self.p_pro[chosen],
            self.known[chosen],
            self.asks[chosen],
        )

    def figures(self, share: float) -> Figures:
        """Return how well the answers were judged, and what a cascade by it gives."""
        right = np.asarray([float(row.right) for row in self.rows])
        pro = np.asarray([row.pro for row in self.rows])
        prompt = np.unique([f"{row.dataset} {row.prompt_id}" for row in self.rows], return_inverse=True)[1]
        gain = self.p_pro - self.p_right
        return Figures(
            _over(prompt, auc, self.p_right, right),
            ece(self.p_right, right),
            _over(prompt, lambda *columns: curve(*columns).at(share), gain, right, pro),
            float(np.where(self.asks, pro, right).mean()),
            float(self.asks.mean()),
        )


def folds(rows: Sequence[Row], protocol: str, parts: int, seed: int = 0) -> NDArray[np.int64]:
    """Return the part in which each answer is held out; the answers to one prompt are never cut.

    Raises:
        SettingError: An unknown protocol, or too few prompts or kinds.
    """
    if protocol not in PROTOCOLS:
        raise SettingError(f"hold-out is {protocol!r}; allowed is {', '.join(PROTOCOLS)}", param="hold-out")
    names = [row.kind if protocol == "kinds" else f"{row.dataset} {row.prompt_id}" for row in rows]
    found, number = np.unique(names, return_inverse=True)
    if len(found) < parts:
        raise SettingError(f"There are {len(found)} {protocol} for {parts} parts.", param="parts")
    return np.asarray((np.random.default_rng(seed).permutation(len(found)) % parts)[number], dtype=np.int64)


def judge(
    rows: Sequence[Row],
    parts: NDArray[np.int64],
    share: float,
    plan: Plan | None = None,
    say: Callable[[str], object] = lambda words: None,
) -> dict[str, Judged]:
    """Train without each part in turn and judge it, in every view."""
    texts = [read(row.evidence) for row in rows]
    said = {view: np.zeros((len(rows), 4)) for view in VIEWS}
    for part in np.unique(parts):
        held_out, learned = (np.flatnonzero(one).tolist() for one in (parts == part, parts != part))
        say(f"part {part + 1} of {len(np.unique(parts))}: {len(held_out)} answers held out")
        check = train([rows[i] for i in learned], ("r1", "pro"), plan, [texts[i] for i in learned])
        threshold = check.threshold(share)
        for view, seen in VIEWS.items():
            for i in held_out:
                found = check.weigh_read(seen(rows[i].evidence), texts[i])
                said[view][i] = found.p_right, found.p_pro, found.known, found.gain > threshold
    return {view: Judged(rows, one[:, 0], one[:, 1], one[:, 2], one[:, 3] > 0) for view, one in said.items()}


def simple(rows: Sequence[Row]) -> dict[str, Judged]:
    """Return what stands beside the check: the exact verdict alone, and the share of right answers of each kind.

    The second knows the held-out rows' own kinds: nobody does for a kind that was never seen.
    """
    exact = np.asarray([{"stands": 1.0, "falls": 0.0, "unsure": 0.5}[row.evidence.exact] for row in rows])
    kind = np.unique([row.kind for row in rows], return_inverse=True)[1]
    right, pro = np.asarray([float(row.right) for row in rows]), np.asarray([row.pro for row in rows])
    counts = np.bincount(kind)
    own, theirs = (np.bincount(kind, weights=one)[kind] / counts[kind] for one in (right, pro))
    known = np.ones(len(rows))
    return {
        "(exact verdict alone)": Judged(rows, exact, np.full(len(rows), 0.5), known, exact < 0.5),
        "(each kind's shares known)": Judged(rows, own, theirs, known, theirs > own),
    }


def _over(prompt: NDArray[np.int64], statistic: Callable[..., float], *columns: Doubles) -> Interval:
    return bootstrap(statistic, *columns, rounds=_ROUNDS, clusters=prompt)
