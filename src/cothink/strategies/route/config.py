"""Settings of cascade routing: what a right answer is worth, what a call costs, and how far answers fail together."""

from dataclasses import dataclass

from cothink.core.ranges import Ranges, check_ranges

_RANGES: Ranges = {
    "value_usd": (0.0, 1_000_000.0),
    "second_usd": (0.0, 1_000.0),
    "r1_call_usd": (0.0, 1_000.0),
    "pro_call_usd": (0.0, 1_000.0),
    "r1_tokens": (1, 1_000_000),
    "pro_tokens": (1, 1_000_000),
    "r1_s": (0.0, 86_400.0),
    "pro_s": (0.0, 86_400.0),
    "most_samples": (1, 16),
    "alike_r1": (0.0, 1.0),
    "alike_pro": (0.0, 1.0),
    "same_fault": (0.0, 1.0),
}


@dataclass(frozen=True, slots=True)
class RouteConfig:
    """How `cothink-route` weighs.

    Args:
        value_usd: What a right answer is worth, in dollars. The dial weighs money against it: at 0.5 a dollar is a
            dollar, toward 1 money counts less and less, toward 0 ever more.
        second_usd: What a second of waiting costs, in dollars; 0 leaves time out of it.
        r1_call_usd: The least that a call of R1 costs, in dollars: your own machines are not free.
        pro_call_usd: The least that a call of the pro costs, in dollars, where its price is not known.
        r1_tokens: How long an answer of R1 is expected to be, thought included.
        pro_tokens: The same of the pro.
        r1_s: How long an answer of R1 is expected to take.
        pro_s: The same of the pro.
        most_samples: R1 answers at most so often.
        alike_r1: How far two answers of R1 are right or wrong together, beyond what the router knows: 0 not at all, 1
            always.
        alike_pro: The same of an answer of R1 and one of the pro.
        same_fault: How often two wrong answers of R1 are the same wrong answer.

    Raises:
        SettingError: A value is out of range.
    """

    value_usd: float = 0.25
    second_usd: float = 0.0
    r1_call_usd: float = 0.002
    pro_call_usd: float = 0.02
    r1_tokens: int = 3_000
    pro_tokens: int = 3_000
    r1_s: float = 30.0
    pro_s: float = 60.0
    most_samples: int = 3
    alike_r1: float = 0.6
    alike_pro: float = 0.3
    same_fault: float = 0.3

    def __post_init__(self) -> None:
        """Refuse a value out of range, by name."""
        check_ranges(self, _RANGES)
