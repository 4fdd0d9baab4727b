"""Settings of early escalation: which signs of R1's thought start the pro before R1 is done."""

from dataclasses import dataclass

from cothink.core.ranges import Ranges, check_ranges

_RANGES: Ranges = {
    "thought_tokens": (0, 1_000_000),
    "thought_s": (0.0, 86_400.0),
    "over_usual": (0.0, 100.0),
    "usual_answers": (1, 200),
    "stalled_s": (0.0, 3_600.0),
    "mean_logprob": (-20.0, 0.0),
    "logprob_tokens": (1, 10_000),
    "repeats": (0, 100),
    "hedges": (0, 1_000),
    "signs": (1, 6),
    "least_answer_tokens": (1, 1_000_000),
}


@dataclass(frozen=True, slots=True)
class EarlyConfig:
    """When the pro starts before R1 is done. A sign that is 0 is not watched.

    Args:
        enabled: The cascade may start the pro early. It costs money where R1 would have been right.
        thought_tokens: R1's thought is longer than this.
        thought_s: R1 has thought for longer than this.
        over_usual: R1's thought is so many times longer than nine in ten of those whose answers stood, of the same kind
            of task.
        usual_answers: So many of them must be known first, in this process.
        stalled_s: Nothing has come from R1 for so long.
        mean_logprob: The mean log-probability of R1's last tokens is lower than this.
        logprob_tokens: How many last tokens that is.
        repeats: R1 wrote the same twelve words so many times: a loop.
        hedges: R1 doubts itself more than so many times in a thousand words.
        signs: How many of these signs must be bad at the same time.
        least_answer_tokens: The pro is started early only where the run's limits pay for an answer of this length.

    Raises:
        SettingError: A value is out of range.
    """

    enabled: bool = False
    thought_tokens: int = 8_000
    thought_s: float = 0.0
    over_usual: float = 3.0
    usual_answers: int = 20
    stalled_s: float = 20.0
    mean_logprob: float = -1.2
    logprob_tokens: int = 64
    repeats: int = 4
    hedges: int = 60
    signs: int = 1
    least_answer_tokens: int = 500

    def __post_init__(self) -> None:
        """Refuse a value out of range, by name."""
        check_ranges(self, _RANGES)
