import ast

import pytest

from cothink.strategies.coding.skeleton import Misfit, context, filled, holes, signature_of, without_marks

CODE = '''"""A module."""
from __future__ import annotations

import math


def pairs(xs: list[int], k: int) -> int:
    """Count pairs."""
    # HOLE: target O(n)
    total = 0
    for a in xs:
        for b in xs:
            total += a + b == k
    return total


def plain(x: int) -> int:
    # HOLE: target O(1)
    return math.isqrt(x)


def slow(xs: list[int]) -> list[int]:
    out: list[int] = []
    for x in xs:
        if x not in out:
            out.insert(0, x)
    return out
'''
FAST = """from collections import Counter


def helper(c):
    return c


def pairs(xs: list[int], k: int) -> int:
    c = helper(Counter(xs))
    return sum(n * c[k - x] for x, n in c.items())
"""


def test_holes_are_ranked_by_mark_and_weight() -> None:
    found = holes(CODE, most=5, least_weight=2.0)
    assert [(hole.name, hole.target, hole.marked) for hole in found] == [("pairs", "O(n)", True), ("slow", "", False)]
    assert "2 loops inside each other" in found[0].reason


def test_no_more_holes_than_wanted_and_none_without_a_loop() -> None:
    assert [hole.name for hole in holes(CODE, most=1, least_weight=0.5)] == ["pairs"]
    assert "plain" not in [hole.name for hole in holes(CODE, most=9, least_weight=0.5)]


def test_a_filling_takes_the_functions_place_with_its_helpers_and_imports() -> None:
    code = filled(CODE, "pairs", FAST)
    names = [node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)]
    assert names == ["helper", "pairs", "plain", "slow"]
    assert code.index("from __future__") < code.index("from collections import Counter") < code.index("import math")
    space: dict[str, object] = {}
    exec(code, space)
    assert space["pairs"]([1, 2, 3], 4) == 3  # type: ignore[operator]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            "def pairs(xs, k, extra): return 0",
            "disagree on the signature of 'pairs': (xs, k) in the skeleton, (xs, k, extra)",
        ),
        ("def pairs(xs, *k): return 0", r"disagree on the signature"),
        ("def other(): pass", "does not define 'pairs'"),
        ("def pairs(xs, k) return", "does not parse"),
        ("(" * 5000, "does not parse"),
    ],
)
def test_a_filling_that_does_not_fit_is_refused_in_words(answer: str, words: str) -> None:
    with pytest.raises(Misfit) as caught:
        filled(CODE, "pairs", answer)
    assert words in str(caught.value)


def test_the_context_is_the_rest_of_the_module_or_its_heads() -> None:
    assert "def plain" in context(CODE, "pairs", 10_000) and "total" not in context(CODE, "pairs", 10_000)
    short = context(CODE, "pairs", 200)
    assert "def slow(xs: list[int]) -> list[int]: ..." in short and "insert" not in short


def test_marks_are_left_out_of_the_answer() -> None:
    assert "HOLE" not in without_marks(CODE) and ast.dump(ast.parse(CODE)) == ast.dump(ast.parse(without_marks(CODE)))


def test_a_signature_is_found_or_none() -> None:
    assert signature_of(CODE, "pairs") == "(xs, k)"
    assert signature_of("def f(", "f") is None
