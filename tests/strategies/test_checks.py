from typing import Any

import pytest

from cothink.core.answer import Answer
from cothink.core.chunk import Finish, TokenLogprob
from cothink.core.errors import SettingError
from cothink.core.request import Sampling
from cothink.routing.kind import KINDS
from cothink.strategies.checks import TABLE, Checks
from cothink.strategies.config import StrategiesConfig
from cothink.strategies.exact import recompute
from strategies.scripted import USAGE, ask, by_schema


def said(text: str, finish: Finish = "stop", **more: Any) -> Answer:
    return Answer(text=text, finish=finish, usage=USAGE, **more)


async def no_more(number: int) -> Answer | None:
    return None


def test_every_kind_of_task_has_a_row() -> None:
    assert set(TABLE) == set(KINDS)


@pytest.mark.parametrize(
    ("question", "answer", "standing"),
    [
        ("What is 17 * 23?", "391", "stands"),
        ("What is 17 * 23?", "It is 381.", "falls"),
        ("计算 12+30", "等于42", "stands"),
        ("What is (3 + 4) × 2?", "14", "stands"),
        ("What is 100 / 8?", "12.5", "stands"),
        ("What is 2 + 2?", "four", None),
        ("Tom has 3 apples, 2 + 1 of them red. How many?", "3", None),
        ("What is 3 + 4, and what is 5 + 6?", "7 and 11", None),
    ],
)
def test_a_question_that_is_one_sum_is_recomputed(question: str, answer: str, standing: str | None) -> None:
    verdict = recompute(question, answer)
    assert (verdict.standing if verdict else None) == standing


@pytest.mark.parametrize(
    ("answer", "standing"), [("x = 2 or x = 3", "stands"), ("x = 2 or x = 4", "falls"), ("It has two roots.", "unsure")]
)
async def test_the_answer_is_put_into_the_equation(answer: str, standing: str) -> None:
    judged = await Checks().inspect(ask("Solve x^2 - 5x + 6 = 0."), said(answer))
    assert judged.verdict.standing == standing


async def test_an_unsure_check_whose_samples_cannot_be_had_goes_to_the_pro() -> None:
    judged = await Checks().judge(ask("Tom has 3 apples and buys 5. How many has he?"), said("Answer: 8"), no_more)
    assert (judged.stands, judged.verdict.standing, judged.unsure) == (False, "unsure", "pro")
    assert "could be had" in judged.verdict.evidence


async def test_one_answer_is_enough_only_where_its_steps_stand_and_the_setting_says_so() -> None:
    checks = Checks(StrategiesConfig(agree=1))
    question = ask("Tom has 3 apples and buys 5 more. How many apples has he?")
    assert (await checks.judge(question, said("3 + 5 = 8\nAnswer: 8"), no_more)).stands
    assert not (await checks.judge(question, said("Answer: 8"), no_more)).stands


async def test_a_sure_short_answer_does_not_stand_by_being_sure() -> None:
    sure = said("Yes", logprobs=(TokenLogprob("Yes", -0.0001),))
    judged = await Checks().inspect(ask("Is it so? Answer yes or no."), sure)
    assert judged.verdict.unsure
    unsure = said("Yes", logprobs=(TokenLogprob("Yes", -3.0),))
    assert (await Checks().inspect(ask("Is it so? Answer yes or no."), unsure)).verdict.falls


async def test_an_answer_cut_at_the_clients_own_length_stands_where_it_is_free_text() -> None:
    request = ask("Write a poem.", sampling=Sampling(max_tokens=5))
    assert (await Checks().inspect(request, said("The sea is wide and", "length"))).stands
    assert not (await Checks().inspect(ask("Write a poem."), said("The sea is wide and", "length"))).stands
    maths = ask("Tom has 3 apples and buys 5. How many has he?", sampling=Sampling(max_tokens=5))
    assert not (await Checks().inspect(maths, said("Tom has 3", "length"))).stands


@pytest.mark.parametrize(
    ("text", "standing"), [("{}", "stands"), ("[]", "falls"), ("", "falls"), ("Sorry, no.", "falls")]
)
async def test_an_empty_object_is_an_answer_in_json(text: str, standing: str) -> None:
    judged = await Checks().inspect(ask("x", response_format=by_schema({"type": "object"})), said(text))
    assert judged.verdict.standing == standing


@pytest.mark.parametrize(
    ("field", "value"),
    [("agree", 0), ("sample_temperature", 0), ("dial", 2), ("max_patches", 0), ("on_bad_patch", "x")],
)
def test_a_bad_setting_is_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(SettingError, match=f"{field} is"):
        StrategiesConfig(**{field: value})
