from cothink.verify.program.score import FEATURES, features, score, shipped

NOTHING: dict[str, float] = {}


def test_the_shipped_weights_name_known_features() -> None:
    assert set(shipped().weights) <= set(FEATURES)
    assert 0 < shipped().refuse_below < 0.9


def test_a_failed_example_scores_lower_than_a_passed_one() -> None:
    good = score(features(NOTHING, 3, 0, {}, 4), shipped())
    bad = score(features(NOTHING, 1, 2, {}, 4), shipped())
    assert 0.01 <= bad < 0.3 < good <= 0.99


def test_every_feature_has_a_value_and_a_bound() -> None:
    counts = {"tried": 10.0, "error near": 10.0, "error edge": 3.0, "mixed": 1.0}
    made = features(counts, 99, 99, {"undefined name": 5}, 999)
    assert tuple(made) == FEATURES
    assert all(0 <= value <= 1 for value in made.values())
