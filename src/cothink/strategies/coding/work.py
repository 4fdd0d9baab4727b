"""One task of the coding team: skeleton, holes, joint verification, at most two repairs, a choice, a report."""

from dataclasses import dataclass, field

import msgspec

from cothink.core.answer import Answer, collect
from cothink.core.engine import Model
from cothink.core.errors import CoThinkError
from cothink.core.request import Request
from cothink.strategies.coding import prompts
from cothink.strategies.coding.checker import Checker
from cothink.strategies.coding.choice import tell_apart
from cothink.strategies.coding.config import CodingConfig
from cothink.strategies.coding.filling import fill_holes
from cothink.strategies.coding.report import CodingReport, candidate, with_markdown
from cothink.strategies.coding.task import CodingTask
from cothink.strategies.coding.testing import propose
from cothink.strategies.expert import RAN_OUT, within
from cothink.strategies.members import Members
from cothink.strategies.prompts import Messages
from cothink.verify import code_blocks
from cothink.verify.program.report import ProgramReport

THEIR_WORD = "only tests that the models proposed themselves say what it should compute"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A program that was tried: whose it is, the checks' report, and the answer that it came from."""

    by: str
    report: ProgramReport
    answer: Answer

    @property
    def code(self) -> str:
        """The program."""
        return self.report.program


