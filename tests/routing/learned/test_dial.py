import numpy as np
import pytest

from cothink.core.errors import SettingError
from cothink.routing.learned.dial import by_budget, by_quality, by_share

RANDOM = np.random.default_rng(0)
CHEAP = RANDOM.uniform(0.2, 0.8, 500).tolist()
STRONG = [min(1.0, one + gain) for one, gain in zip(CHEAP, RANDOM.uniform(-0.1, 0.4, 500), strict=True)]


def test_a_share_gives_the_threshold_that_so_many_prompts_pass() -> None:
    dial = by_share(CHEAP, STRONG, 0.3, (0.001, 0.1))
    passed = np.mean([b - a >= dial.gain for a, b in zip(CHEAP, STRONG, strict=True)])
    assert passed == pytest.approx(0.3, abs=0.01)
    assert dial.usd == pytest.approx(1000 * (0.7 * 0.001 + 0.3 * 0.1))


def test_a_budget_is_kept_and_a_larger_one_promises_no_less() -> None:
    some, more = (by_budget(CHEAP, STRONG, usd, (0.001, 0.1)) for usd in (20, 40))
    assert some.usd <= 20.01 and more.usd <= 40.01
    assert some.quality < more.quality
    assert by_budget(CHEAP, STRONG, 1_000, (0.001, 0.1)).share < 1, "prompts that lose by the pro stay with R1"


def test_a_quality_takes_the_fewest_pro_calls_that_promise_it() -> None:
    dial = by_quality(CHEAP, STRONG, 0.6, (0, 0))
    assert dial.quality == pytest.approx(0.6, abs=0.002)
    assert by_share(CHEAP, STRONG, dial.share - 0.02, (0, 0)).quality < 0.6


def test_what_cannot_be_had_is_refused_in_words() -> None:
    with pytest.raises(SettingError, match="the most that these prompts promise"):
        by_quality(CHEAP, STRONG, 0.99, (0, 0))
    with pytest.raises(SettingError, match="the price of a call of both"):
        by_budget(CHEAP, STRONG, 5, (0, 0))
    with pytest.raises(SettingError, match="R1 alone cost 10"):
        by_budget(CHEAP, STRONG, 5, (0.01, 0.1))
    with pytest.raises(SettingError, match="pro-share is 2"):
        by_share(CHEAP, STRONG, 2, (0, 0))
    with pytest.raises(SettingError, match="of 0 prompts"):
        by_share([], [], 0.5, (0, 0))
