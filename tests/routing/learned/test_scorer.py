import pytest

from cothink.core.messages import Message
from cothink.core.request import Request
from cothink.core.run import Caller, Run
from cothink.routing.learned.correction import Corrections, Outcome
from cothink.routing.learned.model import Router
from cothink.routing.learned.scorer import LearnedScorer, place

SORT = "Put this list into ascending order: 5, 3, 8, 1, 2, 9."
SPREAD = "Compute the standard deviation of the measurements 5, 3, 8, 1, 2, 9."


def ask(text: str, tenant: str = "", name: str = "r") -> Request:
    return Request(model="m", messages=(Message("user", text),), run=Run(name, caller=Caller(tenant=tenant)))


def test_the_score_is_the_place_of_the_gain_among_prompts(router: Router) -> None:
    scorer = LearnedScorer(router)
    low, high = scorer.score(ask(SORT)), scorer.score(ask(SPREAD))
    assert 0 <= low.score < 0.4 < high.score <= 1
    assert "R1 solves it with" in high.words and "spread" in high.words


def test_what_was_never_seen_is_left_to_the_plain_signs(router: Router) -> None:
    scorer = LearnedScorer(router)
    simple, hard = scorer.score(ask("Say hello to my neighbour.")), scorer.score(ask("Prove rigorously that NP-hard."))
    assert simple.parts["known"] < 0.4 and simple.score < hard.score
    assert "so plain signs" in simple.words


def test_a_place_lies_between_its_neighbours() -> None:
    scale = tuple(i / 100 for i in range(101))
    assert place(scale, -1) == 0 and place(scale, 2) == 1
    assert place(scale, 0.305) == pytest.approx(0.305)
    assert 0 <= place((0.0,) * 50 + (0.1,) * 51, 0.05) <= 1, "a scale may have steps"


def test_outcomes_move_the_chances_of_their_own_tenant_only(router: Router) -> None:
    corrections = Corrections()
    corrections.learn(Outcome("ours", "sort", "r1", 0.8, 0.0) for _ in range(100))
    scorer = LearnedScorer(router, corrections)
    before, after = scorer.score(ask(SORT, "theirs")), scorer.score(ask(SORT, "ours"))
    assert after.parts["R1's chance"] < before.parts["R1's chance"] - 0.2
    assert before.parts == LearnedScorer(router).score(ask(SORT)).parts


def test_exploring_takes_about_its_share_and_the_same_request_the_same_way(router: Router) -> None:
    scorer = LearnedScorer(router, explore=0.2)
    tried = [scorer.score(ask(SORT, name=f"r{i}")).explores for i in range(200)]
    assert 15 <= sum(tried) <= 65
    assert tried == [scorer.score(ask(SORT, name=f"r{i}")).explores for i in range(200)]
    assert not LearnedScorer(router).score(ask(SORT)).explores
