import pytest

from cothink.verify.word_problem import check_word_problem


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many apples has she?", "3 * 15 = 45\nAnswer: 45"),
        ("How much does it cost?", "3 * $1.50 = $4.50\nThe answer is $4.50."),
        ("How many apples has she?", "3 * 15 = 45 apples.\n#### 45"),
        ("How many boxes are needed?", "17 / 5 = 3.4, so 4 boxes.\n\\boxed{4}"),
        ("How many hours?", "7 / 2 = 3.5\nAnswer: 3.5"),
    ],
)
def test_the_result_of_the_last_step_stands(question: str, answer: str) -> None:
    verdict = check_word_problem(question, answer)
    assert verdict.stands, verdict.evidence


@pytest.mark.parametrize(
    ("question", "answer", "evidence"),
    [
        ("How many apples has she?", "3 * 15 = 45\nAnswer: 54", "3 * 15 = 45, but the final answer is 54"),
        ("How many children came?", "7 / 2 = 3.5\nAnswer: 3.5", "come whole"),
        ("How many more students are in the club?", "5 - 8 = -3\n\\boxed{-3}", "negative"),
    ],
)
def test_a_final_number_that_cannot_be_falls(question: str, answer: str, evidence: str) -> None:
    verdict = check_word_problem(question, answer)
    assert verdict.falls
    assert evidence in verdict.evidence


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How much is left?", "10 + 5 = 15, 15 * 2 = 30, so 15 are left.\nAnswer: 15"),
        ("How many hours?", "3 * 40 = 120 minutes\nAnswer: 2"),
        ("What per cent?", "3 / 4 = 0.75\nAnswer: 75"),
        ("How many children on average?", "7 / 2 = 3.5\nAnswer: 3.5"),
        ("How many pizzas did they eat?", "Answer: 2.5"),
        ("How many degrees did it change?", "Answer: -4"),
        ("Solve it.", "2x = 10\nx = 5, and 3 * 4 = 12\nAnswer: 5"),
        ("How many?", "no number"),
        ("How many apples?", "3 * 15 = 45. I have 7 left."),
        ("Find the ratio.", "\\boxed{x + 1}"),
    ],
)
def test_what_may_well_be_right_never_falls(question: str, answer: str) -> None:
    assert not check_word_problem(question, answer).falls


@pytest.mark.parametrize(
    "text", ["1+1=2 " * 20_000, "Answer: " * 20_000, "\\boxed{" * 10_000, "how many " * 20_000, "#### " * 20_000]
)
def test_hostile_text_ends(text: str) -> None:
    assert check_word_problem(text, text).standing in {"stands", "falls", "unsure"}
