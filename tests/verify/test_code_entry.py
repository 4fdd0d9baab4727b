import pytest

from cothink.verify.code_entry import entry_point_of


@pytest.mark.parametrize(
    ("prompt", "program", "tests", "name"),
    [
        ("def g(x):", "def h(): pass\ndef g(x): pass", None, "g"),
        ("Add two numbers.", "def add(a, b): return a + b", None, "add"),
        ("Add.", "def help_(a): pass\ndef add(a, b): pass\ndef last(): pass", "assert add(1, 2) == 3", "add"),
        ("Write a function called total.", "def other(): pass", None, "total"),
        ("Say hello.", "print(1)", None, None),
        ("Say hello.", "def broken(:", None, "broken"),
    ],
)
def test_the_function_is_found(prompt: str, program: str, tests: str | None, name: str | None) -> None:
    assert entry_point_of(prompt, program, tests) == name