@dataclass(slots=True)
class Work:
    """The state of one task.

    Args:
        request: The client's.
        task: What it asks for.
        team: Both models.
        checker: Checks candidates.
        config: See `CodingConfig`.
    """

    request: Request
    task: CodingTask
    team: Members
    checker: Checker
    config: CodingConfig
    candidates: list[Candidate] = field(default_factory=list)
    repairs: int = 0
    holes: list[str] = field(default_factory=list)
    proposed: str = ""
    tests_told: str = ""
    speed: str = ""
    only_proposed: bool = False
    failure: CoThinkError | None = None

    async def done(self) -> CodingReport:
        """Do the work and report.

        Raises:
            CoThinkError: No model said anything.
        """
        first = await self._skeleton()
        if first is not None and first.report.verdict != "fail":
            first = await self._tested(first)
        if first is None or first.report.verdict == "fail":
            await self._by_pro(first)
        elif self._fills(first.code):
            await fill_holes(self, first)
        await self._repair()
        return self._report(await self._best())

    async def ask(self, model: Model, messages: Messages, step: str, sample: int = 0) -> Answer | None:
        """One sub-call; None where there is no answer, which the report then says."""
        run = self.request.run
        run.progress.note(f"{model.name}: {step}")
        sub = self._warmer(self.request.ask(messages, sample=sample), model)
        unable = self.team.pro_unable(sub) if model is self.team.pro else None
        if unable is not None:
            run.warn(f"{model.name} was not asked ({step}): {unable}.")
            return None
        try:
            answer = await within(run, collect(model.engine.stream(sub)))
        except CoThinkError as error:
            if isinstance(error, RAN_OUT):
                run.stopped_by = run.stopped_by or error.code
            run.trace.note("sub_call_failed", {"code": error.code, "words": step})
            run.warn(f"{model.name} could not be asked ({step}): {error.message}")
            self.failure = error
            return None
        tokens = answer.usage.completion_tokens if answer.usage else 0
        run.trace.note("coded", {"by": model.name, "step": step, "finish": answer.finish, "tokens": tokens})
        return answer

    def _warmer(self, sub: Request, model: Model) -> Request:
        """A further try is drawn warm, so that it can differ from the one that failed."""
        cold = sub.sampling.temperature is not None and sub.sampling.temperature < self.team.config.sample_temperature
        if not sub.sample or not cold or not model.capabilities.sampling:
            return sub
        sampling = msgspec.structs.replace(sub.sampling, temperature=self.team.config.sample_temperature)
        return msgspec.structs.replace(sub, sampling=sampling)

    async def judged(self, by: str, answer: Answer, code: str | None = None) -> Candidate:
        """Check a program and keep it among the candidates."""
        self.request.run.progress.note(f"Checking the program by {by}")
        report = await self.checker.check(self.task, code or answer.text, self.proposed)
        made = Candidate(by, report, answer)
        self.candidates.append(made)
        self.request.run.trace.note("candidate", {"by": by, "verdict": report.verdict, "evidence": report.evidence})
        return made

    async def _skeleton(self) -> Candidate | None:
        unable = self.team.r1_unable(self.team.draft_request(self.request))
        if unable is not None:
            self.request.run.warn(f"R1 was not asked: {unable}.")
            return None
        marked = self.config.fill == "always" or (self.config.fill == "auto" and self.task.wants_speed)
        asked = prompts.skeleton(self.request.messages, self.task.language, marked=marked)
        for number in range(self.config.r1_tries):
            answer = await self.ask(self.team.r1, asked, "writes the skeleton", sample=number)
            if answer is None:
                break
            by = "r1" if not number else f"r1, try {number + 1}"
            if (await self.judged(by, answer)).report.verdict != "fail":
                return self.candidates[-1]
        return max(self.candidates, key=lambda one: one.report.score, default=None)

    def _fills(self, code: str) -> bool:
        """Whether the pro is to fill what is slow in a program that stands."""
        if self.config.fill == "auto":
            return self.task.wants_speed or len(code.splitlines()) > self.config.small_lines
        return self.config.fill == "always"

    async def _tested(self, first: Candidate) -> Candidate:
        """Have both models propose tests where the task shows too little, and check the skeleton with what is kept."""
        wanted = self.config.tests == "always" or (self.config.tests == "auto" and first.report.verdict == "unsure")
        if not wanted or self.task.language != "python" or self.task.task.entry_point is None:
            return first
        self.proposed, self.tests_told = await propose(self, first)
        if not self.proposed:
            return first
        self.candidates.remove(first)
        self.only_proposed = first.report.verdict == "unsure"
        return await self.judged(first.by, first.answer)

    async def _by_pro(self, first: Candidate | None) -> None:
        """The skeleton is no good: the pro writes the whole, with what the check found."""
        asked = prompts.whole(self.request.messages, self.task.language, first.report.evidence if first else "")
        answer = await self.ask(self.team.pro, asked, "writes it whole")
        if answer is not None:
            await self.judged("pro", answer)

    async def _repair(self) -> None:
        """While nothing passes: mend the last program, with the failing check as evidence.

        A repair that leaves the same fault is the last. Tests that the models made up are no reason to pay for one.
        """
        while self.repairs < self.config.repairs and self.candidates and not self.only_proposed:
            last = self.candidates[-1]
            if any(one.report.verdict != "fail" for one in self.candidates):
                return
            self.repairs += 1
            asked = prompts.repair(self.request.messages, last.answer.text, last.report.evidence)
            answer = await self.ask(self.team.pro, asked, f"repair {self.repairs}", sample=self.repairs)
            if answer is None:
                return
            if not _has_code(answer.text, self.task.language):
                self.request.run.warn("The pro answered in prose where code was asked for.")
            mended = await self.judged(f"pro, repair {self.repairs}", answer)
            if mended.report.evidence == last.report.evidence:
                return

    async def _best(self) -> Candidate:
        """The candidate that is given: by verdict, where several pass by inputs that tell them apart, then by score."""
        if not self.candidates:
            raise self.failure or CoThinkError("No model wrote a program.")
        rank = {"pass": 2, "unsure": 1, "fail": 0}
        top = max(rank[one.report.verdict] for one in self.candidates)
        best = [one for one in self.candidates if rank[one.report.verdict] == top]
        if len(best) > 1 and top > 0 and self.config.choose:
            return await tell_apart(self, best)
        return max(reversed(best), key=lambda one: one.report.score)

    def _report(self, best: Candidate) -> CodingReport:
        """The report; where nobody but the models says what is right, a pass is no more than their word."""
        is_their_word = self.only_proposed and best.report.verdict == "pass"
        more = (THEIR_WORD,) if is_their_word else ()
        return with_markdown(
            CodingReport(
                verdict="unsure" if is_their_word else best.report.verdict,
                score=best.report.score,
                by=best.by,
                language=self.task.language,
                checks=best.report.checks,
                not_covered=(*more, *best.report.not_covered),
                candidates=tuple(candidate(one.by, one.report) for one in self.candidates),
                holes=tuple(self.holes),
                tests=self.tests_told,
                repairs=self.repairs,
                speed=self.speed,
                program=best.code,
            )
        )


def _has_code(text: str, language: str) -> bool:
    """Whether an answer holds code: a block, or bare Python."""
    if code_blocks.blocks(text):
        return True
    return language == "python" and code_blocks.parse_fault(text) is None
