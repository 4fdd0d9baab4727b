import pytest

from cothink.core.engine import Engine
from cothink.core.errors import UpstreamUnreachable
from cothink.core.ledger import Limits
from cothink.strategies.checks import Checks
from cothink.strategies.config import StrategiesConfig
from cothink.strategies.fusion import Fusion
from strategies.scripted import O1_PRO, Scripted, answer_of, ask, count, model, steps_of

SUM = "What is 17 * 23? End with a line `Answer: NUMBER`."
CAPITAL = "What is the capital of Australia? Answer with one word."
RIGHT, WRONG = "17 * 23 = 391\nAnswer: 391", "17 * 23 = 381\nAnswer: 381"
DOWN = UpstreamUnreachable("The model's server is down.")


def fusion(r1: Engine, pro: Engine, **changes: object) -> Fusion:
    config = StrategiesConfig(**changes)  # type: ignore[arg-type]
    members = model("r1", r1), model("pro", pro, zone="hosted", price=O1_PRO)
    return Fusion(*members, checks=Checks(config), count=count, config=config)


async def test_both_are_asked_at_once_and_agreement_is_told() -> None:
    r1, pro = Scripted("Canberra"), Scripted("Canberra.")
    request = ask(CAPITAL)
    answer = await answer_of(fusion(r1, pro), request)
    assert (answer.text, r1.calls, pro.calls) == ("Canberra.", 1, 1)
    assert request.run.decision is not None
    assert "R1 and the pro agree" in request.run.decision
    assert not request.run.warnings


@pytest.mark.parametrize("right_one", ["r1", "pro"])
async def test_an_answer_that_a_check_refutes_loses_whoever_gave_it(right_one: str) -> None:
    r1, pro = (RIGHT, WRONG) if right_one == "r1" else (WRONG, RIGHT)
    request = ask(SUM)
    answer = await answer_of(fusion(Scripted(r1), Scripted(pro)), request)
    assert answer.text == RIGHT
    assert request.run.warnings == ["Not all agreed: 1 of 2 answers say something else."]
    assert any(step.name == "dissent" for step in request.run.trace.steps)


async def test_where_nothing_decides_the_pro_judges_and_sees_every_answer_as_data() -> None:
    pro = Scripted("Melbourne", "Canberra")
    request = ask(CAPITAL)
    answer = await answer_of(fusion(Scripted("Sydney"), pro), request)
    assert (answer.text, pro.calls) == ("Canberra", 2)
    asked = pro.requests[-1].question
    assert "Sydney" in asked
    assert "Melbourne" in asked
    assert asked.rstrip().endswith(CAPITAL)


async def test_without_a_judge_the_pro_weighs_more_than_one_answer_of_r1_and_less_than_two() -> None:
    alone = await answer_of(fusion(Scripted("Sydney"), Scripted("Canberra"), fusion_judge=False), ask(CAPITAL))
    assert alone.text == "Canberra"
    twice = fusion(Scripted("Canberra", "Canberra"), Scripted("Sydney"), fusion_judge=False, fusion_r1=2)
    assert (await answer_of(twice, ask(CAPITAL))).text == "Canberra"


@pytest.mark.parametrize(("r1", "pro"), [(DOWN, "Canberra"), ("Canberra", DOWN)])
async def test_one_that_fails_does_not_end_the_other(r1: object, pro: object) -> None:
    request = ask(CAPITAL)
    answer = await answer_of(fusion(Scripted(r1), Scripted(pro)), request)  # type: ignore[arg-type]
    assert answer.text == "Canberra"
    assert steps_of(request, "sub_call_failed")


async def test_where_all_fail_the_first_error_is_told() -> None:
    with pytest.raises(UpstreamUnreachable):
        await answer_of(fusion(Scripted(DOWN), Scripted(DOWN)), ask(CAPITAL))


async def test_a_limit_of_calls_leaves_what_was_answered() -> None:
    request = ask(CAPITAL, limits=Limits(calls=1))
    answer = await answer_of(fusion(Scripted("Canberra"), Scripted("Sydney")), request)
    assert answer.text
