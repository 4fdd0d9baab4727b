"""What the code check found: every check by name, and the verdict they come to."""

from dataclasses import dataclass
from typing import Literal

from cothink.core.verdict import Verdict

CheckStatus = Literal["pass", "fail", "not_run", "doubt"]
CHECK = "code"
# Checks that say nothing of what the program computes.
GROUNDWORK = frozenset({"syntax", "load", "entry point"})


@dataclass(frozen=True, slots=True)
class CodeCheck:
    """One check: its name, how it ended, and why in words."""

    name: str
    status: CheckStatus
    detail: str


@dataclass(frozen=True, slots=True)
class CodeReport:
    """The whole check of one program.

    Args:
        verdict: ``falls`` if any check failed, ``stands`` if something that it computes was checked and nothing
            failed, else ``unsure``.
        checks: In the order in which they ran.
        program: The program as it was run, taken out of the answer.
        unlimited: What the sandbox could not limit.
        wall_s: Seconds in the sandbox; 0 where nothing was run.
    """

    verdict: Verdict
    checks: tuple[CodeCheck, ...]
    program: str
    unlimited: tuple[str, ...] = ()
    wall_s: float = 0.0

    def count(self, status: CheckStatus) -> int:
        """How many checks ended so."""
        return sum(check.status == status for check in self.checks)


def conclude(checks: tuple[CodeCheck, ...]) -> Verdict:
    """Come to a verdict.

    The score is 0 where a check failed, None where nothing was compared, else (n + 1) / (n + 2) for n checks passed
    (Laplace's rule of succession): more checks, more trust. It is not calibrated.
    """
    failed = [check for check in checks if check.status == "fail"]
    if failed:
        first = failed[0]
        more = f" ({len(failed)} of {len(checks)} checks failed)" if len(failed) > 1 else ""
        return Verdict(CHECK, "falls", f"{first.name}: {first.detail}{more}", 0.0)
    passed = sum(check.status == "pass" and check.name not in GROUNDWORK for check in checks)
    skipped = [check for check in checks if check.status == "not_run"]
    reasons = "; ".join(f"{check.name}: {check.detail}" for check in skipped[:3])
    if passed:
        note = f"; not run: {reasons}" if skipped else ""
        return Verdict(CHECK, "stands", f"{passed} checks passed, none failed{note}", (passed + 1) / (passed + 2))
    return Verdict(CHECK, "unsure", reasons or "no example and no test says what the program should compute")
