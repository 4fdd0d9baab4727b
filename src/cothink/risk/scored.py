"""What a scorecard says of one application, and the numbers that make it say so again; needs no extra."""

from pathlib import Path
from typing import Protocol

import msgspec

from cothink.core.errors import SettingError
from cothink.risk.application import Application
from cothink.risk.config import RiskConfig
from cothink.risk.portrait import Portrait
from cothink.risk.reading import Heard

BANDS = "ABCDE"


class Score(msgspec.Struct, frozen=True):
    """What a scorecard says.

    Attributes:
        probability: Of default.
        low, high: Its 90% interval.
        band: A, the fifth of the training rows with the least risk, to E.
        reasons: The fields that move it most, such as `dti raises`.
        parts_apart: Distance of the scorecard's two parts in log-odds.
        is_unsure: The scorecard itself asks for a person: its interval is wide, or its parts are far apart.
    """

    probability: float
    low: float
    high: float
    band: str
    reasons: tuple[str, ...]
    parts_apart: float
    is_unsure: bool


class Inputs(msgspec.Struct, frozen=True):
    """All that a scorecard reads of an application, as numbers: with them it says the same again, without the words."""

    figures: list[float | None]
    codes: list[int]


class Scoring(Protocol):
    """A scorecard that is ready."""

    digest: str
    portrait: Portrait

    def check(self, application: Application) -> None:
        """Refuse what cannot be scored, before anything is spent.

        Raises:
            BadRequest: A field that is a number to the scorecard holds something else.
        """
        ...

    def score(self, application: Application, heard: Heard, prior: float | None) -> tuple[Score, Inputs]:
        """Return what it says of an application.

        Raises:
            BadRequest: A field that is a number to the scorecard holds something else.
        """
        ...

    def again(self, inputs: Inputs, prior: float | None) -> Score:
        """Return what it says of numbers that it read before."""
        ...

    def unknown(self, application: Application) -> tuple[str, ...]:
        """Return the fields that it does not read."""
        ...

    def missing(self, application: Application) -> tuple[str, ...]:
        """Return the fields that it reads and the application has not."""
        ...


def open_scoring(config: RiskConfig) -> Scoring | None:
    """Return the scorecard that the settings name; None where they name none.

    Raises:
        SettingError: It cannot be read, or the extra `risk` is missing.
    """
    if not config.model:
        return None
    try:
        from cothink.risk.scoring import Scorer

        return Scorer(Path(config.model).expanduser())
    except ImportError as error:
        words = f"risk.model needs {error.name}: pip install 'cothink[risk]'."
        raise SettingError(words, param="risk.model") from error
