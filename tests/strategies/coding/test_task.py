import pytest

from cothink.strategies.coding.task import coding_task, language_asked
from strategies.scripted import ask


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Write a function that adds.", "python"),
        ("Write a JavaScript function.", "javascript"),
        ("Sort a list in Go.", "go"),
        ("Schreibe es in C++.", "cpp"),
        ("用 TypeScript 写一个函数", "typescript"),
        ("Let it go in C.", "c"),
        ("Complete:\n```rust\nfn f() {}\n```", "rust"),
        ("Complete:\n```python\ndef f(): ...\n```", "python"),
        ("Explain in the c-suite how to go on.", "python"),
    ],
)
def test_the_language_is_read_from_words_or_blocks(question: str, language: str) -> None:
    assert language_asked(question) == language


def test_function_and_tests_are_read() -> None:
    question = "Write `add(a, b)`.\n```python\nassert add(1, 2) == 3\n```"
    found = coding_task(ask(question)).task
    assert (found.entry_point, found.tests) == ("add", "assert add(1, 2) == 3\n")


def test_code_to_be_mended_is_no_test() -> None:
    question = "Fix it:\n```python\ndef add(a, b):\n    assert a\n    return a - b\n```"
    assert coding_task(ask(question)).task.tests is None


def test_the_users_own_tests_come_first() -> None:
    assert coding_task(ask("Write a function f."), tests="assert f(1)", entry_point="f").task.tests == "assert f(1)"
