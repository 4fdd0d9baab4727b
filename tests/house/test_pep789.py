"""No `yield` stands inside a cancel scope: whoever reads the generator would be cancelled in its place (PEP 789)."""

import ast
from collections.abc import Iterator

import pytest

from house.pages import ROOT, modules

SCOPES = {"timeout", "timeout_at", "TaskGroup", "CancelScope", "move_on_after", "fail_after", "create_task_group"}


def yields_in_scopes(source: str) -> Iterator[int]:
    """The lines of every `yield` inside a cancel scope of the same function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.AsyncFunctionDef):
            for block in within(node):
                if isinstance(block, ast.AsyncWith | ast.With) and any(is_scope(item) for item in block.items):
                    yield from (inner.lineno for inner in within(block) if isinstance(inner, ast.Yield))


def within(node: ast.AST) -> Iterator[ast.AST]:
    """Everything below a node, less the functions that are defined there."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from within(child)


def is_scope(item: ast.withitem) -> bool:
    call = item.context_expr
    if not isinstance(call, ast.Call):
        return False
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name in SCOPES


def test_no_module_yields_inside_a_cancel_scope() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in modules()
        for line in yields_in_scopes(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("async def f():\n    async with asyncio.timeout(1):\n        yield 1\n", [3]),
        ("async def f():\n    async with a, TaskGroup() as g:\n        for x in y:\n            yield x\n", [4]),
        ("async def f():\n    async with aclosing(g()) as s:\n        yield 1\n", []),
        ("async def f():\n    async with timeout(1):\n        async def g():\n            yield 1\n", []),
        ("async def f():\n    async with timeout(1):\n        await x\n    yield 1\n", []),
    ],
)
def test_the_scan_finds_what_it_should(source: str, lines: list[int]) -> None:
    assert list(yields_in_scopes(source)) == lines
