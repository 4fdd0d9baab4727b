import pytest

from cothink.verify.code_examples import examples
from cothink.verify.program.properties import broken, properties
from cothink.verify.program.shape import shape


def names(prompt: str, arguments: tuple[object, ...], value: object) -> set[str]:
    promised = properties(shape(prompt, "f", examples(prompt, "f")))
    return {one.name for one in promised if broken(one, arguments, value)}


@pytest.mark.parametrize(
    ("words", "arguments", "good", "bad", "name"),
    [
        ("Return a sorted list of the numbers.", ([2, 1],), [1, 2], [2, 1], "ascending"),
        ("Return them in descending order.", ([1, 2],), [2, 1], [1, 2], "descending"),
        ("Remove the odd numbers.", ([1, 2],), [2], [2, 2], "subset"),
        ("Reverse the list.", ([1, 2],), [2, 1], [2], "same members"),
        ("Return the unique elements.", ([1, 1],), [1], [1, 1], "distinct"),
        ("Return the number of words.", ("a b",), 2, -1, "not negative"),
        ("Make a palindrome of it, the shortest palindrome.", ("ab",), "aba", "abb", "palindrome"),
        ("Return true if it is prime.", (3,), True, None, "truth value"),
        ("Words separated by whitespace.", ("a  b",), ["a", "b"], ["a", "", "b"], "whole words"),
    ],
)
def test_a_promise_is_read_from_words(
    words: str, arguments: tuple[object, ...], good: object, bad: object, name: str
) -> None:
    assert name not in names(words, arguments, good)
    assert name in names(words, arguments, bad)


def test_a_length_is_that_of_the_parameter() -> None:
    prompt = 'def f(arr, k):\n    """Return a list of length k."""\n'
    assert "length" in names(prompt, ([1, 2], 0), [1, 2])
    assert "length" not in names(prompt, ([1, 2], 0), [])
    assert "length" not in names(prompt, ([1, 2], 5), [1, 2])


def test_a_format_makes_other_texts_false() -> None:
    prompt = 'def f(day):\n    """In the format: mm-dd\n    f("01-02") => True\n    """\n'
    assert "format" in names(prompt, ("1-02",), True)
    assert "format" not in names(prompt, ("1-02",), False)
    assert "format" not in names(prompt, ("02-03",), True)


def test_a_promise_that_the_examples_break_was_misread() -> None:
    assert "ascending" not in names("Return a sorted list.\nf([1, 2]) -> [2, 1]", ([3, 1],), [3, 1])


def test_values_that_cannot_be_compared_break_nothing() -> None:
    assert "ascending" not in names("Return a sorted list.", ([1],), [1, "a"])


def test_the_examples_types_are_a_promise_and_numbers_are_one_type() -> None:
    assert "type of the examples" in names("f(1) -> 'a'", (1,), 3)
    assert "type of the examples" not in names("f(1) -> 2", (1,), 2.5)
