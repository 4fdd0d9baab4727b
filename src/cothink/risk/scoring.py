"""One application and a scorecard: the row that it reads, what it says of it, and the numbers that say it again.

Imports what the extra `risk` brings: `scored.open_scoring` imports this module only where a model is set.
"""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl

from cothink.core.errors import BadRequest
from cothink.risk import files
from cothink.risk.application import Application, Value
from cothink.risk.portrait import Portrait, Range
from cothink.risk.reading import COLUMN, Heard, as_columns
from cothink.risk.scorecard import Scorecard, figure_names
from cothink.risk.scored import Inputs, Score


class Scorer:
    """A scorecard that was read from its folder.

    Args:
        folder: The folder.

    Raises:
        SettingError: It holds no scorecard that can be read.
    """

    def __init__(self, folder: Path) -> None:
        self._card = files.load(folder)
        self.digest = files.digest(folder)
        self.portrait = _portrait(self._card)

    def check(self, application: Application) -> None:
        """Refuse what cannot be scored.

        Raises:
            BadRequest: A field that is a number to the scorecard holds something else.
        """
        for name in self.portrait.numbers:
            _number(name, application.form.get(name))

    def score(self, application: Application, heard: Heard, prior: float | None) -> tuple[Score, Inputs]:
        """Return what the scorecard says of an application.

        Raises:
            BadRequest: A field that is a number to the scorecard holds something else.
        """
        form = self._card.about.form
        own = as_columns(heard)
        row: dict[str, Any] = {name: own.get(name, application.form.get(name)) for name in form.columns}
        row |= {name: application.texts.get(name) for name in form.texts}
        numbers = {name: pl.Series([_number(name, row[name])], dtype=pl.Float64) for name in form.numbers}
        others = [*form.dates, *form.categories, *form.texts]
        words = {name: pl.Series([_word(row[name])], dtype=pl.String) for name in others}
        figures, codes = self._card.inputs(pl.DataFrame(numbers | words))
        inputs = Inputs([None if np.isnan(one) else float(one) for one in figures[0]], [int(one) for one in codes[0]])
        return self.again(inputs, prior), inputs

    def again(self, inputs: Inputs, prior: float | None) -> Score:
        """Return what the scorecard says of numbers that it read before."""
        figures = np.asarray([[np.nan if one is None else one for one in inputs.figures]], dtype=np.float64)
        found = self._card.score_inputs(figures, np.asarray([inputs.codes], dtype=np.int32), prior)
        return Score(
            probability=float(found.chance[0]),
            low=float(found.low[0]),
            high=float(found.high[0]),
            band=found.band[0],
            reasons=tuple(found.reasons[0]),
            parts_apart=float(found.apart[0]),
            is_unsure=bool(found.review[0]),
        )

    def unknown(self, application: Application) -> tuple[str, ...]:
        """Return the fields of an application that the scorecard does not read."""
        known = {*self.portrait.fields, *self.portrait.texts}
        return tuple(sorted({*application.form, *application.texts} - known))

    def missing(self, application: Application) -> tuple[str, ...]:
        """Return the fields that the scorecard reads and the application has not."""
        return tuple(name for name in self.portrait.fields if application.form.get(name) is None)


def _portrait(card: Scorecard) -> Portrait:
    form = card.about.form
    bends = dict(zip(figure_names(form), card.knots, strict=False))
    own = [name for name in form.numbers if not name.startswith(COLUMN)]
    ranges = {
        name: Range(float(knots[0]), float(knots[len(knots) // 2]), float(knots[-1]))
        for name in own
        if (knots := bends[name]).size
    }
    for name in own:
        ranges.setdefault(name, Range(0.0, 0.0, 0.0))  # never there in training: it says nothing
    reads = any(name.startswith(COLUMN) for name in form.numbers)
    return Portrait(ranges, form.dates, dict(form.categories), form.texts, card.about.base_rate, reads)


def _number(name: str, value: Value) -> float | None:
    if value is None:
        return None
    try:
        return float(value)
    except ValueError:
        raise BadRequest(
            f"form.{name} is {msgspec.json.encode(value).decode()[:60]}; the scorecard needs a number there, or null.",
            param=f"form.{name}",
        ) from None


def _word(value: Value) -> str | None:
    """A value as a column of words has it."""
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)
