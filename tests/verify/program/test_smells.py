import ast

import pytest

from cothink.verify.program.smells import branch_count, find_function, smells


def names(code: str) -> list[str]:
    return [smell.name for smell in smells(code, "f")]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("def f(x): return y", "undefined name"),
        ("def f(x, y): return x", "unused parameter"),
        ("def f(x):\n    if x:\n        return 1", "path without a result"),
        ("def f(x): print(x)", "no result"),
        ("def f(x): return f(x - 1)", "recursion without an end"),
        ("def f(x):\n    return x\n    x += 1", "unreachable"),
        ("def f(x): pass", "empty body"),
        ("def f(x): return 3", "constant result"),
        ("def f(x): return int(input()) + x", "reads standard input"),
    ],
)
def test_a_smell_is_found(code: str, name: str) -> None:
    assert name in names(code)


@pytest.mark.parametrize(
    "code",
    [
        "def f(x):\n    if x:\n        return 1\n    return 2",
        "def f(x):\n    while True:\n        if x:\n            return x\n        x += 1",
        "def f(x):\n    try:\n        return int(x)\n    except ValueError:\n        return None",
        "def f(x):\n    match x:\n        case 1:\n            return 2\n        case _:\n            return 3",
        "def f(x):\n    def g(y):\n        if y: return 1\n    return g(x) or f(x - 1) if x else 0",
        "import math as m\ndef f(x): return [m.sqrt(y) for y in x if (z := y)]",
        "from math import *\ndef f(x): return sqrt(x)",
        "def f(x):\n    with open(x) as file:\n        return file.read()",
        "def f(x):\n    for y in x:\n        yield y",
        "def f(x):\n    raise ValueError(x)\n",
    ],
)
def test_sound_code_has_none_but_what_is_meant(code: str) -> None:
    assert not set(names(code)) - {"no result", "empty body"}


def test_branches_are_counted() -> None:
    function = find_function(ast.parse("def f(x):\n    for y in x:\n        if y and x: pass"), "f")
    assert function is not None and branch_count(function) == 4
    assert find_function(ast.parse("x = 1"), "f") is None
