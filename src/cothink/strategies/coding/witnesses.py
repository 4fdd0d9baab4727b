"""What models know of a task, called up against one program: programs of their own, and tests that they agree on.

A single witness proves little: a program is refused only where most of at least three agree and it differs. A proposed
test that it fails is a doubt: alone such tests refuse one right program in six (docs/decisions/code.md).
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from cothink.core.answer import collect
from cothink.core.engine import Model
from cothink.core.errors import CoThinkError
from cothink.core.messages import Message
from cothink.core.request import Request
from cothink.strategies.coding import prompts
from cothink.strategies.coding.proposals import Proposal, gave, inputs_of, kept, merged, read
from cothink.verify import code_blocks
from cothink.verify.code_examples import examples
from cothink.verify.program.check import Task, check_program
from cothink.verify.program.compare import Outcomes, outcomes, same_outcome, shown
from cothink.verify.program.inputs import Input, inputs
from cothink.verify.program.report import ProgramCheck, ProgramReport
from cothink.verify.program.shape import shape
from cothink.verify.sandbox.config import Limits
from cothink.verify.sandbox.sandbox import Sandbox

AGREE = 2  # programs by which a proposed test must hold
LEAST = 3  # witnesses that must have a result before most of them count
REFUSED, DOUBTED, CONFIRMED = 0.3, 0.7, 0.9  # how far a score may go after what witnesses said
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
        report = await check_program(task, program, sandbox=self.sandbox, limits=self.limits)
        name = task.entry_point
        if report.verdict == "fail" or name is None:
            return report
        if witnesses.tests:
            results = await self._run(report.program, name, inputs_of(witnesses.tests))
            report = _with(report, proposed(results, witnesses.tests))
        if not witnesses.made:
            return report
        return _with(report, against(await self._run(report.program, name, witnesses.made), witnesses))

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


def proposed(results: Outcomes, tests: Sequence[Proposal]) -> ProgramCheck:
    """What the tests that models proposed say of a program."""
    failed = [one for one in results if not gave(one, tests[int(one["probe"])].want)]
    if failed:
        return ProgramCheck(
            "proposed tests", "doubt", f"{len(failed)} of {len(tests)} fail; it gives {shown(failed[0])}"
        )
    return ProgramCheck("proposed tests", "pass", f"{len(tests)} pass")


def against(own: Outcomes, witnesses: Witnesses) -> ProgramCheck:
    """Compare a program's results with what most witnesses agree on."""
    if len(witnesses.programs) < LEAST:
        return ProgramCheck("witnesses", "not_run", f"{len(witnesses.programs)} programs of the models stand; 3 must")
    agreed, different = 0, []
    for outcome in own:
        number = int(outcome["probe"])
        most = common([results[number] for results in witnesses.results if number < len(results)])
        if most is None:
            continue
        agreed += 1
        if not same_outcome(most, outcome):
            arguments = repr(witnesses.made[number].arguments)[:150]
            different.append(f"{arguments}: {shown(outcome)}, and most of the models' programs give {shown(most)}")
    if different:
        return ProgramCheck("witnesses", "fail", f"differs on {len(different)} of {agreed} inputs; {different[0]}")
    if not agreed:
        return ProgramCheck("witnesses", "not_run", "most of the models' programs agree on no input")
    return ProgramCheck(
        "witnesses", "pass", f"same results as most of {len(witnesses.programs)} programs on {agreed} inputs"
    )


def common(results: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the result that more than half of at least three witnesses give; None where there is none."""
    values = [one for one in results if one["kind"] == "value"]
    if len(values) < LEAST:
        return None
    counts = [sum(same_outcome(value, other) for other in values) for value in values]
    most = max(counts)
    return values[counts.index(most)] if 2 * most > len(values) else None


def _with(report: ProgramReport, check: ProgramCheck) -> ProgramReport:
    """Add what witnesses say: most of their programs may refuse or confirm, their tests only cast doubt."""
    verdict, score = report.verdict, report.score
    if check.status == "doubt":
        score = min(score, DOUBTED)
    elif check.name == "witnesses" and check.status == "fail":
        verdict, score = "fail", min(score, REFUSED)
    elif check.name == "witnesses" and check.status == "pass":
        is_doubted = any(one.name == "proposed tests" and one.status == "doubt" for one in report.checks)
        verdict, score = "pass", score if is_doubted else max(score, CONFIRMED)
    return msgspec.structs.replace(report, checks=(*report.checks, check), verdict=verdict, score=score)


def _words(task: Task) -> str:
    """The task as a question."""
    name = task.entry_point
    named = "" if name and f"def {name}" in task.prompt else f" The function's name is `{name}`."
    return (
        f"{task.prompt}\n\nWrite this in Python.{named} Answer with one Python code block that holds the whole program."
    )
