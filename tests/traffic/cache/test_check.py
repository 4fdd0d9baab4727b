"""The second check as a whole, with the real sentence models."""

import sys
from pathlib import Path

import pytest

from cothink.traffic.cache.semantic.check import PairCheck, Weights, load_weights
from cothink.traffic.cache.semantic.embed import Sentences
from cothink.traffic.cache.semantic.signs import NAMES

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))
from question_pairs import pairs


@pytest.fixture(scope="module")
def check():
    return PairCheck(Sentences(kept=2000))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_edit_that_changes_a_question_gets_through(check, language):
    rows = pairs(300, 11, seen=False, language=language)
    hits = [row for row in rows if check.judge(row["a"], row["b"]).similarity >= check.threshold]
    assert [row for row in hits if row["label"] == 0] == []
    assert len(hits) >= 0.8 * sum(row["label"] for row in rows)


@pytest.mark.parametrize(
    ("a", "b", "reason"),
    [
        ("How do I bake bread?", "怎么做面包？", "language"),
        ("!!!", "???", "no words"),
        ("x " * 2000, "x " * 2001, "long"),
        ("same", "same", "equal"),
    ],
)
def test_what_cannot_be_compared_says_why(check, a, b, reason):
    assert check.judge(a, b).reason == reason


def test_a_long_statement_must_be_nearly_certain(check):
    a = "The committee met in the old town hall and agreed on a small change of the plan for the new road."
    b = "The committee met in the old town hall and agreed on a minor change of the plan for the new road."
    assert check.judge(a, b).similarity < check.threshold


def test_the_weights_are_small_and_of_the_signs_of_this_code():
    weights = load_weights()
    assert len(weights.mean) == len(weights.scale) == len(weights.coefficient) == len(NAMES)
    assert 0.5 < weights.threshold < 1


def test_extreme_signs_give_a_probability():
    one = Weights((0.0,), (1e-6,), (5.0,), 0.0, 0.9)
    assert 0 <= one.probability([-1e9]) < 1e-9
    assert 1 - 1e-9 < one.probability([1e9]) <= 1
