import pytest
from hypothesis import given
from hypothesis import strategies as st
from traffic_fakes import replicas

from cothink.core.errors import SettingError
from cothink.engines.fake import fake
from cothink.traffic.replica import FORGET_AT, Latency


def latency(*times_us):
    one = Latency()
    one.counts_times = True
    for time_us in times_us:
        one.add(time_us)
    return one


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=200), st.floats(0.01, 1.0))
def test_a_percentile_is_right_within_a_quarter(times, share):
    known = sorted(times)
    true_us = known[min(len(known) - 1, max(0, -int(-len(known) * share // 1) - 1))]
    told_us = latency(*times).percentile_s(share) * 1e6
    assert true_us * 0.99 <= told_us <= max(true_us * 1.26, true_us + 2)


def test_times_are_counted_only_where_somebody_needs_them():
    one = Latency()
    one.add(100)
    assert (one.count, one.mean_us) == (0, 101)


def test_without_calls_there_is_no_time():
    assert latency().percentile_s(0.95) == 0


def test_the_mean_follows_and_a_time_of_nothing_counts_as_a_microsecond():
    assert latency(0).mean_us == 1
    assert 900 < latency(*[100] * 10, *[1000] * 50).mean_us <= 1000


def test_old_times_fade():
    one = latency(*[1_000_000] * FORGET_AT, *[1000] * (FORGET_AT * 6))
    assert one.percentile_s(0.95) < 0.002
    assert one.count < FORGET_AT


def test_absurd_times_break_nothing():
    assert latency(2**62).percentile_s(1) >= 2**62 / 1e6


@pytest.mark.parametrize("weight", [0, -1, 1001])
def test_a_weight_out_of_range_is_refused(weight):
    with pytest.raises(SettingError, match=f"weight of a is {weight}"):
        replicas([fake()], weights=[weight])


def test_a_replica_is_asked_nothing_while_it_rests_or_is_out():
    (one,) = replicas([fake()])
    one.rest(10.0)
    one.rest(5.0)
    assert (one.is_fit(9.9), one.is_fit(10.0)) == (False, True)
    assert one.fit_in_s(4.0) == 6.0
    one.is_out = True
    assert not one.is_fit(10.0)
