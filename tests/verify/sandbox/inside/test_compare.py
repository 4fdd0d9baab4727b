import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.verify.sandbox.inside.compare import same, same_text


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (1 / 3, 0.3333333333),
        (1 / 3, 0.33),
        (2, 2.0),
        (2.0, 2),
        ([1, (2.0000000001, "a")], [1, (2.0, "a")]),
        ({"a": 0.1 + 0.2}, {"a": 0.3}),
        (float("nan"), float("nan")),
        (1e308, 1e308),
    ],
)
def test_near_and_equal_results_match(got: object, expected: object) -> None:
    assert same(got, expected)


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (2.4, 2.5),
        (4.04, 4.0),
        (0.34, 0.33),
        ((1, 2), [1, 2]),
        ([1], [1, 2]),
        ("1", 1),
        (None, 0),
        ("1.0", 1.0),
        ({"a": 1}, {"b": 1}),
        (float("inf"), 1.0),
        (10**400, 1.5),
        (2, 3),
    ],
)
def test_other_results_do_not(got: object, expected: object) -> None:
    assert not same(got, expected)


def test_endless_nesting_is_no_match_and_no_crash() -> None:
    deep: list[object] = []
    deep.append(deep)
    assert not same(deep, deep)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(plain)
def test_everything_matches_itself(value: object) -> None:
    assert same(value, value)


def test_printed_text_matches_by_line_with_an_ellipsis() -> None:
    assert same_text("a  \nb\n", "a\nb")
    assert same_text("[0, 1, 2, 99]", "[0, ..., 99]")
    assert same_text("what? [x]*", "what? [x]...")
    assert not same_text("a\nc", "a\nb")
    assert not same_text("abc", "a?c")
