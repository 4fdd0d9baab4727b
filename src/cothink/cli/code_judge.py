"""What judges a program in a command: the verifier alone, or with models as witnesses where some are bound."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cothink.settings import Settings
    from cothink.strategies.coding.witnesses import Witnesses, Witnessing
    from cothink.verify.program.batch import Judge
    from cothink.verify.program.check import Task
    from cothink.verify.program.report import ProgramReport

MOST_CALLS = 12
MOST_TOKENS = 1_500


@asynccontextmanager
async def judge(settings: "Settings", *, jobs: int, with_models: bool) -> "AsyncIterator[Judge]":
    """Give what judges; the sandbox and the models end with the block.

    Args:
        settings: Their bound roles are the witnesses.
        jobs: Programs at the same time.
        with_models: Ask the models, where any are bound.
    """
    import dataclasses

    from cothink.cli.workshop import workshop
    from cothink.strategies.coding.witnesses import Witnessing
    from cothink.verify.program.check import check_program
    from cothink.verify.sandbox.sandbox import Sandbox

    running = max(settings.sandbox.running, jobs)
    settings = dataclasses.replace(settings, sandbox=dataclasses.replace(settings.sandbox, running=running))
    if not (with_models and settings.bound()):
        async with Sandbox(settings.sandbox) as sandbox:

            async def alone(task: "Task", program: str) -> "ProgramReport":
                return await check_program(task, program, sandbox=sandbox)

            yield alone
        return
    async with workshop(settings) as shop:
        roles = [model for model in shop.directory.models() if model.name in ("r1", "pro")]
        yield _Court(Witnessing(tuple(roles), shop.sandbox, limits=settings.sandbox.limits)).judge


class _Court:
    """Calls the witnesses of each task once, however many programs there are for it."""

    def __init__(self, witnessing: "Witnessing") -> None:
        self._witnessing = witnessing
        self._called: dict[tuple[str, str | None], asyncio.Task[Witnesses]] = {}

    async def judge(self, task: "Task", program: str) -> "ProgramReport":
        """Judge one program."""
        from cothink.cli.workshop import request
        from cothink.core.ledger import Limits
        from cothink.core.request import Sampling

        key = (task.prompt, task.entry_point)
        if key not in self._called:
            sampling = Sampling(temperature=0.0, max_tokens=MOST_TOKENS)
            asked = request("verify", task.prompt, limits=Limits(calls=MOST_CALLS), sampling=sampling, tell=_nobody)
            self._called[key] = asyncio.create_task(self._witnessing.call(asked, task))
        return await self._witnessing.judge(task, program, await self._called[key])


def _nobody(words: str) -> None:
    """Take words of progress that nobody reads."""
