"""Whole judgements in the real sandbox."""

import pytest

from cothink.core.errors import BadRequest
from cothink.verify.program.check import Task, check_program
from cothink.verify.program.report import ProgramReport
from cothink.verify.sandbox.config import Limits
from cothink.verify.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.needs_bubblewrap
TASK = Task(
    'def top(arr, k):\n    """A sorted list of length k.\n    >>> top([1, 3, 2], 2)\n    [2, 3]\n    """\n',
    "top",
)
QUICK = Limits(wall_s=3, cpu_s=3)


async def verdict(sandbox: Sandbox, program: str, task: Task = TASK) -> ProgramReport:
    return await check_program(task, program, sandbox=sandbox, limits=QUICK)


def status(report: ProgramReport, name: str) -> str:
    return next(check.status for check in report.checks if check.name == name)


async def test_a_right_program_passes(sandbox: Sandbox) -> None:
    report = await verdict(sandbox, "def top(arr, k):\n    return sorted(arr)[len(arr) - k:] if k else []")
    assert (report.verdict, status(report, "inputs tried")) == ("pass", "pass")
    assert report.score > 0.5


async def test_a_failed_example_fails(sandbox: Sandbox) -> None:
    report = await verdict(sandbox, "def top(arr, k): return sorted(arr)[:k]")
    assert report.verdict == "fail"
    assert report.evidence.startswith("example 1: top([1, 3, 2], 2): expected [2, 3]")


async def test_a_broken_promise_is_found_where_every_example_passes(sandbox: Sandbox) -> None:
    report = await verdict(sandbox, "def top(arr, k): return sorted(arr)[-k:]")
    assert (report.verdict, status(report, "promise: length")) == ("fail", "fail")


async def test_an_undefined_name_fails_even_where_it_is_not_reached(sandbox: Sandbox) -> None:
    program = (
        "def top(arr, k):\n    if k > 100:\n        return nothing\n    return sorted(arr)[len(arr) - k:] if k else []"
    )
    assert status(await verdict(sandbox, program), "text: undefined name") == "fail"


async def test_a_hang_on_made_inputs_alone_is_a_doubt(sandbox: Sandbox) -> None:
    program = "def top(arr, k):\n    while k > 2: pass\n    return sorted(arr)[len(arr) - k:] if k else []"
    report = await check_program(TASK, program, sandbox=sandbox, limits=Limits(wall_s=1, cpu_s=1))
    assert "made inputs" in {check.name for check in report.checks if check.status == "doubt"}


async def test_without_examples_it_is_unsure_and_says_what_was_not_covered(sandbox: Sandbox) -> None:
    report = await verdict(sandbox, "def add(a, b): return a + b", Task("Add two numbers.", "add"))
    assert report.verdict == "unsure"
    assert "no example and no test says what it should compute" in report.not_covered


async def test_another_language_is_unsure_and_not_wrong(sandbox: Sandbox) -> None:
    report = await verdict(sandbox, "```rust\nfn top() {}\n```")
    assert report.verdict == "unsure"


async def test_a_round_trip_is_tried(sandbox: Sandbox) -> None:
    prompt = 'def encode_it(s):\n    return s[1:] + s[:1]\n\n\ndef decode_it(s):\n    """Undo encode_it."""\n'
    right = await verdict(sandbox, "def decode_it(s): return s[-1:] + s[:-1]", Task(prompt, "decode_it"))
    wrong = await verdict(sandbox, "def decode_it(s): return s[1:] + s[:1]", Task(prompt, "decode_it"))
    assert (right.verdict, wrong.verdict) == ("pass", "fail")


async def test_a_program_that_answers_differently_each_time_is_in_doubt(sandbox: Sandbox) -> None:
    program = "import random\ndef top(arr, k): return [2, 3] if (arr, k) == ([1, 3, 2], 2) else [random.random()] * k"
    assert status(await verdict(sandbox, program), "same result twice") == "doubt"


async def test_an_empty_text_must_be_borne_unless_the_task_excludes_it(sandbox: Sandbox) -> None:
    task = Task('def f(s):\n    """Ends in y.\n    >>> f("ay")\n    True\n    """\n', "f")
    program = "def f(s): return s[-1] == 'y'"
    assert status(await verdict(sandbox, program, task), "made inputs: IndexError") == "fail"
    excluded = Task(task.prompt.replace("Ends", "A non-empty text ends"), "f")
    assert (await verdict(sandbox, program, excluded)).verdict == "pass"


async def test_hostile_values_are_only_text(sandbox: Sandbox) -> None:
    program = "class E(list):\n    def __repr__(self): return '__import__(\"os\")'\ndef top(arr, k): return E(arr)"
    assert (await verdict(sandbox, program)).verdict == "fail"


def test_an_entry_point_must_be_a_name() -> None:
    with pytest.raises(BadRequest, match="entry_point"):
        Task("x", "a b")
