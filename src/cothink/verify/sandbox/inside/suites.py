"""Runs test code: plain asserts, ``check(candidate)``, functions named ``test_*``, ``unittest`` classes.

Each top-level statement with an assert, each test function and each test method is one check.
"""

import ast
import inspect
import unittest
from collections.abc import Callable
from functools import partial
from typing import Any

from cothink.verify.sandbox.inside.examples import Report, shorten
from cothink.verify.sandbox.inside.peer import Gone

SIGNS = {ast.Eq: "==", ast.NotEq: "!=", ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in"}
SIGNS |= {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
EXPLAIN, LEFT, RIGHT = "_explain_", "_left_", "_right_"


def run(source: str, names: dict[str, Any], report: Report, entry_point: str | None) -> None:
    """Run all tests in the source.

    Args:
        source: The test code.
        names: Its namespace, with the program's names.
        report: Where outcomes go.
        entry_point: The function that ``check(candidate)`` is called with.
    """
    names[EXPLAIN] = explain
    try:
        tree = ast.fix_missing_locations(Explained().visit(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        report.end("tests", "not_run", f"the test code does not parse: {error}")
        return
    before = set(names)
    for at, statement in enumerate(tree.body, 1):
        code = compile(ast.Module([statement], []), "tests", "exec")
        asserts = any(isinstance(node, ast.Assert) for node in ast.walk(statement)) and not _defines(statement)
        if asserts:
            _one(f"test line {statement.lineno}", partial(exec, code, names), report)
        elif not _support(at, code, names, report):
            return
    found = {name: value for name, value in names.items() if name not in before or name in _defined(tree)}
    if entry_point is not None and callable(check := found.get("check")):
        _one("check", lambda: check(names["candidate"]), report)
    for name, value in found.items():
        _collect(name, value, report)


def _support(at: int, code: Any, names: dict[str, Any], report: Report) -> bool:
    """Run a statement that holds no check; a failure here leaves the tests without ground."""
    try:
        exec(code, names)  # noqa: S102 - test code, in a cell of its own
    except Gone:
        raise
    except ModuleNotFoundError as error:
        report.end("tests", "not_run", f"the tests need the package {error.name!r}, which is not in the sandbox")
        return False
    except Exception as error:  # noqa: BLE001 - whatever the statement raises is told
        report.end("tests", "fail", f"statement {at} of the tests raised {type(error).__name__}: {error}")
        return False
    return True


def _defines(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


def _defined(tree: ast.Module) -> set[str]:
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def _collect(name: str, value: Any, report: Report) -> None:
    """Run what looks like a test, as pytest and unittest collect it."""
    if inspect.isfunction(value) and name.startswith("test"):
        _function(name, value, report)
    elif inspect.isclass(value) and issubclass(value, unittest.TestCase):
        for method in unittest.defaultTestLoader.getTestCaseNames(value):
            _one(f"{name}.{method}", partial(_case, value, method), report)
    elif inspect.isclass(value) and name.startswith("Test"):
        for method, function in inspect.getmembers(value, inspect.isfunction):
            if method.startswith("test"):
                _one(f"{name}.{method}", partial(_method, value, function), report)


def _method(holder: type, function: Callable[..., Any]) -> None:
    """Each method has an object of its own, as in pytest."""
    function(holder())


def _function(name: str, function: Callable[..., Any], report: Report) -> None:
    needed = [p.name for p in inspect.signature(function).parameters.values() if p.default is inspect.Parameter.empty]
    if needed:
        report.end(name, "not_run", f"{name} needs the fixtures {', '.join(needed)}, and there are none here")
    else:
        _one(name, function, report)


def _case(case: type[unittest.TestCase], method: str) -> None:
    result = unittest.TestResult()
    case(method).run(result)
    faults = result.failures + result.errors
    if faults:
        raise AssertionError(faults[0][1].strip().rpartition("\n")[2].removeprefix("AssertionError: "))
    if result.skipped:
        raise unittest.SkipTest(result.skipped[0][1])


def _one(name: str, test: Callable[[], Any], report: Report) -> None:
    report.begin(name)
    try:
        test()
    except Gone as gone:
        report.end(name, "fail", str(gone))
        raise
    except unittest.SkipTest as skipped:
        report.end(name, "not_run", f"skipped: {skipped}")
    except AssertionError as error:
        report.end(name, "fail", str(error) or "an assert failed")
    except BaseException as error:  # noqa: BLE001 - an exit inside a test is not a pass
        report.end(name, "fail", f"{type(error).__name__}: {error}")
    else:
        report.end(name, "pass", "passed")


class Explained(ast.NodeTransformer):
    """Rewrites asserts so that a failing one says what was expected and what came."""

    def visit_Assert(self, node: ast.Assert) -> ast.Assert:
        """Keep both sides of a comparison for the message."""
        test = node.test
        text = ast.Constant(shorten(ast.unparse(test)))
        message = node.msg or ast.Constant(None)
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            left = ast.NamedExpr(ast.Name(LEFT, ast.Store()), test.left)
            right = ast.NamedExpr(ast.Name(RIGHT, ast.Store()), test.comparators[0])
            sides = [ast.Constant(SIGNS[type(test.ops[0])]), ast.Name(LEFT, ast.Load()), ast.Name(RIGHT, ast.Load())]
            node.test = ast.Compare(left, test.ops, [right])
        else:
            sides = []
        node.msg = ast.Call(ast.Name(EXPLAIN, ast.Load()), [text, message, *sides], [])
        return node


def explain(text: str, message: Any, sign: str = "", left: Any = None, right: Any = None) -> str:
    """The words for a failing assert."""
    if not sign:
        words = f"{text}: not true"
    elif sign == "==":
        words = f"{text}: expected {shorten(repr(right))}, got {shorten(repr(left))}"
    else:
        words = f"{text}: {shorten(repr(left))} {sign} {shorten(repr(right))} does not hold"
    return words if message is None else f"{words} ({shorten(str(message))})"
