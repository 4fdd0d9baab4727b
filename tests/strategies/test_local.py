import pytest

from cothink.core.engine import Engine
from cothink.core.errors import BadRequest, ContextTooLong, SettingError, Unsupported, UpstreamUnreachable
from cothink.core.ledger import Limits
from cothink.core.messages import ImagePart, ImageUrl, Message
from cothink.strategies.checks import Checks
from cothink.strategies.config import StrategiesConfig
from cothink.strategies.local import Local
from strategies.scripted import USAGE, Scripted, answer_of, ask, by_schema, count, model, steps_of

SUM = "What is 17 * 23?"
RIGHT, WRONG, WORSE = "17 * 23 = 391\nAnswer: 391", "17 * 23 = 381\nAnswer: 381", "17 * 23 = 371\nAnswer: 371"
STORY = "Tom has 3 apples and buys 5 more, then eats 2. How many apples does he have?"
SIX, SEVEN = "3 + 5 = 8. 8 - 2 = 6.\nAnswer: 6", "3 + 5 = 8. 8 - 1 = 7.\nAnswer: 7"
SCHEMA = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}


def local(r1: Engine, other: Engine | None = None, **changes: object) -> Local:
    config = StrategiesConfig(**changes)  # type: ignore[arg-type]
    second = None if other is None else model("pro", other)
    return Local(model("r1", r1), second, checks=Checks(config), count=count, config=config)


async def test_what_stands_is_given_and_nothing_is_said_of_escalation() -> None:
    request = ask(SUM)
    answer = await answer_of(local(Scripted(RIGHT)), request)
    assert (answer.text, request.run.strategy, request.run.verification) == (RIGHT, "local", "verified")
    assert request.run.warnings == []
    assert not steps_of(request, "not_escalated")


async def test_r1_answers_again_in_the_place_of_the_pro_until_a_check_upholds_one() -> None:
    r1 = Scripted(WRONG, WORSE, RIGHT)
    request = ask(SUM)
    answer = await answer_of(local(r1), request)
    assert (answer.text, r1.calls, request.run.verification) == (RIGHT, 3, "verified")
    assert "local only" in (request.run.decision or "")
    assert steps_of(request, "not_escalated") == [{"check": "recomputation", "verdict": "falls"}]
    assert not request.run.warnings  # a check upholds the answer, so nothing is missing


async def test_what_no_answer_mends_is_said_openly_with_what_the_check_found() -> None:
    r1 = Scripted(WRONG)
    request = ask(SUM)
    answer = await answer_of(local(r1), request)
    assert (answer.text, r1.calls, request.run.verification) == (WRONG, 4, "refuted")
    assert request.run.warnings[0].startswith("Not escalated: local only. ")
    assert "391" in request.run.warnings[0]


async def test_where_r1s_answers_differ_most_of_them_decide() -> None:
    r1 = Scripted(SEVEN, SIX, SIX, SIX)
    request = ask(STORY)
    answer = await answer_of(local(r1), request)
    assert (answer.text, request.run.verification) == (SIX, "unverified")
    assert request.run.warnings == [warning for warning in request.run.warnings if "local only" in warning]


async def test_an_open_question_is_asked_once_since_more_answers_could_not_be_compared() -> None:
    r1 = Scripted("A cut", "x")
    r1.says = ((*_cut("A cut story that"),),)
    request = ask("Tell me a story of the sea.")
    answer = await answer_of(local(r1, local_samples=0), request)
    assert answer.finish == "length"
    assert "local only" in request.run.warnings[0]


async def test_nothing_more_is_asked_where_the_setting_says_zero() -> None:
    r1 = Scripted(WRONG, RIGHT)
    assert (await answer_of(local(r1, local_samples=0), ask(SUM))).text == WRONG
    assert r1.calls == 1


async def test_the_ledger_ends_the_further_answers() -> None:
    r1 = Scripted(WRONG, WORSE, RIGHT)
    request = ask(SUM, limits=Limits(calls=2))
    answer = await answer_of(local(r1), request)
    assert answer.text in {WRONG, WORSE}
    assert (r1.calls, request.run.stopped_by) == (2, "run_calls_limit")
    assert "local only" in request.run.warnings[0]


async def test_json_stays_in_the_clients_form_in_every_further_answer() -> None:
    r1 = Scripted("no json", "no json", '{"name": "Ann"}')
    request = ask("Who is it?", response_format=by_schema(SCHEMA))
    answer = await answer_of(local(r1), request)
    assert (answer.text, request.run.verification) == ('{"name": "Ann"}', "verified")
    assert all(sub.response_format == request.response_format for sub in r1.requests)


async def test_a_server_that_fails_is_an_error_and_nobody_else_is_asked() -> None:
    with pytest.raises(UpstreamUnreachable):
        await answer_of(local(Scripted(UpstreamUnreachable("away"))), ask(SUM))


async def test_what_the_one_model_cannot_do_is_an_error_that_names_it() -> None:
    picture = (Message("user", (ImagePart(ImageUrl("data:image/png;base64,AA==")),)),)
    with pytest.raises(Unsupported, match="r1 reads no images"):
        await answer_of(local(Scripted("x")), ask(picture))
    small = Local(model("r1", Scripted("x"), context_tokens=50), checks=Checks(), count=count)
    with pytest.raises(ContextTooLong):
        await answer_of(small, ask("word " * 2_000))


async def test_a_second_model_of_the_site_is_asked_in_the_place_of_the_pro() -> None:
    r1, other = Scripted(WRONG), Scripted(RIGHT)
    request = ask(SUM)
    assert (await answer_of(local(r1, other), request)).text == RIGHT
    assert (r1.calls, other.calls, request.run.strategy) == (1, 1, "local")
    assert {entry.zone for entry in request.run.ledger.entries} == {"site"}


def test_a_hosted_model_is_refused_when_the_team_is_built() -> None:
    hosted = model("pro", Scripted("x"), zone="hosted")
    with pytest.raises(SettingError, match="pro is hosted"):
        Local(model("r1", Scripted("x")), hosted, checks=Checks(), count=count)
    with pytest.raises(SettingError, match="pro is hosted"):
        Local(hosted, checks=Checks(), count=count)


async def test_a_bad_schema_is_refused_before_anything_is_asked() -> None:
    r1 = Scripted("x")
    with pytest.raises(BadRequest):
        await answer_of(local(r1), ask("x", response_format=by_schema({"type": "nonsense"})))
    assert r1.calls == 0


def _cut(text: str) -> list[object]:
    from cothink.core.chunk import Chunk

    return [Chunk(text=text), Chunk(finish="length", usage=USAGE)]
