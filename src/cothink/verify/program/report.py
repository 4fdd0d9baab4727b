"""What the verifier says of one program: verdict, score, every check, and what was not covered."""

from typing import Literal

import msgspec

from cothink.verify.code_report import CheckStatus, CodeCheck

Word = Literal["pass", "fail", "unsure"]


class ProgramCheck(msgspec.Struct, frozen=True):
    """One check. ``doubt`` counts in the score and decides nothing alone."""

    name: str
    status: CheckStatus
    detail: str


class ProgramReport(msgspec.Struct, frozen=True, kw_only=True):
    """The whole judgement of one program.

    Args:
        verdict: ``fail`` where a check failed or the score is low, ``pass`` where something that it computes was
            compared and nothing speaks against it, else ``unsure``.
        score: How likely it is right, 0 to 1.
        checks: In the order in which they were made.
        not_covered: What was not checked, in words.
        program: The program as it was run, taken out of the answer.
        wall_s: Seconds in the sandbox.
    """

    verdict: Word
    score: float
    checks: tuple[ProgramCheck, ...]
    not_covered: tuple[str, ...] = ()
    program: str = ""
    wall_s: float = 0.0

    @property
    def evidence(self) -> str:
        """What speaks most against it, else for it, in one line."""
        for status in ("fail", "doubt"):
            found = [check for check in self.checks if check.status == status]
            if found:
                more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
                return f"{found[0].name}: {found[0].detail}{more}"
        passed = sum(check.status == "pass" for check in self.checks)
        return f"{passed} checks passed, none failed"


def listed(check: CodeCheck) -> ProgramCheck:
    """A check of the sandbox session in the report's form."""
    return ProgramCheck(check.name, check.status, check.detail)
