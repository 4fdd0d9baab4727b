"""Settings of the team that writes code."""

from dataclasses import dataclass
from typing import Literal

from cothink.core.errors import SettingError
from cothink.core.ranges import Ranges, check_ranges

_RANGES: Ranges = {
    "r1_tries": (1, 8),
    "repairs": (0, 2),
    "small_lines": (0, 100_000),
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
        r1_tries: How many programs R1 writes at most before the pro is asked: a further one, drawn warm, only where a
            check refuses the one before.
        repairs: The most repairs after a failed check, for the whole task. One that leaves the same fault is the last,
            and where only tests that the models proposed refuse a program there is none.
        fill: Whether the pro fills what is slow: ``auto`` where the task speaks of speed, or where the program is
            longer than ``small_lines``; else R1's program stays as it is once it passes.
        small_lines: The most lines of a small program.
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

    r1_tries: int = 2
    repairs: int = 2
    fill: Literal["auto", "always", "never"] = "auto"
    small_lines: int = 40
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
        for name, value in (("tests", self.tests), ("fill", self.fill)):
            if value not in ("auto", "always", "never"):
                raise SettingError(f"{name} is {value!r}; allowed is auto, always, never", param=name)
