"""The standard table: lift, own choice, pro calls for the pro's accuracy, APGR, CPT 50 and 80, with intervals.

APGR and CPT as in RouteLLM (arXiv 2406.18665).
"""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from cothink.measures.curves import apgr, cpt, curve, lift, own_choice
from cothink.measures.intervals import Interval, bootstrap
from cothink.routing.judging.protocols import Run

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """One way's figures on some held-out rows.

    Args:
        way: Its name.
        rows: How many rows.
        lift: Area over random mixing, as a share of the oracle's.
        own: Accuracy where each row goes to the model of the better chance.
        own_loss: That, less the better single model's accuracy, paired.
        calls: The smallest share of pro calls at which the pro's accuracy is reached; nan where it never is.
        apgr: Average performance gap recovered.
        cpt50, cpt80: Share of pro calls that recovers 50 and 80 per cent of the gap.
    """

    way: str
    rows: int
    lift: Interval
    own: float
    own_loss: Interval
    calls: float
    apgr: Interval
    cpt50: float
    cpt80: float

    def plain(self) -> dict[str, object]:
        """The figures as plain values, for JSON."""
        return {
            name: asdict(value) if isinstance(value, Interval) else value
            for name in ("way", "rows", "lift", "own", "own_loss", "calls", "apgr", "cpt50", "cpt80")
            for value in (getattr(self, name),)
        }


def line(run: Run, right: Doubles, rows: NDArray[np.int64], rounds: int = 300) -> Line:
    """Return the figures of a run on some rows."""
    p, (cheap, strong) = run.chances[rows], right[rows, :2].T
    need = p[:, 1] - p[:, 0]
    chosen = np.where(p[:, 1] > p[:, 0], strong, cheap)
    better = strong if strong.mean() >= cheap.mean() else cheap
    return Line(
        way=run.name,
        rows=len(rows),
        lift=bootstrap(lift, need, cheap, strong, rounds=rounds),
        own=own_choice(p[:, 0], p[:, 1], cheap, strong),
        own_loss=bootstrap(lambda a, b: float(a.mean() - b.mean()), chosen, better, rounds=rounds),
        calls=curve(need, cheap, strong).share_for(float(strong.mean())),
        apgr=bootstrap(apgr, need, cheap, strong, rounds=rounds),
        cpt50=cpt(need, cheap, strong, 0.5),
        cpt80=cpt(need, cheap, strong, 0.8),
    )


HEAD = (
    "| way | lift | own choice | less better single | pro calls for the pro's accuracy | APGR | CPT 50 | CPT 80 |\n"
    "|---|--:|--:|--:|--:|--:|--:|--:|"
)


def markdown(lines: list[Line]) -> str:
    """Return the table, as Markdown."""
    return "\n".join([HEAD, *map(_row, lines)])


def _row(one: Line) -> str:
    def short(figure: Interval) -> str:
        return f"{figure.value:.3f} [{figure.low:.2f}, {figure.high:.2f}]"

    loss = f"{100 * one.own_loss.value:+.1f} [{100 * one.own_loss.low:+.1f}, {100 * one.own_loss.high:+.1f}]"
    cells = [
        one.way,
        short(one.lift),
        f"{100 * one.own:.1f}",
        loss,
        _share(one.calls),
        short(one.apgr),
        _share(one.cpt50),
        _share(one.cpt80),
    ]
    return f"| {' | '.join(cells)} |"


def _share(value: float) -> str:
    return "–" if np.isnan(value) else f"{100 * value:.0f}%"
