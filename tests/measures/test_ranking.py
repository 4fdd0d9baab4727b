import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from sklearn.metrics import roc_auc_score

from cothink.measures.ranking import auc, ks

ROWS = st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 1)), min_size=2, max_size=40).filter(
    lambda rows: len({truth for _, truth in rows}) == 2
)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of the library's p-value, which is not compared
@given(ROWS)
def test_auc_and_ks_agree_with_the_libraries_ties_included(rows):
    score, truth = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    assert auc(score, truth) == pytest.approx(roc_auc_score(truth, score))
    assert ks(score, truth) == pytest.approx(ks_2samp(score[truth == 1], score[truth == 0]).statistic)


def test_one_class_alone_has_no_order():
    assert math.isnan(auc([1.0, 2.0], [1, 1]))
    assert math.isnan(ks([1.0, 2.0], [0, 0]))


def test_a_truth_that_is_neither_is_named():
    with pytest.raises(ValueError, match="every label must be 0 or 1, got 2"):
        auc([0.1, 0.2], [0, 2])
