"""Whole checks in the real sandbox: what is right stands, what is wrong falls, and no trick passes."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from cothink.core.errors import NotReady
from cothink.verify.code import check_code
from cothink.verify.code_report import CodeCheck, CodeReport, conclude
from cothink.verify.sandbox.config import Limits, SandboxConfig
from cothink.verify.sandbox.sandbox import Sandbox

from .conftest import QUICK

real = pytest.mark.needs_bubblewrap
TASK = '''def add(a, b):
    """The sum.

    >>> add(1, 2)
    3
    """
'''
TESTS = "def check(candidate):\n    assert candidate(1, 2) == 3\n    assert candidate(2, 2) == 4\n"


async def checked(
    sandbox: Sandbox, program: str, tests: str | None = TESTS, prompt: str = "", **options: object
) -> CodeReport:
    return await check_code(prompt, program, entry_point="add", tests=tests, sandbox=sandbox, **options)  # type: ignore[arg-type]


def details(report: CodeReport) -> dict[str, tuple[str, str]]:
    return {check.name: (check.status, check.detail) for check in report.checks}


@real
async def test_a_right_answer_stands(sandbox: Sandbox) -> None:
    report = await checked(sandbox, "Here:\n```python\ndef add(a, b):\n    return a + b\n```\nDone.", prompt=TASK)
    assert report.verdict.stands
    assert [(check.name, check.status) for check in report.checks] == [
        ("syntax", "pass"),
        ("load", "pass"),
        ("example 1", "pass"),
        ("check", "pass"),
    ]
    assert report.verdict.score == 0.75


@real
async def test_a_wrong_answer_falls_and_the_example_is_named(sandbox: Sandbox) -> None:
    report = await checked(sandbox, "def add(a, b): return a - b", None, TASK)
    assert report.verdict.falls
    assert report.verdict.evidence == "example 1: add(1, 2): expected 3, got -1"
    assert report.verdict.score == 0.0


@real
async def test_a_failing_assert_says_what_was_expected_and_what_came(sandbox: Sandbox) -> None:
    report = await checked(sandbox, "def add(a, b): return 3")
    assert report.verdict.evidence == "check: candidate(2, 2) == 4: expected 4, got 3"


@real
async def test_only_the_rest_of_the_prompt_is_an_answer_too(sandbox: Sandbox) -> None:
    assert (await checked(sandbox, "    return a + b\n", prompt=TASK)).verdict.stands


@real
async def test_without_any_example_or_test_it_is_unsure(sandbox: Sandbox) -> None:
    report = await checked(sandbox, "def add(a, b): return a + b", None)
    assert report.verdict.unsure
    assert "no example and no test" in report.verdict.evidence


@real
async def test_an_answer_that_does_not_parse_falls_and_an_open_fence_is_told(sandbox: Sandbox) -> None:
    report = await checked(sandbox, "```python\ndef add(a, b):\n    return a +")
    assert report.verdict.falls
    assert "its fence is not closed" in report.verdict.evidence


@real
async def test_prose_instead_of_code_falls(sandbox: Sandbox) -> None:
    assert (await checked(sandbox, "I would rather not write this function.")).verdict.falls


async def test_another_language_is_not_checked_and_says_so(sandbox: Sandbox) -> None:
    report = await checked(sandbox, "```javascript\nconst add = (a, b) => a + b\n```")
    assert report.verdict.unsure
    assert report.verdict.evidence == "syntax: javascript is not checked, only Python is"


async def test_without_a_sandbox_nothing_is_run_and_it_is_an_error() -> None:
    async with Sandbox(SandboxConfig(bubblewrap="no-such-bubblewrap")) as none:
        with pytest.raises(NotReady, match="bubblewrap"):
            await checked(none, "def add(a, b): return a + b")


TRICKS = {
    "leaves with 0 while loading": "import sys\nsys.exit(0)",
    "ends its process with 0 while loading": "import os\nos._exit(0)",
    "leaves with 0 when called": "import sys\ndef add(a, b): sys.exit(0)",
    "ends its process with 0 when called": "import os\ndef add(a, b): os._exit(0)",
    "prints a pass": "print('PASS')\ndef add(a, b):\n    print('1 passed')\n    return 9",
    "equals everything": "class Any:\n    def __eq__(self, other): return True\ndef add(a, b): return Any()",
    "is an int that equals everything": (
        "class Any(int):\n    def __eq__(self, other): return True\n    __hash__ = int.__hash__\n"
        "def add(a, b): return Any(9)"
    ),
    "is a list that equals everything": (
        "class Any(list):\n    def __eq__(self, other): return True\ndef add(a, b): return Any()"
    ),
    "claims to be an int": (
        "class Any:\n    __class__ = int\n    def __eq__(self, o): return True\ndef add(a, b): return Any()"
    ),
    "changes built-ins": (
        "import builtins\nbuiltins.AssertionError = None\n"
        "builtins.isinstance = builtins.all = builtins.any = lambda *a: True\n"
        "def add(a, b): return 9"
    ),
    "defines built-ins": "def all(*a): return True\nabs = sum = int = all\ndef add(a, b): return 9",
    "switches off asserts": "import sys\n__debug__\nsys.flags\ndef add(a, b): return 9",
    "traces its caller": (
        "import sys\ndef add(a, b):\n    frame = sys._getframe()\n    while frame.f_back: frame = frame.f_back\n"
        "    return next((v for v in frame.f_globals.values() if type(v) is int and v in (3, 4)), 9)"
    ),
    "searches memory for the tests": (
        "import gc\ndef add(a, b):\n    hits = [o for o in gc.get_objects() if isinstance(o, dict) and 'check' in o]\n"
        "    return 3 if hits else 9"
    ),
    "replaces the line": (
        "import os, json\nline = int(os.environ['CHANNELS'])\n"
        "text = json.dumps({'loaded': True, 'names': {'add': {'value': True}}, 'printed': ''}).encode()\n"
        "os.write(line, len(text).to_bytes(4, 'big') + text)\nos.close(line)"
    ),
    "floods the line": (
        "import os\nline = int(os.environ['CHANNELS'])\n"
        'os.write(line, b\'{"name": "check", "status": "pass"}\\n\' * 50)'
    ),
    "reports on a stream": "import sys\nsys.stdout.write('{\"done\": true}')\ndef add(a, b): return 9",
    "raises what ends loops": "def add(a, b): raise StopIteration",
    "raises what skips tests": "import unittest\ndef add(a, b): raise unittest.SkipTest('not today')",
    "raises an interrupt": "def add(a, b): raise KeyboardInterrupt",
    "hides in another thread": (
        "import threading, os\nthreading.Timer(0, os._exit, (0,)).start()\ndef add(a, b):\n    while True: pass"
    ),
    "defines the check itself": "def check(candidate): pass\ncandidate = lambda a, b: a + b\ndef add(a, b): return 9",
    "kills what it can": (
        "import os, signal\ndef add(a, b):\n    os.kill(-1, 9)\n    os.kill(os.getppid(), 9)\n    os.kill(0, 9)"
    ),
    "recurses for ever": "def add(a, b): return add(b, a)",
    "nests its answer": "def add(a, b):\n    value = []\n    for _ in range(100000): value = [value]\n    return value",
    "returns itself": "def add(a, b):\n    value = []\n    value.append(value)\n    return value",
}


@real
@pytest.mark.parametrize("name", sorted(TRICKS))
async def test_no_trick_passes(sandbox: Sandbox, name: str) -> None:
    report = await checked(sandbox, TRICKS[name], prompt=TASK)
    assert report.verdict.falls, report.checks


LOOPS = """
def check(candidate):
    assert all(map(lambda case: candidate(*case[0]) == case[1], [((1, 2), 3), ((2, 2), 4)]))
