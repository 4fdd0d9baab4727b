import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.verify.code_examples import examples


def pairs(prompt: str, entry_point: str | None = "f") -> list[tuple[str, str | None]]:
    return [(step.source, step.want) for session in examples(prompt, entry_point) for step in session]


def test_a_doctest_is_a_session_that_shares_its_names() -> None:
    prompt = '''
def f(x):
    """Twice.

    >>> x = [1,
    ...      2]
    >>> f(x)
    [2, 4]
    >>> print("a")
    a
    """
'''
    (session,) = examples(prompt)
    assert [(step.source, step.want) for step in session] == [
        ("x = [1,\n     2]", None),
        ("f(x)", "[2, 4]"),
        ('print("a")', "a"),
    ]
    assert [step.check for step in session] == ["example 1", "example 1", "example 2"]


def test_a_want_ends_before_the_closing_quotes() -> None:
    assert pairs('"""\n>>> f(1)\n2"""\n') == [("f(1)", "2")]
    assert pairs("'''\n>>> f(1)\n'a'\n'''\n") == [("f(1)", "'a'")]


def test_prose_right_below_an_example_is_not_what_it_should_show() -> None:
    assert pairs(">>> f(1)\n2\nbecause one and one are two\n") == [("f(1)", "2")]


def test_a_comparison_alone_is_meant_as_true() -> None:
    assert pairs(">>> f(1) == [1, 2]\n>>> f(2) > 3\n") == [("f(1)", "[1, 2]"), ("f(2) > 3", "True")]


def test_an_exception_may_be_shown() -> None:
    want = "Traceback (most recent call last):\n...\nValueError: no"
    assert pairs(">>> f(1)\nTraceback (most recent call last):\n    ...\nValueError: no\n") == [("f(1)", want)]


@pytest.mark.parametrize(
    "text",
    [
        "f(3) -> 6",
        "f(3) => 6",
        "f(3) ==> 6",
        "f(3) ➞ 6",
        "f(3) == 6",
        "f(3) = 6",
        "f(3)  # => 6",
        "f(3) # returns 6",
        "f(3) returns 6",
        "f(3) should return 6",
        "f(3) must be 6",
        "`f(3)` returns `6`",
        "f(3) evaluates to 6.",
        "For example, f(3) gives 6, since it doubles.",
        "assert f(3) == 6",
        "assert f(3) == 6, 'message'",
        "f(3) returns 6 -> twice",
    ],
)
def test_an_example_in_prose_is_read(text: str) -> None:
    assert pairs(text) == [("f(3)", "6")]


@pytest.mark.parametrize(
    ("text", "call", "want"),
    [
        ('f("a, (b", [1, {"x": (2,)}]) -> {"a": [1, 2]}', 'f("a, (b", [1, {"x": (2,)}])', '{"a": [1, 2]}'),
        ("f([1,\n   2]) == [\n  1,\n  2]", "f([1,\n   2])", "[\n  1,\n  2]"),
        ("f('it\\'s') returns 'x'", "f('it\\'s')", "'x'"),
        ("f(-1.5, k=2) -> -3.0e2", "f(-1.5, k=2)", "-3.0e2"),
        ("f() -> None", "f()", "None"),
        ("assert not f(3)", "bool(f(3))", "False"),
        ("assert f(3)", "bool(f(3))", "True"),
    ],
)
def test_nested_and_quoted_literals_are_read_whole(text: str, call: str, want: str) -> None:
    assert pairs(text) == [(call, want)]


@pytest.mark.parametrize(
    "text",
    [
        "f(x) -> 6",
        "f(3) is even",
        "f(3) returns 6 * 2",
        "f(3) returns 6 or 7",
        "f(3) -> six",
        "def f(x: int) -> 3:",
        "g.f(3) -> 6",
        "ff(3) -> 6",
        "f(1) = 1\nf(n) = f(n - 1) + 2",
        "f(3",
        "f(3) -> [1, 2",
        "f(3) -> 'open",
        "f(__import__('os').getcwd()) -> 6",
    ],
)
def test_what_is_no_example_is_left_out(text: str) -> None:
    assert pairs(text) == []


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("Input: [1, 2], 3\nOutput: 6", "f([1, 2], 3)"),
        ("Input: nums = [1, 2], k = 3\nOutput: 6", "f([1, 2], 3)"),
        ("**Input:** `3`\n**Output:** `6`", "f(3)"),
        ("def f(a, b): ...\nInput: (1, 2)\nOutput: 6", "f(1, 2)"),
        ("def f(a): ...\nInput: (1, 2)\nOutput: 6", "f((1, 2))"),
        ("For lst = [1, 2] the output should be 6", "f([1, 2])"),
    ],
)
def test_pairs_of_input_and_output_are_read(text: str, call: str) -> None:
    assert pairs(text) == [(call, "6")]


def test_input_with_another_number_of_values_than_parameters_is_left_out() -> None:
    assert pairs("def f(a, b, c): ...\nInput: 1, 2\nOutput: 6") == []


def test_without_an_entry_point_only_doctests_are_read() -> None:
    assert pairs("f(3) -> 6\n\n>>> f(1)\n2\n", None) == [("f(1)", "2")]


def test_a_repeated_example_is_run_once_and_there_is_a_most() -> None:
    assert len(examples("f(3) -> 6\nf(3) -> 6", "f")) == 1
    assert len(examples("\n".join(f"f({n}) -> {n}" for n in range(500)), "f")) == 50


@given(st.text(alphabet="f(3)->=\"'[]{}, \n>.#:assertInputOutput", max_size=200))
def test_no_text_breaks_the_parser(text: str) -> None:
    examples(text, "f")
