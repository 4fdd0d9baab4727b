import math

import pytest

from cothink.core.errors import BadRequest
from cothink.verify.confidence import check_confidence, lowest_window
from cothink.verify.config import VerifyConfig


def test_sure_tokens_stand_with_their_probability_as_score() -> None:
    verdict = check_confidence([-0.1] * 20, margins=[2.0] * 20)
    assert verdict.stands
    assert verdict.score == pytest.approx(math.exp(-0.1))


def test_a_low_mean_falls() -> None:
    assert check_confidence([-2.0] * 20).falls


def test_one_weak_window_falls_though_the_mean_is_good() -> None:
    verdict = check_confidence([-0.01] * 200 + [-4.0] * 8 + [-0.01] * 200)
    assert verdict.falls
    assert "from token 200" in verdict.evidence


def test_a_small_margin_on_the_answer_is_unsure() -> None:
    margins = [5.0] * 19 + [0.1]
    assert check_confidence([-0.1] * 20, margins=margins).unsure
    assert check_confidence([-0.1] * 20, margins=margins, answer_span=(0, 5)).stands


def test_the_answers_own_tokens_count() -> None:
    logprobs = [-0.01] * 50 + [-1.0] * 2
    assert check_confidence(logprobs).stands
    assert check_confidence(logprobs, answer_span=(50, 52)).unsure


def test_no_logprobs_are_unsure() -> None:
    assert check_confidence([]).unsure


def test_a_sentinel_for_an_impossible_token_does_not_decide_alone() -> None:
    assert check_confidence([-0.01] * 300 + [-9999.0], config=VerifyConfig(window_logprob_falls=-5.0)).stands
    assert check_confidence([-math.inf, -0.01]).falls


@pytest.mark.parametrize(
    ("arguments", "param"),
    [
        ({"logprobs": [0.5]}, "logprobs"),
        ({"logprobs": [math.nan]}, "logprobs"),
        ({"logprobs": [-1.0], "margins": [1.0, 2.0]}, "margins"),
        ({"logprobs": [-1.0], "answer_span": (0, 2)}, "answer_span"),
        ({"logprobs": [-1.0], "answer_span": (1, 1)}, "answer_span"),
    ],
)
def test_bad_input_is_refused_by_name(arguments: dict[str, object], param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        check_confidence(**arguments)  # type: ignore[arg-type]
    assert caught.value.param == param


def test_the_lowest_window_is_found_at_either_end_and_in_short_lists() -> None:
    assert lowest_window([-5, -5, 0, 0], 2) == (-5, 0)
    assert lowest_window([0, 0, -5, -5], 2) == (-5, 2)
    assert lowest_window([-1, -3], 8) == (-2, 0)
