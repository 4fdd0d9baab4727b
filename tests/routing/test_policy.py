from typing import Any

import pytest

from cothink.core.chunk import Chunk
from cothink.core.engine import Capabilities, Model, Stream
from cothink.core.errors import BadRequest, SettingError
from cothink.core.ledger import Limits
from cothink.core.messages import ImagePart, ImageUrl, Message
from cothink.core.price import Price
from cothink.core.request import Request
from cothink.core.run import Caller, Run
from cothink.routing.config import RoutingConfig, Rule
from cothink.routing.difficulty import Difficulty
from cothink.routing.policy import Decision, Policy


class Mute:
    async def stream(self, request: Request) -> Stream:
        yield Chunk(finish="stop")


class Fixed:
    """Scores everything the same."""

    def __init__(self, score: float) -> None:
        self._score = score

    def score(self, request: Request) -> Difficulty:
        return Difficulty(self._score, {"a fixed part": self._score})


def count(request: Request) -> int:
    return sum(len(message.text) for message in request.messages)


def model(name: str, **can: Any) -> Model:
    price = Price(input_usd=150, output_usd=600) if name == "pro" else Price()
    return Model(name=name, engine=Mute(), capabilities=Capabilities(**can), price=price)


def decide(
    text: str | Message,
    *,
    dial: float | None = None,
    score: float | None = None,
    config: RoutingConfig | None = None,
    limits: Limits | None = None,
    zones: frozenset[Any] = frozenset({"site", "hosted"}),
    pro_can: dict[str, Any] | None = None,
    key: str = "anonymous",
) -> Decision:
    message = Message("user", text) if isinstance(text, str) else text
    run = Run("r", limits=limits or Limits(), caller=Caller(key=key))
    policy = Policy(
        model("r1"),
        model("pro", zone="hosted", **(pro_can or {})),
        count=count,
        config=config,
        scorer=None if score is None else Fixed(score),
        zones=zones,
    )
    return policy.decide(Request(model="cothink-auto", messages=(message,), run=run, dial=dial))


PICTURE = Message("user", (ImagePart(ImageUrl("data:x")),))


def test_difficulty_is_held_against_the_dial_and_the_reason_says_so() -> None:
    easy, near, hard = (decide("Tell me a story.", score=score) for score in (0.2, 0.55, 0.9))
    assert [easy.strategy, near.strategy, hard.strategy] == ["r1", "cascade", "pro"]
    assert hard.reason == "difficulty 0.90 is well over 0.50 (dial 0.5): a fixed part"
    assert (hard.score, hard.models, easy.models, near.models) == (0.9, ("pro",), ("r1",), ("r1", "pro"))


def test_a_higher_dial_never_asks_a_cheaper_strategy() -> None:
    rank = {"r1": 0, "cascade": 1, "pro": 2}
    for score in (0.0, 0.3, 0.5, 0.7, 1.0):
        ranks = [rank[decide("Tell me a story.", dial=dial / 10, score=score).strategy] for dial in range(11)]
        assert ranks == sorted(ranks)


def test_the_ends_of_the_dial_are_one_model_alone() -> None:
    assert decide("Tell me a story.", dial=0, score=1.0).strategy == "r1"
    assert decide("Tell me a story.", dial=1, score=0.0).strategy == "pro"


def test_a_task_with_an_exact_check_goes_through_the_cascade_even_when_easy_or_hard() -> None:
    assert decide("What is 17 * 23?", score=0.1).strategy == "cascade"
    assert decide("What is 17 * 23?", score=0.8).strategy == "cascade"


def test_a_picture_goes_to_the_one_that_reads_it() -> None:
    decision = decide(PICTURE, pro_can={"modalities": frozenset({"text", "image"})})
    assert (decision.strategy, decision.reason) == ("pro", "r1 reads no images")


def test_what_neither_can_do_is_refused_with_both_reasons() -> None:
    with pytest.raises(BadRequest, match="r1 reads no images; pro reads no images"):
        decide(PICTURE)


def test_a_request_that_may_not_leave_the_site_goes_to_r1() -> None:
    decision = decide("Tell me a story.", score=1.0, zones=frozenset({"site"}))
    assert (decision.strategy, decision.reason) == (
        "r1",
        "pro stands in the zone hosted, and this request may not go there",
    )


def test_a_budget_that_does_not_pay_for_the_pro_goes_to_r1() -> None:
    decision = decide("Tell me a story.", score=1.0, limits=Limits(cost_nanousd=1_000_000))
    assert (decision.strategy, decision.reason) == ("r1", "the run's budget does not pay for pro")


def test_the_first_rule_that_fits_decides_before_difficulty() -> None:
    rules = {
        "code goes to review": Rule(strategy="review", kind="code"),
        "chinese": Rule(strategy="r1", language="zh"),
        "long": Rule(strategy="pro", longer_than=500),
        "law": Rule(strategy="pro", contains="CONTRACT"),
        "team a": Rule(strategy="cascade", caller="team-a"),
    }
    config = RoutingConfig(rules=rules)
    assert decide("Write a Python function f.", config=config).reason.startswith("the rule code goes to review")
    assert decide("你好", config=config, score=1.0).strategy == "r1"
    assert decide("word " * 200, config=config, score=0.0).strategy == "pro"
    assert decide("Read this contract.", config=config, score=0.0).strategy == "pro"
    assert decide("Hello.", config=config, score=0.0, key="team-a").strategy == "cascade"
    assert decide("Hello.", config=config, score=0.0).strategy == "r1"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Rule(strategy="fast", kind="code"), "strategy is 'fast'; allowed is r1, pro"),  # type: ignore[arg-type]
        (lambda: Rule(strategy="r1", kind="poem"), "kind is 'poem'"),
        (lambda: Rule(strategy="r1", language="de"), "language is 'de'"),
        (lambda: Rule(strategy="r1"), "needs a condition"),
        (lambda: RoutingConfig(dial=1.5), "dial is 1.5; allowed is 0 to 1"),
        (lambda: RoutingConfig(band=-1), "band is -1"),
    ],
)
def test_a_bad_setting_is_refused_by_name(make: Any, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        make()
