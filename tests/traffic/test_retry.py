import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.core.errors import (
    BadRequest,
    ContextTooLong,
    DeadlinePassed,
    Forbidden,
    LimitReached,
    NotReady,
    Unauthorized,
    UpstreamBroken,
    UpstreamBusy,
    UpstreamError,
    UpstreamRefused,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from cothink.traffic.balance_config import RetryConfig
from cothink.traffic.retry import Allowance, Retry, is_replicas_fault, is_retryable, rest_s


def pause(error, *, retry=None, zone="site", tries=1, has_other=False, left_s=None):
    retry = retry or Retry(RetryConfig(), chance=lambda: 1.0)
    return retry.pause_s(error, zone=zone, tries=tries, has_other=has_other, left_s=left_s)


@given(st.floats(0, 1), st.integers(0, 50), st.integers(0, 500))
def test_retries_never_pass_the_share_and_the_burst(share, burst, calls):
    allowance = Allowance(share, burst)
    taken = 0
    for _ in range(calls):
        allowance.pay_in()
        while allowance.take():
            taken += 1
    assert taken <= burst + calls * share + calls / 1000


def test_an_allowance_of_nothing_allows_nothing():
    allowance = Allowance(0.0, 0)
    allowance.pay_in()
    assert not allowance.take()


def test_a_quiet_time_saves_no_more_than_the_burst():
    allowance = Allowance(0.5, 3)
    for _ in range(1000):
        allowance.pay_in()
    assert [allowance.take() for _ in range(5)] == [True, True, True, False, False]


@pytest.mark.parametrize("error", [UpstreamError("x"), UpstreamBusy("x"), UpstreamUnreachable("x"), NotReady("x")])
def test_what_may_mend_itself_is_retryable(error):
    assert is_retryable(error)


@pytest.mark.parametrize(
    "error",
    [
        UpstreamError("x", code="upstream_auth"),
        UpstreamError("x", code="upstream_quota"),
        UpstreamRefused("x"),
        ContextTooLong("x"),
        LimitReached("x"),
        DeadlinePassed("x"),
    ],
)
def test_what_stays_wrong_is_not_retryable(error):
    assert not is_retryable(error)
    assert pause(error, has_other=True) is None


@pytest.mark.parametrize(
    "error",
    [BadRequest("x"), UpstreamRefused("x"), LimitReached("x"), Unauthorized("x"), Forbidden("x"), KeyboardInterrupt()],
)
def test_a_bad_request_or_a_hang_up_does_not_speak_against_a_replica(error):
    assert not is_replicas_fault(error)


@pytest.mark.parametrize(
    "error", [UpstreamTimeout("x"), UpstreamBroken("x"), UpstreamError("x", code="upstream_auth"), KeyError()]
)
def test_a_silent_a_broken_and_a_badly_bound_replica_are_at_fault(error):
    assert is_replicas_fault(error)


def test_pauses_double_up_to_the_longest():
    retry = Retry(RetryConfig(tries=20, wait_s=1.0, wait_most_s=5.0, burst=100), chance=lambda: 1.0)
    assert [pause(UpstreamError("x"), retry=retry, tries=tries) for tries in range(1, 6)] == [1, 2, 4, 5, 5]


def test_another_replica_is_asked_without_a_pause():
    assert pause(UpstreamBusy("x", retry_after_s=60), has_other=True) == 0


def test_retry_after_is_kept_to_and_spread():
    assert 2 < pause(UpstreamBusy("x", retry_after_s=2)) <= 2.2
    assert pause(UpstreamBusy("x", retry_after_s=6)) is None


def test_a_pause_longer_than_the_run_has_left_is_not_begun():
    assert pause(UpstreamBusy("x", retry_after_s=2), left_s=1.5) is None


def test_a_refused_retry_costs_no_allowance():
    retry = Retry(RetryConfig())
    before = retry.allowance.left
    pause(UpstreamRefused("x"), retry=retry)
    pause(UpstreamTimeout("x"), retry=retry, zone="hosted")
    pause(UpstreamError("x"), retry=retry, tries=3)
    assert retry.allowance.left == before


def test_the_rest_that_a_server_asks_for_is_bounded():
    assert rest_s(UpstreamBusy("x", retry_after_s=5), 60) == 5
    assert rest_s(UpstreamBusy("x", retry_after_s=86_400), 60) == 60
    assert rest_s(UpstreamBusy("x"), 60) == 0
    assert rest_s(UpstreamError("x", retry_after_s=5), 60) == 0
