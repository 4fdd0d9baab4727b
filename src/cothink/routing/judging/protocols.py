"""What is held out: rows of seen kinds, whole kinds, or whole data sets; thresholds come from the learned rows only."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cothink.core.errors import SettingError
from cothink.routing.judging.forms import FORMS, known_kind, spaces
from cothink.routing.learned.train import Plan, Read, train_read

Rows = NDArray[np.int64]
Doubles = NDArray[np.float64]
OURS = "ours"
BOUND = "(each kind's accuracies known)"
PROTOCOLS = ("rows", "kinds", "sets")
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Run:
    """What one way of routing said of every held-out row.

    Args:
        name: The way.
        chances: (rows, 2): the cheap model's and the strong one's.
        known: How well each row was known; ones where the way says nothing of it.
    """

    name: str
    chances: Doubles
    known: Doubles


def folds(protocol: str, data: Read, datasets: Sequence[str], count: int, seed: int = 0) -> Rows:
    """Return the number of the part in which each row is held out.

    Args:
        protocol: ``rows``, ``kinds`` or ``sets``.
        data: The rows.
        datasets: The data set of each.
        count: How many parts; for ``sets`` there are as many as data sets.
        seed: Of the cut.

    Raises:
        SettingError: An unknown protocol, or too few kinds or data sets to hold one out.
    """
    random = np.random.default_rng(seed)
    if protocol == "rows":
        return np.asarray(random.permutation(len(data.kind)) % count)
    if protocol == "kinds" and len(data.names) > 1:
        parts = min(count, len(data.names))
        return np.asarray((random.permutation(len(data.names)) % parts)[data.kind])
    if protocol == "sets" and len(set(datasets)) > 1:
        return np.unique(np.asarray(datasets), return_inverse=True)[1].astype(np.int64)
    raise SettingError(
        f"The protocol is {protocol!r}; allowed are {', '.join(PROTOCOLS)}; kinds and sets need two or more of them.",
        param="protocol",
    )


def run(data: Read, models: tuple[str, ...], parts: Rows, plan: Plan, say: Progress) -> list[Run]:
    """Fit every form and ours without each part in turn, and let them judge it."""
    names = [OURS, *FORMS]
    chances = {name: np.zeros((len(parts), 2)) for name in names}
    known = np.ones(len(parts))
    for learned, held_out in _cuts(parts):
        say(f"{len(held_out)} rows held out, {len(learned)} learned from")
        rest, judged = data.take(learned), data.take(held_out)
        router = train_read(rest, models, {}, plan)
        scores = [router.score_read(judged.dense[i], judged.buckets[i]) for i in range(len(held_out))]
        chances[OURS][held_out] = [[score.p[models[0]], score.p[models[1]]] for score in scores]
        known[held_out] = [score.known for score in scores]
        points, new_points = spaces(rest, judged)
        for name, form in FORMS.items():
            chances[name][held_out] = form(points, new_points)
    runs = [Run(name, chances[name], known if name == OURS else np.ones(len(parts))) for name in names]
    whole = spaces(data, data)[1]
    return [*runs, Run(BOUND, known_kind(whole, whole), np.ones(len(parts)))]


def _cuts(parts: Rows) -> Iterator[tuple[Rows, Rows]]:
    for part in np.unique(parts):
        yield np.flatnonzero(parts != part), np.flatnonzero(parts == part)
