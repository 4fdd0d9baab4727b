import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.core.messages import Message, ResponseFormat
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.routing.kind import KINDS, KindName, kind_of, language_of

SOURCE = "The borrower missed two payments in March and paid both in April. " * 4


def ask(*texts: str, form: ResponseFormat | None = None) -> Request:
    messages = tuple(Message("user", text) for text in texts)
    return Request(model="cothink-auto", messages=messages, run=Run("r"), response_format=form)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("What is 17 * 23?", "arithmetic"),
        ("What is 144/12?", "arithmetic"),
        ("17-5=?", "arithmetic"),
        ("计算 12+30", "arithmetic"),
        ("Tom has 3 apples and buys 5 more. How many apples does he have?", "arithmetic"),
        ("Ann has twice as many as Bob, who has seven. How many has she, if she buys three more?", "arithmetic"),
        ("A train goes 60 km in 1.5 hours. What is its average speed?", "arithmetic"),
        ("小明有12个苹果，吃了3个，还剩多少个？", "arithmetic"),
        ("Solve x^2 - 5x + 6 = 0.", "equation"),
        ("Find all real solutions of 2x + 3 = 11.", "equation"),
        ("解方程 3x+5=20", "equation"),
        ("Write a Python function that reverses a list.", "code"),
        ("def add(a, b):\n    '''Add.'''", "code"),
        ("What is wrong here?\n```python\nx = 1 +\n```", "code"),
        ("用Python写一个快速排序函数", "code"),
        (f"Quote the sentence that speaks of April.\n{SOURCE}", "quoting"),
        (f"引用原文回答。\n{SOURCE}", "quoting"),
        ("Which is it?\nA) red\nB) blue\nC) green", "closed"),
        ("选一个：\nA、红\nB、蓝", "closed"),
        ("Is Paris the capital of France? Answer yes or no.", "closed"),
        ("What is the capital of France? Answer with one word.", "closed"),
        ("法国的首都是哪里？只回答一个词。", "closed"),
        ("What does this do?\n```python\ndef f(x):\n    return x\n```", "open"),
        ("Write a poem about the sea.", "open"),
        ("What is the capital of France?", "open"),
        ("Explain how TCP works.", "open"),
        ("请介绍一下长城的历史。", "open"),
        ("Quote: what is life?", "open"),
        ("What happened on 2024-05-01, and on pages 3-5?", "open"),
        ("Set x = 5 and tell me a story.", "open"),
    ],
)
def test_the_kind_of_a_task_is_known_by_its_signs(question: str, kind: KindName) -> None:
    found = kind_of(ask(question))
    assert found.name == kind, found.reason
    assert found.reason


def test_a_json_schema_goes_before_all_other_signs() -> None:
    found = kind_of(ask("What is 17 * 23?", form=ResponseFormat(type="json_object")))
    assert (found.name, found.reason) == ("json_schema", "a JSON object was asked for")


def test_text_as_a_response_format_is_no_json() -> None:
    assert kind_of(ask("What is 17 * 23?", form=ResponseFormat(type="text"))).name == "arithmetic"


def test_the_text_to_quote_from_may_stand_in_an_earlier_turn() -> None:
    assert kind_of(ask(SOURCE, "Quote what it says of April.")).name == "quoting"


def test_examples_in_a_coding_task_are_seen() -> None:
    assert kind_of(ask("Write a function rev.\n>>> rev([1, 2])\n[2, 1]")).has_examples
    assert kind_of(ask("Write a function rev.\nassert rev([1]) == [1]")).has_examples
    assert not kind_of(ask("Write a function rev.")).has_examples


def test_what_is_asked_at_the_end_of_a_long_text_is_read() -> None:
    assert kind_of(ask(f"{SOURCE * 50}\nWrite a Python function that counts the words.")).name == "code"


def test_the_reason_shows_the_words_that_it_was_known_by() -> None:
    assert kind_of(ask("What is 17 * 23?")).reason == "a calculation (“17 * 23”)"


@pytest.mark.parametrize(
    ("text", "language"),
    [("How are you?", "en"), ("你好吗", "zh"), ("用 Python 写排序", "zh"), ("Как дела?", "other"), ("", "en")],
)
def test_the_language_is_told_by_its_signs(text: str, language: str) -> None:
    assert language_of(text) == language


@given(st.text(max_size=400))
def test_any_text_has_a_kind_and_a_reason(text: str) -> None:
    found = kind_of(ask(text))
    assert found.name in KINDS
    assert found.reason


@pytest.mark.parametrize("text", ["a=" * 50_000, "   \n" * 50_000, "(" * 100_000, "1 " * 50_000, "A) " * 30_000])
def test_no_text_makes_it_hang(text: str) -> None:
    assert kind_of(ask(text)).name in KINDS
