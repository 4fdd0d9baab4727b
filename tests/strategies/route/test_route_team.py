from collections.abc import Sequence
from typing import Any

import pytest

from cothink.core.answer import Answer
from cothink.core.deadline import Times
from cothink.core.engine import Engine
from cothink.core.errors import BadRequest, UpstreamUnreachable
from cothink.core.ledger import Limits
from cothink.core.messages import ImagePart, ImageUrl, Message
from cothink.core.request import Request
from cothink.strategies.checks import Checks, Judgement
from cothink.strategies.config import StrategiesConfig
from cothink.strategies.route.belief import AnswerCheck, Chances
from cothink.strategies.route.config import RouteConfig
from cothink.strategies.route.team import CascadeRouting
from strategies.scripted import O1_PRO, Scripted, Silent, answer_of, ask, count, first_chunks, model, steps_of

SUM = "What is 17 * 23?"
RIGHT, WRONG = "17 * 23 = 391. Answer: 391", "17 * 23 = 381. Answer: 381"
CAPITAL = "What is the capital of Australia? Answer with one word."
DOWN = UpstreamUnreachable("The model's server is down.")


class Told:
    """Chances that a test wrote down."""

    def __init__(self, r1: float, pro: float) -> None:
        self.told = Chances(r1, pro)

    def chances(self, request: Request) -> Chances:
        return self.told


def team(
    r1: Engine,
    pro: Engine,
    chances: tuple[float, float] = (0.6, 0.9),
    *,
    answers: AnswerCheck | None = None,
    r1_can: dict[str, Any] | None = None,
    **route: Any,
) -> CascadeRouting:
    config = StrategiesConfig(route=RouteConfig(**{"value_usd": 100.0, **route}))
    return CascadeRouting(
        model("r1", r1, **(r1_can or {})),
        model("pro", pro, zone="hosted", price=O1_PRO),
        priors=Told(*chances),
        checks=Checks(config),
        count=count,
        config=config,
        answers=answers,
    )


async def test_r1_begins_and_is_enough_where_its_check_stands() -> None:
    r1, pro = Scripted(RIGHT), Scripted("unused")
    request = ask(SUM)
    assert (await answer_of(team(r1, pro), request)).text == RIGHT
    assert (r1.calls, pro.calls, request.run.strategy) == (1, 0, "route")
    assert request.run.verification == "verified"
    assert [move.step for move in moves(request)] == ["r1", "stop"]


async def test_the_pro_begins_where_r1_hardly_ever_solves_it() -> None:
    r1, pro = Scripted("unused"), Scripted("Canberra")
    request = ask(CAPITAL)
    assert (await answer_of(team(r1, pro, (0.03, 0.9)), request)).text == "Canberra"
    assert (r1.calls, pro.calls) == (0, 1)


async def test_after_an_answer_that_a_check_refutes_the_gain_goes_to_the_pro_with_what_was_found() -> None:
    r1, pro = Scripted(WRONG), Scripted(RIGHT)
    request = ask(SUM)
    assert (await answer_of(team(r1, pro, most_samples=1), request)).text == RIGHT
    assert [move.step for move in moves(request)] == ["r1", "pro"]
    assert "391" in pro.requests[0].question
    assert request.run.decision is not None
    assert "R1's answer is right with 3%" in request.run.decision


async def test_answers_of_r1_that_agree_end_it_and_verify() -> None:
    r1, pro = Scripted("Canberra", "Canberra."), Scripted("unused")
    request = ask(CAPITAL)
    answer = await answer_of(team(r1, pro, (0.75, 0.85), value_usd=20.0, most_samples=2), request)
    assert (answer.text, r1.calls, pro.calls) == ("Canberra", 2, 0)
    assert request.run.verification == "verified"
    assert [move.step for move in moves(request)] == ["r1", "r1", "stop"]


async def test_answers_of_r1_that_differ_make_the_pro_worth_its_price() -> None:
    r1, pro = Scripted("Canberra", "Sydney"), Scripted("Canberra")
    request = ask(CAPITAL)
    await answer_of(team(r1, pro, (0.75, 0.9), value_usd=5.0, most_samples=2), request)
    assert (r1.calls, pro.calls) == (2, 1)
    assert [move.step for move in moves(request)] == ["r1", "r1", "pro"]


async def test_a_better_second_answer_of_r1_is_given() -> None:
    r1, pro = Scripted(WRONG, RIGHT), Scripted("unused")
    request = ask(SUM)
    answer = await answer_of(team(r1, pro, (0.6, 0.62), value_usd=1.0), request)
    assert (answer.text, pro.calls, request.run.verification) == (RIGHT, 0, "verified")


