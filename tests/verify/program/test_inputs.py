from cothink.verify.code_examples import examples
from cothink.verify.program.inputs import LARGEST_CHARACTERS, MOST, inputs
from cothink.verify.program.shape import shape

PROMPT = 'def f(xs: list[int], k: int) -> int:\n    """Sum.\n    >>> f([1, 2], 3)\n    9\n    """\n'


def made(prompt: str) -> list[tuple[object, ...]]:
    return [one.arguments for one in inputs(shape(prompt, "f", examples(prompt, "f")))]


def test_inputs_begin_with_the_examples_and_are_always_the_same() -> None:
    first = made(PROMPT)
    assert first[0] == ([1, 2], 3)
    assert first == made(PROMPT)
    assert len({repr(one) for one in first}) == len(first) <= MOST


def test_near_inputs_keep_types_and_signs() -> None:
    near = [one for one in inputs(shape(PROMPT, "f", examples(PROMPT, "f"))) if one.kind == "near"]
    assert near
    assert all(all(item > 0 for item in one.arguments[0]) and one.arguments[1] > 0 for one in near)


def test_without_examples_the_annotations_say_what_to_try() -> None:
    assert made("def f(word: str, n: int) -> str:") == made("def f(word: str, n: int) -> str:")
    assert all(isinstance(word, str) and isinstance(n, int) for word, n in made("def f(word: str, n: int) -> str:"))


def test_a_function_of_unknown_types_gets_no_inputs() -> None:
    assert made("def f(thing): pass") == []


def test_large_examples_are_not_multiplied() -> None:
    long = repr("a" * (LARGEST_CHARACTERS - 10))
    assert all(len(repr(one)) <= LARGEST_CHARACTERS for one in made(f"f({long}) -> 3"))
