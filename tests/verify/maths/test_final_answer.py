import pytest

from cothink.verify.maths.final_answer import final_answer


@pytest.mark.parametrize(
    ("text", "answer", "sureness"),
    [
        ("so \\boxed{\\frac{1}{2}}.", "\\frac{1}{2}", "marked"),
        ("\\boxed{1} no, \\boxed{2}", "2", "marked"),
        ("\\boxed{\\{1, 2\\}}", "\\{1, 2\\}", "marked"),
        ("Answer: 7\nThus \\boxed{8}", "8", "marked"),
        ("steps\n#### 42", "42", "marked"),
        ("The answer is 42.", "42", "stated"),
        ("The answer is $3.50. Thanks!", "$3.50", "stated"),
        ("Answer: 3.5 hours.", "3.5 hours", "stated"),
        ("**Final Answer:** **$72**", "$72", "stated"),
        ("A: 18", "18", "stated"),
        ("答案是 42。", "42", "stated"),
        ("最终答案：北京", "北京", "stated"),
        ("The final answer is: x = 5", "x = 5", "stated"),
        ("They have 12 and then 13 apples.", "13", "guessed"),
        ("It costs 1,250 in all", "1,250", "guessed"),
        ("\\boxed{open", None, None),
        ("no number", None, None),
        ("", None, None),
    ],
)
def test_the_final_answer_is_found_with_how_sure_it_is(text: str, answer: str | None, sureness: str | None) -> None:
    found = final_answer(text)
    assert (found.text if found else None) == answer
    assert (found.sureness if found else None) == sureness


@pytest.mark.parametrize(
    "text",
    [
        "\\boxed{" * 5_000,
        "answer is " * 5_000,
        "####" * 5_000,
        "1" * 50_000,
        "1," * 20_000,
        "*" * 20_000,
        " " * 20_000 + "A: 1",
    ],
)
def test_hostile_text_ends(text: str) -> None:
    final_answer(text)
