import pytest

from cothink.core.engine import Engine
from cothink.core.errors import SettingError, Unsupported
from cothink.core.messages import ImagePart, ImageUrl, Message
from cothink.routing.config import StrategyName
from cothink.routing.policy import Policy
from cothink.strategies.auto import Auto
from cothink.strategies.cascade import Cascade
from cothink.strategies.checks import Checks
from cothink.strategies.direct import Direct
from cothink.strategies.review import Review
from strategies.scripted import Scripted, answer_of, ask, count, model, steps_of


def auto(r1_engine: Scripted, pro_engine: Scripted) -> Auto:
    r1 = model("r1", r1_engine)
    pro = model("pro", pro_engine, zone="hosted", modalities=frozenset({"text", "image"}))
    strategies: dict[StrategyName, Engine] = {
        "r1": Direct(r1, name="r1", count=count),
        "pro": Direct(pro, name="pro", count=count),
        "cascade": Cascade(r1, pro, checks=Checks(), count=count),
        "review": Review(r1, pro, checks=Checks(), count=count),
    }
    return Auto(Policy(r1, pro, count=count), strategies)


async def test_an_easy_question_goes_to_r1_and_the_reason_is_said() -> None:
    r1, pro = Scripted("Hello."), Scripted("x")
    request = ask("Say hello.", dial=0.3)
    await answer_of(auto(r1, pro), request)
    assert (r1.calls, pro.calls, request.run.strategy) == (1, 0, "r1")
    assert request.run.decision is not None and "difficulty" in request.run.decision
    assert steps_of(request, "decision")


async def test_a_task_with_a_check_goes_through_the_cascade() -> None:
    r1, pro = Scripted("381"), Scripted("391")
    request = ask("What is 17 * 23?")
    assert (await answer_of(auto(r1, pro), request)).text == "391"
    assert request.run.strategy == "cascade"


@pytest.mark.parametrize(("dial", "strategy"), [(0.0, "r1"), (1.0, "pro")])
async def test_the_ends_of_the_dial_are_one_model_alone(dial: float, strategy: str) -> None:
    request = ask("What is 17 * 23?", dial=dial)
    await answer_of(auto(Scripted("391"), Scripted("391")), request)
    assert request.run.strategy == strategy


async def test_a_picture_goes_to_the_model_that_reads_it() -> None:
    request = ask((Message("user", (ImagePart(ImageUrl("data:x")),)),), dial=0.0)
    await answer_of(auto(Scripted("x"), Scripted("A cat.")), request)
    assert (request.run.strategy, request.run.decision) == ("pro", "r1 reads no images")


async def test_logprobs_are_refused() -> None:
    with pytest.raises(Unsupported):
        await answer_of(auto(Scripted("x"), Scripted("x")), ask("Hi", logprobs=True))


def test_a_strategy_without_an_engine_is_a_setting_error() -> None:
    policy = Policy(model("r1", Scripted("x")), model("pro", Scripted("x")), count=count)
    with pytest.raises(SettingError, match="cascade"):
        Auto(policy, {"r1": Scripted("x"), "pro": Scripted("x")})
