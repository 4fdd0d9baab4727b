"""Settings of the team that writes code."""

from dataclasses import dataclass
from typing import Literal

from cothink.core.errors import SettingError
from cothink.core.ranges import Ranges, check_ranges

_RANGES: Ranges = {
    "repairs": (0, 2),
    "most_holes": (0, 20),
    "hole_weight": (0.0, 100.0),
    "proposed_tests": (1, 50),
    "run_s": (0.5, 600.0),
    "largest_context": (500, 1_000_000),
}


@dataclass(frozen=True, slots=True)
class CodingConfig:
    """How code is written and checked.

    Args:
        repairs: The most repairs after a failed check, for the whole task.
        most_holes: The most functions that the pro is asked to fill; 0 asks for none.
        hole_weight: A function that R1 did not mark is a hole from this weight of the analysis on (a loop inside a loop
            is 2, a slow idiom 1.5).
        tests: Whether both models propose tests: ``auto`` where the task shows no example and no test.
        proposed_tests: How many tests each is asked for.
        choose: Where several candidates pass and differ, ask the pro which result is right on an input that tells
            them apart.
        lint: Whether ruff and mypy look at the code.
        run_s: Seconds for one run in the sandbox.
        largest_context: The most characters of the skeleton that the pro is shown beside a hole.

    Raises:
        SettingError: A value is out of its range.
    """

    repairs: int = 2
    most_holes: int = 3
    hole_weight: float = 2.0
    tests: Literal["auto", "always", "never"] = "auto"
    proposed_tests: int = 6
    choose: bool = True
    lint: bool = True
    run_s: float = 10.0
    largest_context: int = 12_000

    def __post_init__(self) -> None:
        """Refuse a value out of range, by name."""
        check_ranges(self, _RANGES)
        if self.tests not in ("auto", "always", "never"):
            raise SettingError(f"tests is {self.tests!r}; allowed is auto, always, never", param="tests")