async def test_nothing_goes_on_where_it_is_not_worth_its_price_and_a_fault_is_told() -> None:
    r1, pro = Scripted(WRONG), Scripted(RIGHT)
    request = ask(SUM)
    assert (await answer_of(team(r1, pro, value_usd=0.0001), request)).text == WRONG
    assert (r1.calls, pro.calls, request.run.verification) == (1, 0, "refuted")
    assert request.run.warnings[0].startswith("R1's answer is given though a check finds fault")


async def test_the_dial_of_the_request_weighs_the_money() -> None:
    for dial, calls in ((0.0, 0), (1.0, 1)):
        pro = Scripted(RIGHT)
        await answer_of(team(Scripted(WRONG), pro, most_samples=1), ask(SUM, dial=dial))
        assert pro.calls == calls


async def test_a_learned_check_takes_the_place_of_priors_and_sees_further_answers() -> None:
    seen: list[list[str]] = []

    def learned(request: Request, draft: Answer, judged: Judgement, others: Sequence[str]) -> Chances:
        seen.append(list(others))
        return Chances(0.95 if others else 0.5, 0.9, "learned")

    r1, pro = Scripted("Canberra", "Sydney"), Scripted("unused")
    request = ask(CAPITAL)
    await answer_of(team(r1, pro, (0.75, 0.8), answers=learned, value_usd=1.0, r1_call_usd=0.0), request)
    assert seen[0] == []
    assert seen[1] in (["Sydney"], ["Canberra"])
    assert moves(request)[1].p_right == 0.5
    assert pro.calls == 0


async def test_the_pros_answer_that_a_check_refutes_loses_to_a_draft_that_none_does() -> None:
    draft = "It is three hundred and ninety-one."
    r1, pro = Scripted(draft), Scripted(WRONG)
    request = ask(SUM, stream=False)
    answer = await answer_of(team(r1, pro, (0.7, 0.9), most_samples=1), request)
    assert answer.text == draft
    assert "so R1's is given" in request.run.warnings[0]


async def test_limits_end_it_with_the_best_answer_so_far_and_words() -> None:
    for limits in (Limits(calls=1), Limits(cost_nanousd=50_000_000), Limits(tokens=300)):
        r1, pro = Scripted(WRONG), Scripted(RIGHT)
        request = ask(SUM, limits=limits)
        answer = await answer_of(team(r1, pro, most_samples=1), request)
        assert (answer.text, pro.calls, request.run.verification) == (WRONG, 0, "refuted")
        assert steps_of(request, "route_limits")
        ledger = request.run.ledger
        assert ledger.calls_left is None or len(ledger.entries) <= 1


async def test_time_that_is_over_asks_nobody_more() -> None:
    request = ask(SUM)
    request.run.deadline.times = Times(whole_s=0.4)
    answer = await answer_of(team(Scripted(WRONG), Scripted(RIGHT)), request)
    assert answer.text == WRONG


async def test_a_model_that_fails_leaves_the_other() -> None:
    request = ask(SUM)
    assert (await answer_of(team(Scripted(DOWN), Scripted(RIGHT)), request)).text == RIGHT
    request = ask(SUM)
    answer = await answer_of(team(Scripted(WRONG), Scripted(DOWN), most_samples=1), request)
    assert (answer.text, request.run.verification) == (WRONG, "unverified")
    request = ask(SUM)
    r1 = Scripted(WRONG, DOWN)
    assert (await answer_of(team(r1, Scripted(RIGHT)), request)).text == RIGHT
    assert steps_of(request, "sub_call_failed")


async def test_what_r1_cannot_take_goes_to_the_pro_and_what_neither_can_is_an_error() -> None:
    picture = (Message("user", (ImagePart(ImageUrl("data:image/png;base64,AA==")),)),)
    with pytest.raises(BadRequest):
        await answer_of(team(Scripted("x"), Scripted("y")), ask(picture))
    long = "word " * 3_000
    assert (await answer_of(team(Scripted("x"), Scripted("y"), r1_can={"context_tokens": 500}), ask(long))).text == "y"


async def test_both_begin_at_once_where_waiting_is_dear_and_r1_wins_by_its_check() -> None:
    r1, pro = Scripted(RIGHT), Silent()
    request = ask(SUM)
    answer = await answer_of(team(r1, pro, (0.4, 0.6), value_usd=1_000.0, second_usd=1.0), request)
    assert answer.text == RIGHT
    assert moves(request)[0].step == "both"
    assert pro.open == 0
    assert steps_of(request, "early")


@pytest.mark.parametrize("silent", ["r1", "pro"])
async def test_a_hang_up_closes_whoever_is_asked(silent: str) -> None:
    import asyncio

    quiet = Silent()
    r1, pro = (quiet, Scripted(RIGHT)) if silent == "r1" else (Scripted(WRONG), quiet)
    task = asyncio.create_task(first_chunks(team(r1, pro, most_samples=1), ask(SUM), 99))  # type: ignore[arg-type]
    await quiet.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert quiet.open == 0


def moves(request: Request) -> list[Any]:
    return steps_of(request, "route")
