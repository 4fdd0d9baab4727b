"""Recorded answers of real models, replayed without keys: what a verified pick of two is worth beside each alone."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from cothink.core.errors import SettingError
from cothink.evaluation.code_tasks import CodeTask, RecordedAnswer
from cothink.verify.program.check import Task, check_program
from cothink.verify.program.report import ProgramReport
from cothink.verify.sandbox.config import Limits
from cothink.verify.sandbox.sandbox import Sandbox

LIMITS = Limits(wall_s=8, cpu_s=8)


@dataclass(frozen=True, slots=True)
class Replayed:
    """One task: whether each alone is right, whether the pick is, and whether the second was asked."""

    task: str
    first: bool
    second: bool
    picked: bool
    asked: bool


def models(answers: Sequence[RecordedAnswer]) -> dict[str, int]:
    """The recorded models and how many graded answers each has."""
    found: dict[str, int] = {}
    for answer in answers:
        for model in answer.models if answer.right is not None else ():
            found[model] = found.get(model, 0) + 1
    return dict(sorted(found.items(), key=lambda item: -item[1]))


async def replay_pair(
    chosen: Sequence[CodeTask], answers: Sequence[RecordedAnswer], pair: tuple[str, str], sandbox: Sandbox
) -> list[Replayed]:
    """The first model answers; where the verifier refuses that, the second's answer is taken if it scores higher.

    Args:
        chosen: The tasks.
        answers: What was recorded.
        pair: The cheap model and the dear one.
        sandbox: Where the verifier runs; it never sees a grade.

    Raises:
        SettingError: A model is not among the recorded ones.
    """
    known = models(answers)
    for name in pair:
        if name not in known:
            near = ", ".join(list(known)[:12])
            raise SettingError(f"No answers of {name!r} were recorded; there are {near} …", param="replay")
    by_model = {
        (model, answer.name): answer for answer in answers if answer.right is not None for model in answer.models
    }
    both = [task for task in chosen if all((name, task.name) in by_model for name in pair)]
    turns = asyncio.Semaphore(4)

    async def one(task: CodeTask) -> Replayed:
        first, second = (by_model[name, task.name] for name in pair)
        async with turns:
            judged = await _judge(task, first, sandbox)
            asked = judged.verdict == "fail"
            other = await _judge(task, second, sandbox) if asked else judged
        takes_second = asked and other.score >= judged.score
        picked = second if takes_second else first
        return Replayed(task.name, bool(first.right), bool(second.right), bool(picked.right), asked)

    return list(await asyncio.gather(*(one(task) for task in both)))


async def _judge(task: CodeTask, answer: RecordedAnswer, sandbox: Sandbox) -> ProgramReport:
    return await check_program(Task(task.prompt, task.entry_point), answer.program, sandbox=sandbox, limits=LIMITS)
