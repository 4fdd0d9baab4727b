import pytest
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as reference_log_loss

from cothink.measures.calibration import bins, brier, ece, log_loss

SAID, TRUTH = [0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]


def test_brier_and_log_loss_agree_with_the_library():
    assert brier(SAID, TRUTH) == pytest.approx(brier_score_loss(TRUTH, SAID))
    assert log_loss(SAID, TRUTH) == pytest.approx(reference_log_loss(TRUTH, SAID))


def test_log_loss_of_a_sure_mistake_is_finite():
    assert log_loss([0.0], [1]) < 30


def test_what_comes_true_as_often_as_said_has_no_error():
    assert ece([0.5] * 10, [0, 1] * 5, count=1) == pytest.approx(0)


def test_ece_by_hand_over_two_bins_of_equal_mass():
    # The bins hold .1 and .35 (one of two came true), .4 and .8 (one of two).
    assert ece(SAID, TRUTH, count=2) == pytest.approx((abs(0.225 - 0.5) + abs(0.6 - 0.5)) / 2)


def test_there_are_never_more_bins_than_rows():
    assert [part.n for part in bins(SAID, TRUTH, count=10)] == [1, 1, 1, 1]


def test_a_probability_outside_zero_to_one_is_named():
    with pytest.raises(ValueError, match=r"must lie in 0..1, got 1.5"):
        brier([1.5], [1])
