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
        (model("r1", Scripted(*r1)), model("pro", Scripted(*pro))), sandbox, samples=2, limits=Limits(wall_s=3, cpu_s=3)
    )
    return await court.judge(task, program, await court.call(ask("x"), task))


def last(report: ProgramReport) -> tuple[str, str]:
    return report.checks[-1].name, report.checks[-1].status


async def test_a_program_that_most_witnesses_contradict_is_refused(sandbox: Sandbox) -> None:
    report = await judged(sandbox, FOOLED, [RIGHT, RIGHT, "no"], [OTHER, OTHER, "no"])
    assert (report.verdict, last(report)) == ("fail", ("witnesses", "fail"))
    assert "most of the models' programs give" in report.evidence


async def test_a_right_program_passes_and_gains(sandbox: Sandbox) -> None:
    report = await judged(
        sandbox, "def top(xs): return sorted(xs, reverse=True)[1]", [RIGHT, RIGHT, TESTS], [OTHER, OTHER, TESTS]
    )
    assert (report.verdict, last(report)) == ("pass", ("witnesses", "pass"))
    assert report.score >= 0.9


async def test_a_proposed_test_that_fails_is_a_doubt_and_refuses_nothing_alone(sandbox: Sandbox) -> None:
    report = await judged(sandbox, FOOLED, [RIGHT, RIGHT, TESTS], [UpstreamUnreachable("away")])
    assert report.verdict == "pass"
    assert any(check.name == "proposed tests" and check.status == "doubt" for check in report.checks)
    assert report.score <= 0.7


async def test_one_witness_of_four_that_errs_does_not_matter(sandbox: Sandbox) -> None:
    odd = "```python\ndef top(xs):\n    return xs[1]\n```"
    right = await judged(sandbox, "def top(xs): return sorted(xs)[-2]", [RIGHT, odd, "no"], [OTHER, OTHER, "no"])
    assert (right.verdict, last(right)) == ("pass", ("witnesses", "pass"))


async def test_two_witnesses_decide_nothing(sandbox: Sandbox) -> None:
    report = await judged(sandbox, FOOLED, [RIGHT, RIGHT, "no"], [UpstreamUnreachable("away")])
    assert (report.verdict, last(report)) == ("pass", ("witnesses", "not_run"))


async def test_a_witness_that_fails_the_examples_is_not_heard(sandbox: Sandbox) -> None:
    report = await judged(
        sandbox,
        FOOLED,
        ["```python\ndef top(xs): return 7\n```", RIGHT, "no"],
        [RIGHT, "```python\ndef top(xs): return 7\n```", "no"],
    )
    assert last(report) == ("witnesses", "not_run")


async def test_without_a_function_nobody_is_asked(sandbox: Sandbox) -> None:
    task = Task("Say hello.")
    report = await judged(sandbox, "print('hello')", [RIGHT], [RIGHT], task)
    assert report.verdict == "unsure"