"""


@real
async def test_an_exception_that_ends_loops_does_not_end_the_tests_loop(sandbox: Sandbox) -> None:
    assert (await checked(sandbox, "def add(a, b): raise StopIteration", LOOPS)).verdict.falls


@real
async def test_a_near_result_of_a_false_type_meets_no_tolerance(sandbox: Sandbox) -> None:
    program = """
class Any:
    def __sub__(self, other): return self
    def __abs__(self): return self
    def __lt__(self, other): return True
    __le__ = __gt__ = __rsub__ = __lt__
def add(a, b): return Any()
"""
    assert (await checked(sandbox, program, "assert abs(add(1, 2) - 3) < 1e-6")).verdict.falls


@real
async def test_a_hang_is_told_with_the_check_that_hung(sandbox: Sandbox) -> None:
    program = "def add(a, b):\n    while b == 2 == a: pass\n    return a + b"
    report = await checked(sandbox, program, limits=Limits(wall_s=0.5))
    assert report.verdict.falls
    status, detail = details(report)["check"]
    assert status == "fail"
    assert "stopped after 0.5 s" in detail


@real
async def test_a_hang_while_loading_is_told(sandbox: Sandbox) -> None:
    report = await checked(sandbox, "while True: pass", limits=Limits(wall_s=0.5))
    assert "stopped after 0.5 s" in details(report)["load"][1]


@real
async def test_running_out_of_memory_is_told(sandbox: Sandbox) -> None:
    report = await checked(sandbox, "def add(a, b): return bytearray(10 ** 10)")
    assert report.verdict.falls
    assert "MemoryError" in report.verdict.evidence


@real
async def test_a_package_that_is_not_there_makes_it_unsure(sandbox: Sandbox) -> None:
    report = await checked(sandbox, "import no_such_package\ndef add(a, b): return a + b")
    assert report.verdict.unsure
    assert "'no_such_package', which is not in the sandbox" in report.verdict.evidence


@real
async def test_tests_that_need_a_missing_package_make_it_unsure(sandbox: Sandbox) -> None:
    report = await checked(sandbox, "def add(a, b): return a + b", "import no_such_package\nassert add(1, 2) == 3")
    assert report.verdict.unsure


@real
async def test_tests_that_do_not_parse_are_not_the_programs_fault(sandbox: Sandbox) -> None:
    report = await checked(sandbox, "def add(a, b): return a + b", "assert add(1, 2 == 3")
    assert report.verdict.unsure
    assert details(report)["tests"][0] == "not_run"


@real
async def test_a_missing_function_is_named(sandbox: Sandbox) -> None:
    report = await checked(sandbox, "def plus(a, b): return a + b")
    assert report.verdict.evidence == "entry point: the program defines no 'add'"


@real
async def test_a_function_named_as_a_builtin_may_be_asked_for(sandbox: Sandbox) -> None:
    report = await check_code(
        "", "def sum(a, b): return a + b", entry_point="sum", tests="assert sum(1, 2) == 3", sandbox=sandbox
    )
    assert report.verdict.stands


STYLES = {
    "asserts": ("assert add(1, 2) == 3\nassert add(2, 2) == {}", "test line 2"),
    "functions": (
        "def test_one():\n    assert add(1, 2) == 3\ndef test_two():\n    assert add(2, 2) == {}",
        "test_two",
    ),
    "class": ("class TestAdd:\n    def test_it(self):\n        assert add(2, 2) == {}", "TestAdd.test_it"),
    "unittest": (
        "import unittest\nclass Add(unittest.TestCase):\n    def setUp(self): self.two = 2\n"
        "    def test_it(self): self.assertEqual(add(self.two, 2), {})",
        "Add.test_it",
    ),
    "loop": ("for n in range(3):\n    assert add(n, n) == 2 * n + ({} - 4)", "test line 1"),
}


@real
@pytest.mark.parametrize("style", sorted(STYLES))
async def test_each_style_of_test_passes_and_fails(sandbox: Sandbox, style: str) -> None:
    source, name = STYLES[style]
    good = await checked(sandbox, "def add(a, b): return a + b", source.format(4))
    assert good.verdict.stands, good.checks
    bad = await checked(sandbox, "def add(a, b): return a + b", source.format(5))
    assert bad.verdict.falls
    assert details(bad)[name][0] == "fail"


FAITHFUL = {
    "tuples, sets, bytes": (
        "def add(a): return ((1, 2), {3}, b'x', {1: [None]})",
        "assert add(0) == ((1, 2), {3}, b'x', {1: [None]})",
    ),
    "a tuple is no list": ("def add(a): return (1, 2)", "assert add(0) != [1, 2]\nassert type(add(0)) is tuple"),
    "large and odd numbers": (
        "def add(a): return [2 ** 5000, -2 ** 64, float('inf'), 1 + 2j, True]",
        "got = add(0)\nassert got == [2 ** 5000, -2 ** 64, float('inf'), 1 + 2j, True]\nassert got[4] is True",
    ),
    "a fraction, a decimal, a date": (
        "import datetime, decimal, fractions\n"
        "def add(a): return [fractions.Fraction(1, 3), decimal.Decimal('0.1'), datetime.date(2024, 2, 29)]",
        "import datetime, decimal, fractions\n"
        "assert add(0) == [fractions.Fraction(1, 3), decimal.Decimal('0.1'), datetime.date(2024, 2, 29)]",
    ),
    "changes in place": ("def add(a): a.sort(); a.append(9)", "x = [3, 1]\nadd(x)\nassert x == [1, 3, 9]"),
    "the same object back": ("def add(a):\n    a[0] = 7\n    return a", "x = [1]\nassert add(x) is x"),
    "a generator": ("def add(a):\n    for n in range(a): yield n * n", "assert list(add(4)) == [0, 1, 4, 9]"),
    "a function in": ("def add(f): return f(3) + f(4)", "assert add(lambda n: n * 10) == 70"),
    "a function out": ("def add(n): return lambda m: n + m", "assert add(3)(4) == 7"),
    "an exception": (
        "def add(a): raise ValueError('no ' + a)",
        RAISES := ("try:\n    add('way')\nexcept ValueError as error:\n    text = str(error)\nassert text == 'no way'"),
    ),
    "an exception of its own": (
        "class Bad(ValueError): pass\ndef add(a): raise Bad('x')",
        "caught = 0\ntry:\n    add(1)\nexcept Bad:\n    caught = 1\nassert caught == 1",
    ),
    "a class": (
        "class Stack(list):\n    def put(self, x): self.append(x)\n    @property\n    def top(self): return self[-1]\n"
        "def add(): return Stack()",
        "s = Stack()\ns.put(4)\nassert s.top == 4\nassert len(s) == 1\nassert isinstance(s, Stack)",
    ),
    "objects compare by their own rule": (
        "class P:\n    def __init__(self, x): self.x = x\n    def __eq__(self, o): return self.x == o.x\n"
        "    def __add__(self, o): return P(self.x + o.x)\ndef add(a, b): return a + b",
        "assert add(P(1), P(2)) == P(3)\nassert add(P(1), P(2)) != P(4)",
    ),
    "a helper and a constant": (
        "import math\nLIMIT = 5\ndef helper(x): return x + 1\ndef add(a): return a",
        ("assert helper(add(1)) == 2\nassert LIMIT == 5\nassert math.pi > 3"),
    ),
    "no function, but names": (
        "def add(*a, key=None, **k): return [a, key, k]",
        "assert add(1, key=2, z=3) == [(1,), 2, {'z': 3}]",
    ),
    "surrogates": ("def add(a): return a + '\\ud800'", "assert add('x') == 'x\\ud800'"),
}


@real
@pytest.mark.parametrize("name", sorted(FAITHFUL))
async def test_values_and_calls_pass_between_the_cells_unchanged(sandbox: Sandbox, name: str) -> None:
    program, tests = FAITHFUL[name]
    report = await checked(sandbox, program, tests)
    assert report.verdict.stands, report.checks


@real
async def test_a_callback_gives_no_way_into_the_tests(sandbox: Sandbox) -> None:
    program = """
