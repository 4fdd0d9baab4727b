"""Runs a protocol over a table of outcomes and returns the lines of every data set, and of all together."""

import numpy as np

from cothink.routing.judging.protocols import Progress, folds, run
from cothink.routing.judging.table import Line, line, markdown
from cothink.routing.learned.recorded import Table
from cothink.routing.learned.train import Plan, read

__all__ = ["judge", "markdown"]


def judge(
    table: Table, protocol: str, *, parts: int = 5, seed: int = 0, plan: Plan | None = None, say: Progress
) -> dict[str, list[Line]]:
    """Judge ours and the published forms on rows that they did not learn from.

    Args:
        table: Prompts with the outcomes of the pair.
        protocol: ``rows`` (new prompts of seen kinds), ``kinds`` or ``sets``.
        parts: Into how many parts it is cut.
        seed: Of the cut.
        plan: How ours is trained.
        say: Hears how far it is.

    Returns:
        Data set -> one line a way; ``all`` where there are several.

    Raises:
        SettingError: See `folds`.
    """
    data = read(table)
    cut = folds(protocol, data, table.datasets, parts, seed)
    runs = run(data, table.models, cut, plan or Plan(), say)
    names = np.asarray(table.datasets)
    groups = {"all": np.arange(len(names))} if len(set(names)) > 1 else {}
    groups |= {str(name): np.flatnonzero(names == name) for name in np.unique(names)}
    return {name: [line(one, data.right, rows) for one in runs] for name, rows in groups.items()}
