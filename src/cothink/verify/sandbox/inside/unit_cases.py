"""Runs the classes of ``unittest``; apart from `suites`, so that a cell loads it only where the tests use it."""

import unittest


def methods(case: type) -> list[str]:
    """The names of the test methods; none where the class is no test case."""
    return list(unittest.defaultTestLoader.getTestCaseNames(case)) if issubclass(case, unittest.TestCase) else []


def run(case: type[unittest.TestCase], method: str) -> None:
    """Run one method with its set-up and tear-down.

    Raises:
        AssertionError: It failed or raised.
        unittest.SkipTest: It asked to be skipped.
    """
    result = unittest.TestResult()
    case(method).run(result)
    faults = result.failures + result.errors
    if faults:
        raise AssertionError(faults[0][1].strip().rpartition("\n")[2].removeprefix("AssertionError: "))
    if result.skipped:
        raise unittest.SkipTest(result.skipped[0][1])
