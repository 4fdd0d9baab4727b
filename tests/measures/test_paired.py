import numpy as np
import pytest
from scipy.stats import binomtest

from cothink.measures.paired import gain, mcnemar
from cothink.measures.ranking import auc


def test_mcnemar_agrees_with_the_binomial_test():
    first, second = [1] * 9 + [0] * 3 + [1] * 50, [0] * 9 + [1] * 3 + [1] * 50
    found = mcnemar(first, second)
    assert (found.only_first, found.only_second) == (9, 3)
    assert found.p_value == pytest.approx(binomtest(3, 12).pvalue)


def test_two_equal_ways_differ_by_chance_for_sure():
    assert mcnemar([1, 0, 1], [1, 0, 1]).p_value == 1.0


def test_mcnemar_holds_where_two_to_the_n_leaves_the_floats():
    assert mcnemar([1] * 3000 + [0] * 100, [0] * 3000 + [1] * 100).p_value < 1e-300


def test_gain_is_paired_so_shared_noise_leaves_it():
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, 400)
    score = truth + random.normal(size=400)
    interval = gain(auc, score, score - 0.0, truth)
    assert (interval.low, interval.value, interval.high) == (0.0, 0.0, 0.0)
