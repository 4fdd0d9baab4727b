"""Runs test code: plain asserts, ``check(candidate)``, functions named ``test_*``, ``unittest`` classes.

Each top-level statement with an assert, each test function and each test method is one check. What only some tests use
(unittest, pytest's names) is imported when they do: a cell that waits warm costs what it has loaded.
"""

import ast
import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from functools import partial
from types import CoroutineType, FunctionType
from typing import Any

from cothink.verify.sandbox.inside.asserts import EXPLAIN, Explained, explain
from cothink.verify.sandbox.inside.examples import Report
from cothink.verify.sandbox.inside.peer import Gone

BESIDE = __name__.rpartition(".")[0]
SKIPS = ("SkipTest", "Skipped")


def run(source: str, names: dict[str, Any], report: Report, entry_point: str | None) -> None:
    """Run all tests in the source.

    Args:
        source: The test code.
        names: Its namespace, with the program's names.
        report: Where outcomes go.
        entry_point: The function that ``check(candidate)`` is called with.
    """
    names[EXPLAIN] = explain
    _pytest_names(source)
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
    if isinstance(value, FunctionType) and name.startswith("test"):
        _function(name, value, report)
    elif isinstance(value, type):
        unit = importlib.import_module(f"{BESIDE}.unit_cases") if "unittest" in sys.modules else None
        methods = unit.methods(value) if unit else []
        for method in methods:
            _one(f"{name}.{method}", partial(unit.run, value, method), report)  # type: ignore[union-attr]
        if not methods and name.startswith("Test"):
            for method, function in _test_methods(value):
                _function(f"{name}.{method}", function, report, holder=value)


def _test_methods(holder: type) -> Iterator[tuple[str, FunctionType]]:
    for method in dir(holder):
        function = getattr(holder, method)
        if method.startswith("test") and isinstance(function, FunctionType):
            yield method, function


def _function(name: str, function: FunctionType, report: Report, holder: type | None = None) -> None:
    """Run one test function, once for each of its cases; a method has an object of its own each time."""
    code = function.__code__
    needed = code.co_varnames[: code.co_argcount - len(function.__defaults__ or ())][holder is not None :]
    cases: list[dict[str, Any]] = getattr(function, "_cases_", [{}])
    for number, case in enumerate(cases, 1):
        own_name = name if len(cases) == 1 else f"{name}[{number}]"
        missing = [argument for argument in needed if argument not in case]
        if missing:
            report.end(own_name, "not_run", f"it needs the fixtures {', '.join(missing)}, and there are none here")
        else:
            _one(own_name, partial(_call, function, holder, case), report)


def _call(function: Callable[..., Any], holder: type | None, case: dict[str, Any]) -> Any:
    return function(**case) if holder is None else function(holder(), **case)


def _pytest_names(source: str) -> None:
    """Where tests ask for pytest and there is none, give them its few common names."""
    if "pytest" in source and importlib.util.find_spec("pytest") is None:
        sys.modules["pytest"] = importlib.import_module(f"{BESIDE}.pytest_names").module()


def _one(name: str, test: Callable[[], Any], report: Report) -> None:
    report.begin(name)
    try:
        value = test()
    except Gone as gone:
        report.end(name, "fail", str(gone))
        raise
    except AssertionError as error:
        report.end(name, "fail", str(error) or "an assert failed")
    except BaseException as error:  # noqa: BLE001 - an exit inside a test is not a pass
        if type(error).__name__ in SKIPS and type(error).__module__ in ("unittest.case", f"{BESIDE}.pytest_names"):
            report.end(name, "not_run", f"skipped: {error}")
        else:
            report.end(name, "fail", f"{type(error).__name__}: {error}")
    else:
        if isinstance(value, CoroutineType):
            value.close()
            report.end(name, "not_run", "it is a coroutine, and those are not run here")
        else:
            report.end(name, "pass", "passed")
