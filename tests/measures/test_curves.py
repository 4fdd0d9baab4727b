import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.measures.curves import apgr, cpt, curve, lift, own_choice

CHEAP, STRONG = [1, 0, 0, 1], [1, 1, 1, 0]
ROWS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([0.0, 1.0])), min_size=1)


def test_the_oracle_has_lift_one_and_its_opposite_falls_below_random():
    gains = np.subtract(STRONG, CHEAP)
    assert lift(gains, CHEAP, STRONG) == pytest.approx(1.0)
    assert lift(-gains, CHEAP, STRONG) == pytest.approx(-1.0)


def test_a_constant_score_is_random_mixing():
    assert lift([7] * 4, CHEAP, STRONG) == pytest.approx(0.0)
    assert apgr([7] * 4, CHEAP, STRONG) == pytest.approx(0.5)


@given(ROWS)
def test_every_curve_runs_from_always_cheap_to_always_strong(rows):
    need, cheap, strong = (np.array(column) for column in zip(*rows, strict=True))
    line = curve(need, cheap, strong)
    assert line.at(0) == pytest.approx(cheap.mean())
    assert line.at(1) == pytest.approx(strong.mean())


def test_share_for_finds_the_first_share_that_reaches_a_quality():
    line = curve([2, 1, 0, -1], [0, 0, 1, 1], [1, 1, 1, 1])
    assert line.share_for(1.0) == pytest.approx(0.5)
    assert line.share_for(0.75) == pytest.approx(0.25)
    assert line.share_for(0.2) == 0.0
    assert math.isnan(line.share_for(1.1))


def test_cpt_is_the_share_that_recovers_part_of_the_gap():
    assert cpt([2, 1, 0, -1], [0, 0, 1, 1], [1, 1, 1, 1], 0.5) == pytest.approx(0.25)


def test_no_gap_has_nothing_to_recover():
    assert math.isnan(apgr([1, 2], [1, 0], [0, 1]))
    assert math.isnan(lift([1, 2], [1, 0], [1, 0]))


def test_own_choice_takes_the_strong_model_only_where_it_is_thought_better():
    assert own_choice([0.9, 0.1, 0.5, 0.5], [0.1, 0.9, 0.5, 0.6], CHEAP, STRONG) == pytest.approx(0.5)
