"""The demo's word problems: well formed, graded, unique, and each printed answer is right."""

import json
import re
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
from demo_answers import RECOMPUTED, SUBSTITUTED

PROBLEMS_FILE = Path(__file__).parents[2] / "examples" / "demo" / "problems.jsonl"
PROBLEMS = [json.loads(line) for line in PROBLEMS_FILE.read_text(encoding="utf-8").splitlines()]
BY_ID = {problem["id"]: problem for problem in PROBLEMS}


def is_chinese(text: str) -> bool:
    return re.search(r"[\u4e00-\u9fff]", text) is not None


def sentences(text: str) -> int:
    """Count the sentence ends; a decimal point has a digit behind it and does not count."""
    return len(re.findall(r"[.?!](?=\s|$)|[\u3002\uff1f\uff01]", text))


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem["id"])
def test_problem_has_exactly_the_fields_of_the_format(problem):
    assert {key: type(value) for key, value in problem.items()} == {
        "id": str,
        "grade": int,
        "question": str,
        "answer": str,
    }
    assert re.fullmatch(rf"g{problem['grade']}-\d\d", problem["id"])
    assert re.fullmatch(r"0|[1-9]\d*|(0|[1-9]\d*)\.\d*[1-9]|[1-9]\d*/[1-9]\d*", problem["answer"])


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem["id"])
def test_question_is_one_to_four_sentences_and_asks_once(problem):
    question = problem["question"]
    assert question == question.strip()
    assert "\n" not in question
    mark = "\uff1f" if is_chinese(question) else "?"
    assert question.endswith(mark)
    assert len(re.findall(r"[?\uff1f]", question)) == 1
    assert 1 <= sentences(question) <= 4


def test_there_are_at_least_sixty_problems_spread_over_six_grades():
    assert len(PROBLEMS) >= 60
    assert Counter(problem["grade"] for problem in PROBLEMS) == dict.fromkeys(range(1, 7), 12)


def test_every_grade_has_a_chinese_problem():
    chinese = [problem["grade"] for problem in PROBLEMS if is_chinese(problem["question"])]
    assert sorted(chinese) == [1, 2, 3, 4, 5, 6]


def test_ids_and_questions_are_unique():
    assert len(BY_ID) == len(PROBLEMS)
    assert len({problem["question"] for problem in PROBLEMS}) == len(PROBLEMS)


def test_problems_that_differ_in_their_numbers_only_are_not_counted_twice():
    shapes = Counter(re.sub(r"\d+", "#", problem["question"]) for problem in PROBLEMS)
    assert [shape for shape, times in shapes.items() if times > 1] == []


def test_every_problem_is_recomputed():
    assert RECOMPUTED.keys() == BY_ID.keys()


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem["id"])
def test_printed_answer_equals_the_recomputed_one(problem):
    recomputed = RECOMPUTED[problem["id"]]
    assert isinstance(recomputed, int | Fraction)
    assert Fraction(problem["answer"]) == recomputed


@pytest.mark.parametrize("problem_id", SUBSTITUTED)
def test_printed_answer_fits_the_story_and_its_neighbours_do_not(problem_id):
    answer = Fraction(BY_ID[problem_id]["answer"])
    fits = SUBSTITUTED[problem_id]
    assert fits(answer)
    assert not fits(answer + 1)
    assert not fits(answer - 1)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem["id"])
def test_every_number_of_the_question_is_a_plain_number(problem):
    numbers = re.findall(r"\d[\d,./]*\d|\d", problem["question"])
    assert all(re.fullmatch(r"\d+(\.\d+)?|\d+/\d+", number) for number in numbers)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem["id"])
def test_answer_cannot_be_had_by_repeating_a_number_of_the_question(problem):
    numbers = re.findall(r"\d+/\d+|\d+\.\d+|\d+", problem["question"])
    assert Fraction(problem["answer"]) not in [Fraction(number) for number in numbers]
