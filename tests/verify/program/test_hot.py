import pytest

from cothink.verify.program.hot import hot_spots


@pytest.mark.parametrize(
    ("body", "depth", "idiom"),
    [
        ("    for a in xs:\n        for b in xs:\n            print(a, b)", 2, ""),
        ("    return [a for a in xs for b in xs]", 2, ""),
        ("    for a in range(3):\n        if a in xs:\n            pass", 1, "`in` searches the list 'xs'"),
        ("    while xs:\n        xs.pop(0)", 1, "pop(0) moves the whole list"),
        ("    for a in range(3):\n        xs.count(a)", 1, ".count() walks the list"),
        ("    for a in range(3):\n        sorted(xs)", 1, "sorted() walks its data"),
        ("    return f(xs[1:]) + f(xs[2:])", 0, "it calls itself 2 times"),
    ],
)
def test_what_is_slow_is_found(body: str, depth: int, idiom: str) -> None:
    (spot,) = hot_spots(f"def f(xs):\n{body}\n")
    assert spot.depth == depth
    assert idiom in spot.words


def test_a_cache_a_set_and_a_dict_are_not_slow() -> None:
    code = (
        "from functools import cache\n@cache\ndef f(n: int) -> int:\n    return f(n - 1) + f(n - 2)\n"
        "def g(xs: set[int]) -> int:\n    return sum(1 for a in range(3) if a in xs)\n"
    )
    assert [spot.weight for spot in hot_spots(code)] == [0.0, 0.0]


def test_the_slowest_comes_first_and_methods_count() -> None:
    code = "def a(x): return x\nclass C:\n    def b(self, xs):\n        for x in xs:\n            for y in xs: pass\n"
    assert [spot.name for spot in hot_spots(code)] == ["b", "a"]
