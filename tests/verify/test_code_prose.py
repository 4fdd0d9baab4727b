import pytest

from cothink.verify.code_examples import examples
from cothink.verify.code_prose import prose_examples

HEAD = 'def f(a, b):\n    """{}"""\n'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("f(1, 2) -> 19 - 5 - 6 = 8", [("f(1, 2)", "8")]),
        ("f(1, 2) => true\nf(2, 2) => false", [("f(1, 2)", "True"), ("f(2, 2)", "False")]),
        (HEAD.format("\n  g([1], 2) ==> 3\n"), [("f([1], 2)", "3")]),
        (
            HEAD.format("\n  f(x, y) => True\n  f(aa, b) => False\n"),
            [("f('x', 'y')", "True"), ("f('aa', 'b')", "False")],
        ),
        (HEAD.format("\n Input:\n  a : [1]\n  b : 2\n Output: 6\n"), [("f([1], 2)", "6")]),
        (HEAD.format("\n a = [2, 1]\n b = 3\n  -> add up\n return 6\n"), [("f([2, 1], 3)", "6")]),
        (HEAD.format("\n a['+']\n array = [2, 3]\n result = 2 + 3\n => result = 5\n"), [("f(['+'], [2, 3])", "5")]),
        ("f(n) = f(n - 1) + 1\nf(1) = 3\nf(3) = [1, 3]", [("f(3)", "[1, 3]")]),
        ('For N = 150, the sum will be 6 the output should be "110".', [("f(150)", '"110"')]),
    ],
)
def test_examples_in_prose_are_read(text: str, found: list[tuple[str, str]]) -> None:
    assert prose_examples(text, "f") == found


@pytest.mark.parametrize(
    "text",
    [
        "f(n) = n + 1",
        "f(x) => True",
        HEAD.format("g(1) => 2"),
        HEAD.format("g(1, 2) => 2, h(3, 4) => 5"),
        HEAD.format("len([1], 2) => 2"),
        HEAD.format("a = [1]\nreturn 3"),
        "a" * 20_000 + "f(1) =",
        "f(" * 5000,
    ],
)
def test_what_is_not_clear_is_left_out(text: str) -> None:
    assert prose_examples(text, "f") == []


def test_an_own_name_is_preferred_to_a_mistaken_one() -> None:
    assert [step.source for (step,) in examples("f(1) -> 2\ng(3) -> 4", "f")] == ["f(1)"]
