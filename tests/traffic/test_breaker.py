from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.core.errors import SettingError
from cothink.traffic.balance_config import BreakerConfig
from cothink.traffic.breaker import CLOSED, HALF_OPEN, OPEN, Breaker


def breaker(events=None, **settings):
    emit = (lambda _event: None) if events is None else events.append
    return Breaker("a", BreakerConfig(**{"failures": 3, "jitter": 0.0, **settings}), chance=lambda: 0.5, emit=emit)


def fail(one, times=1, now=0.0):
    for _ in range(times):
        one.fail(one.begin(now), now)


def test_failures_in_a_row_open_it_and_say_so():
    events = []
    one = breaker(events)
    fail(one, 2)
    assert one.state == CLOSED
    fail(one)
    assert one.state == OPEN
    assert not one.admits(1.9)
    assert one.admits(2.0)
    assert [(event.part, event.state) for event in events] == [("replica a", "open")]


def test_a_good_call_between_failures_starts_the_row_anew():
    one = breaker()
    for _ in range(5):
        fail(one, 2)
        one.succeed(one.begin(0.0))
    assert one.state == CLOSED


def test_a_share_of_failures_in_a_window_opens_it():
    one = breaker(failures=1000, failure_share=0.5, window_calls=10)
    for _ in range(4):
        fail(one)
        one.succeed(one.begin(0.0))
    assert one.state == CLOSED
    fail(one, 2)
    assert one.state == OPEN


def test_failures_of_an_older_window_do_not_count():
    one = breaker(failures=1000, failure_share=0.5, window_calls=10, window_s=30.0)
    for now in range(0, 400, 40):
        fail(one, 2, float(now))
    assert one.state == CLOSED


def test_one_probe_at_a_time_goes_through():
    one = breaker()
    fail(one, 3)
    one.begin(2.0)
    assert one.state == HALF_OPEN
    assert not one.admits(2.0)
    assert not one.admits(1000.0)


def test_a_probe_that_the_client_left_lets_the_next_one_go():
    one = breaker()
    fail(one, 3)
    one.drop(one.begin(2.0))
    assert one.admits(2.0)


def test_the_first_chunk_of_a_probe_closes_it():
    events = []
    one = breaker(events)
    fail(one, 3)
    ticket = one.answer(one.begin(2.0))
    assert one.state == CLOSED
    one.succeed(ticket)
    assert [event.state for event in events] == ["open", "half_open", "closed"]


def test_each_rest_without_a_good_call_is_twice_as_long_up_to_the_longest():
    one = breaker(open_s=2.0, open_most_s=10.0)
    fail(one, 3)
    now, rests = 0.0, []
    for _ in range(5):
        rests.append(one.retry_at - now)
        now = one.retry_at
        fail(one, 1, now)
    assert rests == [2.0, 4.0, 8.0, 10.0, 10.0]


def test_a_server_that_answers_and_then_always_breaks_rests_longer_each_time():
    one = breaker(failures=1)
    fail(one)
    first = one.retry_at
    one.fail(one.answer(one.begin(first)), first)
    assert one.retry_at - first == pytest.approx(4.0)


def test_a_good_call_brings_the_first_rest_back():
    one = breaker(failures=1)
    fail(one)
    now = one.retry_at
    one.succeed(one.answer(one.begin(now)))
    fail(one, 1, now)
    assert one.retry_at - now == pytest.approx(2.0)


def test_jitter_makes_a_rest_longer_never_shorter():
    one = breaker(jitter=0.4)
    fail(one, 3)
    assert one.retry_at == pytest.approx(2.0 * 1.2)


def test_calls_from_before_a_change_say_nothing():
    one = breaker()
    old = [one.begin(0.0) for _ in range(10)]
    for ticket in old[:5]:
        one.fail(ticket, 0.0)
    assert one.state == OPEN
    retry_at = one.retry_at
    for ticket in old[5:]:
        one.succeed(ticket)
        one.fail(ticket, 1.0)
    assert (one.state, one.retry_at) == (OPEN, retry_at)
    one.begin(2.0)
    one.answer(old[0])
    one.drop(old[1])
    assert one.state == HALF_OPEN
    assert not one.admits(2.0)


@given(
    st.lists(st.tuples(st.sampled_from(["begin", "answer", "succeed", "fail", "drop"]), st.floats(0, 5)), max_size=80)
)
def test_whatever_comes_only_known_steps_are_taken_and_one_probe_runs(steps):
    events = []
    one = breaker(events)
    now, tickets, probes = 0.0, [], set()
    for step, passed in steps:
        now += passed
        if step == "begin":
            if one.admits(now):
                tickets.append(one.begin(now))
                if one.state == HALF_OPEN:
                    assert not probes
                    probes.add(tickets[-1])
        elif tickets:
            ticket = tickets.pop(0)
            if step == "answer":
                after = one.answer(ticket)
                tickets.append(after)
            else:
                one.fail(ticket, now) if step == "fail" else getattr(one, step)(ticket)
            if step != "succeed" or one.state != HALF_OPEN:
                probes.discard(ticket)
        assert one.state in {CLOSED, OPEN, HALF_OPEN}
    states = ["closed", *[event.state for event in events]]
    known = {("closed", "open"), ("open", "half_open"), ("half_open", "open"), ("half_open", "closed")}
    assert set(pairwise(states)) <= known


@pytest.mark.parametrize(
    "name, value", [("failures", 0), ("failure_share", 2), ("open_s", 0), ("open_most_s", 1), ("jitter", 9)]
)
def test_a_setting_out_of_range_is_refused_by_name(name, value):
    with pytest.raises(SettingError, match=f"{name} is {value}"):
        BreakerConfig(**{name: value})
