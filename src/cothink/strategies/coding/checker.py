"""Runs every check of one candidate: the verifier, the kept tests, lint and types, or another language's own checks."""

import dataclasses
from dataclasses import dataclass

import msgspec

from cothink.core.errors import NotReady
from cothink.strategies.coding.config import CodingConfig
from cothink.strategies.coding.task import CodingTask
from cothink.verify import code_blocks
from cothink.verify.lint import lint
from cothink.verify.program.check import Task, check_program
from cothink.verify.program.report import ProgramCheck, ProgramReport
from cothink.verify.sandbox.config import Limits
from cothink.verify.sandbox.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks candidates.

    Args:
        sandbox: Where they run.
        config: See `CodingConfig`.
    """

    sandbox: Sandbox
    config: CodingConfig

    @property
    def limits(self) -> Limits:
        """Of one run."""
        return dataclasses.replace(self.sandbox.config.limits, wall_s=self.config.run_s, cpu_s=self.config.run_s)

    async def check(self, task: CodingTask, answer: str, proposed: str = "") -> ProgramReport:
        """Check one candidate.

        Args:
            task: What was asked.
            answer: The model's words, or bare code.
            proposed: Tests that were kept of those that the models proposed, as lines.
        """
        if task.language != "python":
            return await self._other(task, answer)
        tests = "\n".join(part for part in (task.task.tests, proposed) if part) or None
        asked = Task(task.task.prompt, task.task.entry_point, tests)
        try:
            report = await check_program(asked, answer, sandbox=self.sandbox, limits=self.limits)
        except NotReady as error:
            report = self._unrun(asked, answer, error.message)
        if not self.config.lint or not report.program or code_blocks.parse_fault(report.program) is not None:
            return report
        found = await lint(report.program)
        return _joined(report, found)

    def _unrun(self, task: Task, answer: str, why: str) -> ProgramReport:
        """Where nothing can be run: what the text alone says."""
        code = code_blocks.completed(task.prompt, code_blocks.program(answer, task.entry_point).code, task.entry_point)
        fault = code_blocks.parse_fault(code)
        if fault is not None:
            check = ProgramCheck("syntax", "fail", f"the program does not parse: {fault}")
            return ProgramReport(verdict="fail", score=0.02, checks=(check,), program=code)
        checks = (ProgramCheck("syntax", "pass", "the program parses"), ProgramCheck("run", "not_run", why))
        return ProgramReport(verdict="unsure", score=0.5, checks=checks, not_covered=(f"run: {why}",), program=code)

    async def _other(self, task: CodingTask, answer: str) -> ProgramReport:
        from cothink.verify.languages.check import check_language

        return await check_language(task.language, answer, task.task.tests, sandbox=self.sandbox, limits=self.limits)


def _joined(report: ProgramReport, found: tuple[ProgramCheck, ...]) -> ProgramReport:
    failed = any(check.status == "fail" for check in found)
    return msgspec.structs.replace(
        report,
        checks=(*report.checks, *found),
        verdict="fail" if failed else report.verdict,
        score=min(report.score, 0.1) if failed else report.score,
        not_covered=(
            *report.not_covered,
            *(f"{check.name}: {check.detail}" for check in found if check.status == "not_run"),
        ),
    )
