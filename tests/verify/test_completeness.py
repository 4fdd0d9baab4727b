import pytest

from cothink.verify.completeness import check_completeness


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, but I can't help with that.", "I’m sorry, I cannot assist with this request.",
        "I cannot provide that information.",
        "As an AI language model, I cannot give legal advice.", "I must decline this request.",
        "I am unable to help with this.",
        "I won't answer that.",
        "抱歉，我无法提供这个信息。", "对不起，我不能回答这个问题。",
        "作为一个AI，我无法完成这个请求。", "我无法协助您完成这件事。",
    ],
)  # fmt: skip
def test_a_refusal_falls_and_is_quoted(answer: str) -> None:
    verdict = check_completeness(answer, finish_reason="stop")
    assert verdict.falls
    assert "refuses" in verdict.evidence


@pytest.mark.parametrize(
    "answer",
    [
        "The function cannot open the file, so it raises.", "You can't divide by zero.",
        "I can't stress this enough: back up your data.",
        'He said: "I cannot help with that." Then he left.', "Dear Sir, I am sorry for the delay. Kind regards",
        "我无法抗拒这首歌。它很美。",
        "I cannot give a date for certain; however, here is what is known: it was in May.",
        "The model says “I can't help with that” too often.",
        "I can't help but notice that x = 3.", "Sorry for the confusion. The answer is 4.",
        "他说：「我不能回答这个问题。」然后走了。",
    ],
)  # fmt: skip
def test_words_that_look_like_a_refusal_stand(answer: str) -> None:
    verdict = check_completeness(answer, finish_reason="stop")
    assert verdict.stands, verdict.evidence


@pytest.mark.parametrize(
    ("answer", "finish", "evidence"),
    [
        ("", "stop", "empty"),
        (" \n\t", None, "empty"),
        ("...", "stop", "no words"),
        ("It goes on", "length", "token limit"),
        ("Well", "content_filter", "filter"),
        ("Here:\n```python\nx = 1\n", None, "code fence"),
        ("So the result is \\boxed{12", None, "box"),
        ("We take the first value and then we add it to the", None, "middle of a sentence"),
    ],
)
def test_an_answer_that_is_not_whole_falls(answer: str, finish: str | None, evidence: str) -> None:
    verdict = check_completeness(answer, finish_reason=finish)
    assert verdict.falls
    assert evidence in verdict.evidence


@pytest.mark.parametrize(
    "answer",
    [
        "42",
        "Yes",
        "x = 4",
        "北京",
        "```python\nx = 1\n```",
        "- one\n- two",
        "The answer is \\boxed{4}",
        "**Answer: 90**",
        "It is 12 in",
        '{"a": 1}',
        "Use ~~~ and go on.",
        "完成了。",
    ],
)
def test_short_and_formatted_answers_stand(answer: str) -> None:
    verdict = check_completeness(answer)
    assert verdict.stands, verdict.evidence


def test_an_odd_end_that_the_server_calls_a_stop_is_unsure() -> None:
    assert check_completeness("We take the first value and then we add it to the", finish_reason="stop").unsure


def test_a_long_answer_with_an_apology_is_no_refusal() -> None:
    assert check_completeness(
        "I'm sorry, I can't do the second part. " + "But the first part works like this. " * 60
    ).stands


@pytest.mark.parametrize(
    "text",
    ["I " * 100_000, "抱歉" * 100_000, "```\n" * 50_001, "(" * 200_000, "\\boxed{" * 20_000, " " * 300_000 + "a"],
)
def test_hostile_text_ends(text: str) -> None:
    assert check_completeness(text).standing in {"stands", "falls", "unsure"}
