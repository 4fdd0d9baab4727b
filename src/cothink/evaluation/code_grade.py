"""Grades a program with a bench's own tests, in the sandbox."""

import re
from typing import Any

from cothink.evaluation.code_tasks import CodeTask, Suite
from cothink.verify import code_blocks
from cothink.verify.code_session import hold
from cothink.verify.sandbox.config import Limits
from cothink.verify.sandbox.sandbox import Sandbox

LIMITS = Limits(wall_s=30, cpu_s=30)
# EvalPlus's tests use numpy for one function and three names of types; the cells hold the standard library only.
NUMPY = re.compile(r"^import numpy as np[ \t]*$", re.MULTILINE)
STAND_IN = """
class np:
    ndarray = type("ndarray", (), {})
    float64 = float32 = None
    @staticmethod
    def allclose(out, exp, rtol=1e-05, atol=1e-08):
        if isinstance(exp, (list, tuple)):
            return len(out) == len(exp) and all(np.allclose(a, b, rtol, atol) for a, b in zip(out, exp))
        return out == exp or abs(out - exp) <= atol + rtol * abs(exp)
"""


async def passes(task: CodeTask, answer: str, suite: Suite, sandbox: Sandbox) -> tuple[bool, str]:
    """Whether a program passes every test of a suite, and in words why not.

    Args:
        task: The task.
        answer: A model's words, or code.
        suite: ``base`` or ``plus``.
        sandbox: Where it runs.

    Raises:
        NotReady: The sandbox cannot run programs here.
    """
    code = code_blocks.completed(task.prompt, code_blocks.program(answer, task.entry_point).code, task.entry_point)
    fault = code_blocks.parse_fault(code)
    if fault is not None:
        return False, f"it does not parse: {fault}"
    tests = NUMPY.sub(STAND_IN.replace("\\", "\\\\"), task.tests(suite) or "")
    work: dict[str, Any] = {"sessions": [], "tests": tests, "entry_point": task.entry_point}
    outcome = await hold(sandbox, code, work, LIMITS)
    wrong = [check for check in outcome.checks if check.status != "pass" and check.name != "entry point"]
    if wrong:
        return False, f"{wrong[0].name}: {wrong[0].detail}"
    return True, f"{len(outcome.checks)} checks passed"
