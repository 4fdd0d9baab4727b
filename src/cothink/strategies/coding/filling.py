"""The pro fills the holes of a skeleton; a filling stays only where it gives the skeleton's own results."""

from typing import TYPE_CHECKING

from cothink.strategies.coding import prompts
from cothink.strategies.coding.skeleton import Hole, Misfit, context, filled, holes
from cothink.verify import code_blocks
from cothink.verify.code_examples import examples
from cothink.verify.program.compare import difference, grown, outcomes, speed_words, timed
from cothink.verify.program.inputs import Input, inputs
from cothink.verify.program.shape import Shape, shape

if TYPE_CHECKING:
    from cothink.strategies.coding.work import Candidate, Work


async def fill_holes(work: "Work", first: "Candidate") -> None:
    """Ask the pro for each hole in turn; what fits and passes becomes a candidate by both.

    Args:
        work: The task; gets what was tried in words, and the candidate.
        first: R1's program, which passed or could not be judged.
    """
    if work.task.language != "python" or not work.config.most_holes:
        return
    found = holes(first.code, most=work.config.most_holes, least_weight=work.config.hole_weight)
    current = first
    for hole in found:
        made = await _fill(work, current, hole)
        current = made or current
    if current is not first:
        await _measure(work, first, current)


async def _fill(work: "Work", current: "Candidate", hole: Hole) -> "Candidate | None":
    """One hole: asked, fitted, compared, with a repair where one is left."""
    asked = prompts.fill(hole, context(current.code, hole.name, work.config.largest_context))
    answer = await work.ask(work.team.pro, asked, f"fills {hole.name}")
    while answer is not None:
        fault = ""
        try:
            code = filled(current.code, hole.name, _code(answer.text, hole.name))
        except Misfit as misfit:
            fault = str(misfit)
        else:
            fault = await _differs(work, current.code, code, hole.name)
            if not fault:
                made = await work.judged("r1 and pro", answer, code)
                if made.report.verdict in {current.report.verdict, "pass"}:
                    work.holes.append(f"{hole.name}: filled by the pro ({hole.reason})")
                    return made
                fault = made.report.evidence
        if work.repairs >= work.config.repairs:
            work.holes.append(f"{hole.name}: kept as R1 wrote it; {fault}")
            return None
        work.repairs += 1
        asked = prompts.repair(asked, answer.text, fault)
        answer = await work.ask(work.team.pro, asked, f"repair {work.repairs} of {hole.name}", sample=work.repairs)
    work.holes.append(f"{hole.name}: kept as R1 wrote it; the pro gave no answer")
    return None


def _code(text: str, name: str) -> str:
    """The code of an answer; prose without any is told as such.

    Raises:
        Misfit: There is no code.
    """
    block = code_blocks.program(text, name)
    if not code_blocks.blocks(text) and code_blocks.parse_fault(text) is not None:
        raise Misfit("the pro answered in prose where code was asked for")
    return block.code


async def _differs(work: "Work", before: str, after: str, name: str) -> str:
    """Where the filled program gives other results than the skeleton, in words; empty where it gives the same."""
    made = made_inputs(work, before, name)
    if not made or not (await work.checker.sandbox.available()).ok:
        return ""
    first = await outcomes(before, name, made, sandbox=work.checker.sandbox, limits=work.checker.limits)
    second = await outcomes(after, name, made, sandbox=work.checker.sandbox, limits=work.checker.limits)
    found = difference(made, first, second)
    if found.differ:
        return (
            f"results differ from the plain version on {len(found.differ)} of {found.tried} inputs: {found.differ[0]}"
        )
    if len(second) < len(first):
        return f"it ended or hung on input {len(second) + 1} of {len(first)}, where the plain version gave a result"
    return ""


def made_inputs(work: "Work", code: str, name: str) -> tuple[Input, ...]:
    """Inputs for a function: from the task's examples where it is the one asked for, else by its annotations."""
    return inputs(told_shape(work, code, name))


def told_shape(work: "Work", code: str, name: str) -> Shape:
    """What is known of a function: the task's words for the one asked for, else the program's own annotations."""
    if name == work.task.task.entry_point:
        told = shape(work.task.task.prompt, name, examples(work.task.task.prompt, name))
        if told.calls or (told.parameters and all(told.types)):
            return told
    return shape(code, name, ())


async def _measure(work: "Work", first: "Candidate", last: "Candidate") -> None:
    """Time and memory of skeleton and completed program on the same inputs, small and grown."""
    name = work.task.task.entry_point
    if name is None or not (await work.checker.sandbox.available()).ok:
        return
    shown = [one.arguments for one in made_inputs(work, first.code, name) if one.kind == "shown"]
    if not shown:
        return
    given = grown(shown)
    work.request.run.progress.note("Measuring time and memory of both")
    before = await timed(first.code, name, given, sandbox=work.checker.sandbox, limits=work.checker.limits)
    after = await timed(last.code, name, given, sandbox=work.checker.sandbox, limits=work.checker.limits)
    work.speed = speed_words(before, after)
