"""Settings of `cothink-risk`: which scorecard, when a person decides, and what is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cothink.core.errors import SettingError
from cothink.core.ranges import Ranges, check_ranges

KeepWords = Literal["never", "until_decided", "always"]
_KEEP = ("never", "until_decided", "always")
_RANGES: Ranges = {
    "most": (1, 1_000),
    "parallel": (1, 64),
    "most_chars": (100, 1_000_000),
    "read_tokens": (64, 100_000),
    "read_temperature": (0.0, 2.0),
    "opinion_tokens": (64, 100_000),
    "bands_apart": (1, 4),
    "keep_days": (0.001, 36_500),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskConfig:
    """How applications are scored, and when a person decides.

    Args:
        model: The folder of a scorecard that `cothink risk train` wrote. Empty: `cothink-risk` answers with an error.
        prior: The base rate where the applications come from, 0.001 to 0.999; None is that of the training rows.
        most: The most applications in one request, 1 to 1000. All of them are one run with the limits of a run.
        parallel: How many of them are worked on at the same time.
        most_chars: Longer words of an application are refused, not cut.
        read_tokens: The most tokens of R1's reading, its thoughts included.
        read_temperature: How warm R1 reads.
        opinion_tokens: The most tokens of the pro's opinion, its thoughts included.
        high_stakes: A field of the form, and the amount from which on a person decides.
        near_cutoff: Two probabilities; between them a person decides. Empty: nowhere.
        bands_apart: A person decides where the pro and the scorecard are so many of the five bands apart.
        keep_words: Whether the applicant's words and their quotes are stored: `never`, `until_decided` by a person, or
            `always`. Numbers, bands and reasons are stored in any case, so that a score can be computed again.
        keep_days: Scores and decided cases are deleted after so many days; open cases stay.

    Raises:
        SettingError: A value is out of range.
    """

    model: str = ""
    prior: float | None = None
    most: int = 100
    parallel: int = 4
    most_chars: int = 50_000
    read_tokens: int = 4_000
    read_temperature: float = 0.2
    opinion_tokens: int = 8_000
    high_stakes: Mapping[str, float] = field(default_factory=dict)
    near_cutoff: tuple[float, ...] = ()
    bands_apart: int = 2
    keep_words: KeepWords = "never"
    keep_days: float = 365.0

    def __post_init__(self) -> None:
        """Refuse a value out of range, by name."""
        check_ranges(self, _RANGES)
        if self.prior is not None and not 0.001 <= self.prior <= 0.999:
            raise SettingError(f"prior is {self.prior}; allowed is 0.001 to 0.999", param="prior")
        if self.keep_words not in _KEEP:
            raise SettingError(f"keep_words is {self.keep_words!r}; allowed is {', '.join(_KEEP)}", param="keep_words")
        cut = self.near_cutoff
        if cut and not (len(cut) == 2 and 0 <= cut[0] <= cut[1] <= 1):
            raise SettingError(
                f"near_cutoff is {list(cut)}; allowed are two probabilities, the lower one first", param="near_cutoff"
            )
