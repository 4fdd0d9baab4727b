"""What models know of a task, called up against one program: programs of their own, and tests that they agree on.

A single witness proves little: a program is refused only where two that were made apart agree and it differs.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from cothink.core.answer import collect
from cothink.core.engine import Model
from cothink.core.errors import CoThinkError
from cothink.core.messages import Message
from cothink.core.request import Request
from cothink.strategies.coding import prompts
from cothink.strategies.coding.proposals import Proposal, inputs_of, kept, merged, read
from cothink.verify import code_blocks
from cothink.verify.code_examples import examples
from cothink.verify.program.check import Task, check_program
from cothink.verify.program.compare import Outcomes, outcomes, same_outcome, shown
from cothink.verify.program.inputs import Input, inputs
from cothink.verify.program.report import ProgramCheck, ProgramReport
from cothink.verify.program.shape import shape
from cothink.verify.sandbox.config import Limits
from cothink.verify.sandbox.sandbox import Sandbox

AGREE = 2
LEAST_DIFFERENT = 1
DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class Witnesses:
    """What was got from the models for one task.

    Args:
        programs: Programs of their own that no check refuses.
        tests: Proposed tests that agree, see `proposals.kept`.
        made: The inputs on which programs are compared.
        results: What each of the programs gave for them.
    """

    programs: tuple[str, ...]
    tests: tuple[Proposal, ...]
    made: tuple[Input, ...]
    results: tuple[Outcomes, ...]


@dataclass(frozen=True, slots=True)
class Witnessing:
    """Asks models and judges with what they say.

    Args:
        models: Who is asked.
        sandbox: Where programs run.
        samples: Programs that each model writes, the second and further ones drawn warm.
        tests: Tests that each is asked for; 0 asks for none.
        warm: The temperature of further samples.
        limits: Of one run in the sandbox.
    """

    models: tuple[Model, ...]
    sandbox: Sandbox
    samples: int = 2
    tests: int = 6
    warm: float = 0.7
    limits: Limits = DEFAULT

    async def call(self, request: Request, task: Task) -> Witnesses:
        """Ask every model. What cannot be had is left out.

        Args:
            request: A run for the calls; its words are not used.
            task: The task; without an entry point nobody can be compared.

        Raises:
            NotReady: The sandbox cannot run programs here.
        """
        name = task.entry_point
        if name is None:
            return Witnesses((), (), (), ())
        texts = await asyncio.gather(
            *(
                self._ask(request, model, number, _words(task))
                for model in self.models
                for number in range(self.samples)
            )
        )
        programs = []
        for text in texts:
            report = await check_program(task, text, sandbox=self.sandbox, limits=self.limits) if text else None
            if report is not None and report.verdict != "fail" and code_blocks.parse_fault(report.program) is None:
                programs.append(report.program)
        told = shape(task.prompt, name, examples(task.prompt, name))
        made = tuple(one for one in inputs(told) if one.kind != "edge")
        results = [await self._run(program, name, made) for program in programs]
        tests = await self._tests(request, task, name, programs) if self.tests else ()
        return Witnesses(tuple(programs), tests, made, tuple(results))

    async def judge(self, task: Task, program: str, witnesses: Witnesses) -> ProgramReport:
        """Judge a program with the checks of `check_program` and with the witnesses.

        Raises:
            NotReady: The sandbox cannot run programs here.
        """
        proposed = "\n".join(one.line(task.entry_point or "") for one in witnesses.tests)
        joined = "\n".join(part for part in (task.tests, proposed) if part) or None
        asked = Task(task.prompt, task.entry_point, joined)
        report = await check_program(asked, program, sandbox=self.sandbox, limits=self.limits)
        if report.verdict == "fail" or task.entry_point is None or not witnesses.made:
            return report
        own = await self._run(report.program, task.entry_point, witnesses.made)
        return _with(report, against(own, witnesses))

    async def _ask(self, request: Request, model: Model, number: int, words: str) -> str:
        sub = request.ask((Message("user", words),), sample=number)
        if number:
            sub = msgspec.structs.replace(sub, sampling=msgspec.structs.replace(sub.sampling, temperature=self.warm))
        try:
            return (await collect(model.engine.stream(sub))).text
        except CoThinkError as error:
            request.run.warn(f"{model.name} could not be asked: {error.message}")
            return ""

    async def _tests(self, request: Request, task: Task, name: str, programs: Sequence[str]) -> tuple[Proposal, ...]:
        asked = prompts.tests(task.prompt, name, self.tests)[0].text
        texts = await asyncio.gather(*(self._ask(request, model, 0, asked) for model in self.models))
        found = [
            one
            for model, text in zip(self.models, texts, strict=True)
            for one in read(text, name, model.name, self.tests)
        ]
        proposals = merged(found)
        ran = [await self._run(program, name, inputs_of(proposals)) for program in programs]
        told = shape(task.prompt, name, examples(task.prompt, name))
        known = {repr(call): result for call, result in zip(told.calls, told.results, strict=True)}
        return tuple(kept(proposals, ran, known)) if len(programs) >= AGREE else ()

    async def _run(self, program: str, name: str, made: Sequence[Input]) -> Outcomes:
        return await outcomes(program, name, made, sandbox=self.sandbox, limits=self.limits)


def against(own: Outcomes, witnesses: Witnesses) -> ProgramCheck:
    """Compare a program's results with what the witnesses agree on."""
    if len(witnesses.programs) < AGREE:
        return ProgramCheck("witnesses", "not_run", f"{len(witnesses.programs)} programs of the models stand; 2 must")
    agreed, different = 0, []
    for outcome in own:
        number = int(outcome["probe"])
        others = [results[number] for results in witnesses.results if number < len(results)]
        valid = [other for other in others if other["kind"] == "value"]
        if len(valid) < AGREE or any(not same_outcome(valid[0], other) for other in valid[1:]):
            continue
        agreed += 1
        if not same_outcome(valid[0], outcome):
            arguments = repr(witnesses.made[number].arguments)[:150]
            different.append(f"{arguments}: {shown(outcome)}, and the models' programs give {shown(valid[0])}")
    if len(different) >= LEAST_DIFFERENT:
        return ProgramCheck("witnesses", "fail", f"differs on {len(different)} of {agreed} inputs; {different[0]}")
    if not agreed:
        return ProgramCheck("witnesses", "not_run", "the models' programs agree on no input")
    return ProgramCheck("witnesses", "pass", f"same results as {len(witnesses.programs)} programs on {agreed} inputs")


def _with(report: ProgramReport, check: ProgramCheck) -> ProgramReport:
    checks = (*report.checks, check)
    if check.status == "fail":
        return msgspec.structs.replace(report, checks=checks, verdict="fail", score=min(report.score, 0.3))
    if check.status == "pass":
        verdict = "pass" if report.verdict == "unsure" else report.verdict
        return msgspec.structs.replace(report, checks=checks, verdict=verdict, score=max(report.score, 0.9))
    return msgspec.structs.replace(report, checks=checks)


def _words(task: Task) -> str:
    """The task as a question."""
    name = task.entry_point
    named = "" if name and f"def {name}" in task.prompt else f" The function's name is `{name}`."
    return (
        f"{task.prompt}\n\nWrite this in Python.{named} Answer with one Python code block that holds the whole program."
    )