def add(f):
    try: return f.__globals__['SECRET']
    except Exception as error: return type(error).__name__
"""
    tests = "SECRET = 42\nassert add(lambda: 1) == 42"
    assert (await checked(sandbox, program, tests)).verdict.falls


@real
async def test_examples_with_exceptions_prints_and_floats_are_compared(sandbox: Sandbox) -> None:
    prompt = """
    >>> add(1, 2)
    0.33
    >>> print(add('x', 1))
    x
    1
    >>> add(None, 1)
    Traceback (most recent call last):
        ...
    ValueError: no
    """
    program = """
def add(a, b):
    if a is None: raise ValueError('other words')
    if a == 'x': return 'x\\n1'
    return 1 / 3
"""
    report = await checked(sandbox, program, None, prompt)
    assert report.verdict.stands, report.checks
    assert report.count("pass") == 5


@real
async def test_what_a_function_prints_is_seen(sandbox: Sandbox) -> None:
    report = await checked(sandbox, "def add(a, b): print(a + b)", None, ">>> add(1, 2)\n3\n")
    assert report.verdict.stands, report.checks


@real
async def test_many_checks_at_once_do_not_block_each_other() -> None:
    async with Sandbox(SandboxConfig(limits=QUICK, warm_cells=2, running=1)) as sandbox:
        reports = await asyncio.gather(*(checked(sandbox, f"def add(a, b): return a + b + {n % 2}") for n in range(6)))
    assert [report.verdict.standing for report in reports] == ["stands", "falls"] * 3


@pytest.fixture
async def unsandboxed() -> AsyncIterator[Sandbox]:
    config = SandboxConfig(bubblewrap="no-such-bubblewrap", allow_unsandboxed_code_execution=True, limits=QUICK)
    async with Sandbox(config) as made:
        yield made


async def test_the_dangerous_setting_is_told_in_the_report(unsandboxed: Sandbox) -> None:
    report = await checked(unsandboxed, "def add(a, b): return a + b")
    assert report.verdict.stands
    assert "without a sandbox" in report.unlimited[0]


def test_a_verdict_counts_only_what_was_compared() -> None:
    ground = (CodeCheck("syntax", "pass", ""), CodeCheck("load", "pass", ""))
    assert conclude(ground).unsure
    assert conclude((*ground, CodeCheck("a", "pass", ""))).stands
    partly = conclude((*ground, CodeCheck("a", "pass", ""), CodeCheck("b", "not_run", "no fixture")))
    assert partly.stands
    assert "not run: b: no fixture" in partly.evidence
    several = conclude((CodeCheck("a", "fail", "x"), CodeCheck("b", "fail", "y")))
    assert several.evidence == "a: x (2 of 2 checks failed)"
