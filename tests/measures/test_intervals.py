import numpy as np
import pytest

from cothink.measures.intervals import bootstrap, wilson


def test_wilson_gives_the_published_interval():
    interval = wilson(81, 263)
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.2553, 0.3662)


def test_wilson_never_leaves_zero_to_one():
    assert wilson(0, 5).low == 0.0
    assert wilson(5, 5).high == 1.0


@pytest.mark.parametrize(("right", "n"), [(1, 0), (-1, 4), (5, 4)])
def test_wilson_refuses_what_is_no_share(right, n):
    with pytest.raises(ValueError, match=f"got right {right} and n {n}"):
        wilson(right, n)


def test_bootstrap_holds_the_figure_and_repeats_by_seed():
    column = np.random.default_rng(1).normal(size=200)
    one, two = bootstrap(np.mean, column, seed=3), bootstrap(np.mean, column, seed=3)
    assert one == two
    assert one.low < one.value < one.high


def test_rows_of_one_cluster_are_drawn_together():
    # Ten copies of each of ten figures know no more than the ten themselves.
    column = np.repeat(np.arange(10.0), 10)
    alone, together = bootstrap(np.mean, column), bootstrap(np.mean, column, clusters=np.repeat(np.arange(10), 10))
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_columns_of_different_length_are_named_with_their_lengths():
    with pytest.raises(ValueError, match="column 0 3, column 1 2"):
        bootstrap(lambda a, b: 0.0, [1, 2, 3], [1, 2])


def test_a_figure_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="1 of 2 are not"):
        bootstrap(np.mean, [1.0, float("nan")])
