import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from traffic_fakes import ask, replicas

from cothink.engines.fake import fake
from cothink.traffic.balance import LeastBusy, PrefixAffinity, Weighted
from cothink.traffic.balance_config import AffinityConfig


def some(count=3, weights=()):
    return replicas([fake() for _ in range(count)], weights=weights)


def picks(chooser, fit, calls):
    return Counter(chooser.choose(ask(), fit, 0.0).name for _ in range(calls))


def test_the_least_busy_for_its_weight_is_chosen():
    a, b, c = some(3, weights=[1, 4, 1])
    a.in_flight, b.in_flight, c.in_flight = 2, 6, 3
    assert LeastBusy().choose(ask(), [a, b, c], 0.0) is b


def test_among_equally_busy_the_fastest_is_chosen_and_nobody_starves():
    fit = some()
    for one, us in zip(fit, (5000, 1000, 3000), strict=True):
        one.latency.add(us)
    chooser = LeastBusy()
    counts = Counter()
    for _ in range(320):
        one = chooser.choose(ask(), fit, 0.0)
        one.requests += 1
        counts[one.name] += 1
    assert counts["b"] > 250
    assert min(counts["a"], counts["c"]) >= 5


def test_turns_follow_the_weights_and_are_spread():
    fit = some(3, weights=[5, 1, 1])
    chooser = Weighted()
    assert "".join(chooser.choose(ask(), fit, 0.0).name for _ in range(7)) == "aabacaa"


@given(st.lists(st.integers(1, 20), min_size=1, max_size=6))
def test_over_one_round_each_gets_exactly_its_weight(weights):
    fit = some(len(weights), weights)
    counts = picks(Weighted(), fit, sum(weights))
    assert [counts[one.name] for one in fit] == weights


@given(st.lists(st.integers(1, 4), min_size=4, max_size=4))
def test_in_flight_calls_for_their_weight_never_differ_by_more_than_one_call(weights):
    fit = some(4, weights)
    chooser = LeastBusy()
    for _ in range(50):
        one = chooser.choose(ask(), fit, 0.0)
        one.in_flight += 1
        one.requests += 1
        others = [other.in_flight / other.weight for other in fit]
        assert (one.in_flight - 1) / one.weight <= min(others) + 1e-9
    assert min(one.requests for one in fit) > 0


def test_a_conversation_meets_the_replica_that_knows_it():
    fit = some(8)
    chooser = PrefixAffinity(fit)
    turns = ["hello"]
    first = chooser.choose(ask(*turns), fit, 0.0)
    for number in range(5):
        for other in range(16):
            chooser.choose(ask(f"other {number} {other}"), fit, 0.0)
        turns += [f"answer {number}", f"question {number}"]
        assert chooser.choose(ask(*turns), fit, 0.0) is first


def test_a_replica_that_is_not_fit_is_never_chosen_and_another_learns_the_prefix():
    fit = some(3)
    chooser = PrefixAffinity(fit)
    home = chooser.choose(ask("hello"), fit, 0.0)
    left = [one for one in fit if one is not home]
    second = chooser.choose(ask("hello"), left, 0.0)
    assert second in left
    assert chooser.choose(ask("hello"), left, 0.0) is second


def test_one_shared_prompt_spreads_once_its_replica_is_busy():
    fit = some(4)
    chooser = PrefixAffinity(fit, AffinityConfig(free_calls=0))
    counts = picks(chooser, fit, 400)
    assert max(counts.values()) <= 1.15 * 100 + 1
    assert min(counts.values()) > 0


def test_calls_in_flight_count_as_load():
    a, b = fit = some(2)
    chooser = PrefixAffinity(fit, AffinityConfig(free_calls=4))
    home = chooser.choose(ask("hello"), fit, 0.0)
    home.in_flight = 50
    assert chooser.choose(ask("hello"), fit, 0.0) is (b if home is a else a)


@settings(max_examples=40)
@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=6), min_size=1, max_size=300), st.integers(1, 50))
def test_whatever_is_asked_the_busiest_stays_within_the_bound(prompts, cache_blocks):
    fit = some(4)
    config = AffinityConfig(slack=1.15, free_calls=2, cache_blocks=cache_blocks)
    chooser = PrefixAffinity(fit, config)
    for prompt in prompts:
        keys = [hash(tuple(prompt[: n + 1])) for n in range(len(prompt))]
        chooser.place(keys, fit, 0.0)
        mean = sum(one.recent for one in fit) / 4
        assert max(one.recent for one in fit) <= max(1.15 * mean, mean + 1, 2)


@given(st.lists(st.integers(1, 8), min_size=3, max_size=3))
def test_a_replica_of_more_weight_takes_more(weights):
    fit = some(3, weights)
    chooser = PrefixAffinity(fit, AffinityConfig(free_calls=0))
    total = 100 * sum(weights)
    for number in range(total):
        chooser.place([number], fit, 0.0)
    for one in fit:
        assert abs(one.recent - 100 * one.weight) <= 0.2 * 100 * one.weight


def test_recent_calls_fade():
    fit = some(2)
    chooser = PrefixAffinity(fit, AffinityConfig(recent_s=10.0))
    for number in range(64):
        chooser.place([number], fit, 0.0)
    chooser.place([1], fit, 11.0)
    assert sum(one.recent for one in fit) == 33


def test_a_replica_that_comes_back_is_not_run_over():
    fit = some(4)
    chooser = PrefixAffinity(fit, AffinityConfig(free_calls=0))
    for number in range(400):
        chooser.place([number], fit[1:], 0.0)
    chosen = Counter(chooser.place([number], fit, 0.0).name for number in range(1000, 1040))
    assert chosen["a"] <= 12


def test_conversations_meet_their_cache_far_more_often_than_by_turns_and_the_load_stays_even():
    chance = random.Random(7)
    fit = replicas([fake() for _ in range(8)])
    chooser = PrefixAffinity(fit)
    caches = {one: set() for one in fit}
    by_turns = [set() for _ in fit]
    talks, hits, hits_by_turns = [[0, number] for number in range(1, 1001)], 0, 0
    for call in range(4000):
        talk = chance.choice(talks)
        talk.append(talk[1] * 1000 + len(talk) + 10_000)
        for cache, mine in ((by_turns[call % 8], False), (caches[chooser.place(talk, fit, call * 0.1)], True)):
            held = sum(key in cache for key in talk)
            cache.update(talk)
            hits += held * mine
            hits_by_turns += held * (not mine)
    assert hits > 2 * hits_by_turns
    assert max(one.recent for one in fit) <= 1.15 * sum(one.recent for one in fit) / 8 + 1
