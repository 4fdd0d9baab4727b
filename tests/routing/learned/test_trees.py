import lightgbm
import numpy as np
import pytest

from cothink.routing.learned.trees import joined, of_booster


def fitted(seed: int, rounds: int = 20) -> tuple[lightgbm.Booster, np.ndarray]:
    random = np.random.default_rng(seed)
    rows = random.normal(size=(300, 6)).astype(np.float32)
    rows[:, 2] = np.round(rows[:, 2])
    target = rows[:, 0] * rows[:, 1] + (rows[:, 2] > 0)
    settings = {"objective": "l2", "num_leaves": 9, "min_data_in_leaf": 3, "verbosity": -1, "num_threads": 1}
    return lightgbm.train(settings, lightgbm.Dataset(rows, target), rounds), rows


def test_the_arrays_say_what_the_booster_says() -> None:
    booster, rows = fitted(0)
    assert of_booster(booster).predict_all(rows) == pytest.approx(booster.predict(rows), abs=1e-5)


def test_forests_that_were_joined_say_what_each_said() -> None:
    forests = [of_booster(fitted(seed, rounds)[0]) for seed, rounds in ((0, 20), (1, 5), (2, 1))]
    rows = fitted(0)[1][:10]
    whole, firsts = joined(forests)
    each = np.column_stack([one.predict_all(rows) for one in forests])
    assert np.asarray([whole.sums(row, firsts) for row in rows]) == pytest.approx(each, abs=1e-5)


def test_a_booster_that_learned_nothing_still_says_its_mean() -> None:
    rows = np.ones((50, 2), dtype=np.float32)
    booster = lightgbm.train(
        {"objective": "l2", "verbosity": -1, "num_threads": 1}, lightgbm.Dataset(rows, np.full(50, 0.3)), 3
    )
    assert of_booster(booster).predict_all(rows[:1])[0] == pytest.approx(booster.predict(rows[:1])[0])
