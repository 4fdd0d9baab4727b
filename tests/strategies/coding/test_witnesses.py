"""Programs of the models as witnesses, in the real sandbox."""

from collections.abc import AsyncIterator

import pytest

from cothink.core.errors import UpstreamUnreachable
from cothink.strategies.coding.witnesses import Witnessing
from cothink.verify.program.check import Task
from cothink.verify.program.report import ProgramReport
from cothink.verify.sandbox.config import Limits, SandboxConfig
from cothink.verify.sandbox.sandbox import Sandbox
from strategies.scripted import Said, Scripted, ask, model
from verify.conftest import _bubblewrap

__all__ = ["_bubblewrap"]
pytestmark = pytest.mark.needs_bubblewrap
TASK = Task('def top(xs):\n    """The second largest.\n    >>> top([1, 2, 3])\n    2\n    """\n', "top")
RIGHT = "```python\ndef top(xs):\n    return sorted(xs)[-2]\n```"
OTHER = "```python\ndef top(xs):\n    return sorted(xs)[len(xs) - 2]\n```"
FOOLED = "def top(xs): return xs[1]"
TESTS = "assert top([5, 4]) == 4\nassert top([3, 1, 2]) == 2"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxConfig(warm_cells=1)) as made:
        yield made


async def judged(sandbox: Sandbox, program: str, r1: list[Said], pro: list[Said], task: Task = TASK) -> ProgramReport:
    court = Witnessing(
        (model("r1", Scripted(*r1)), model("pro", Scripted(*pro))), sandbox, samples=1, limits=Limits(wall_s=3, cpu_s=3)
    )
    return await court.judge(task, program, await court.call(ask("x"), task))


def last(report: ProgramReport) -> tuple[str, str]:
    return report.checks[-1].name, report.checks[-1].status


async def test_a_program_that_two_witnesses_contradict_is_refused(sandbox: Sandbox) -> None:
    report = await judged(sandbox, FOOLED, [RIGHT, "no"], [OTHER, "no"])
    assert (report.verdict, last(report)) == ("fail", ("witnesses", "fail"))
    assert "the models' programs give" in report.evidence


async def test_a_right_program_passes_and_gains(sandbox: Sandbox) -> None:
    report = await judged(sandbox, "def top(xs): return sorted(xs, reverse=True)[1]", [RIGHT, TESTS], [OTHER, TESTS])
    assert (report.verdict, last(report)) == ("pass", ("witnesses", "pass"))
    assert report.score >= 0.9


async def test_proposed_tests_that_agree_are_run(sandbox: Sandbox) -> None:
    report = await judged(sandbox, FOOLED, [RIGHT, TESTS], [OTHER, TESTS])
    assert report.verdict == "fail"
    assert any(check.name.startswith("test line") and check.status == "fail" for check in report.checks)


async def test_one_witness_decides_nothing(sandbox: Sandbox) -> None:
    report = await judged(sandbox, FOOLED, [RIGHT, TESTS], [UpstreamUnreachable("away")])
    assert (report.verdict, last(report)) == ("pass", ("witnesses", "not_run"))


async def test_a_witness_that_fails_the_examples_is_not_heard(sandbox: Sandbox) -> None:
    report = await judged(sandbox, FOOLED, ["```python\ndef top(xs): return 7\n```", "no"], [RIGHT, "no"])
    assert last(report) == ("witnesses", "not_run")


async def test_without_a_function_nobody_is_asked(sandbox: Sandbox) -> None:
    task = Task("Say hello.")
    report = await judged(sandbox, "print('hello')", [RIGHT], [RIGHT], task)
    assert report.verdict == "unsure"
