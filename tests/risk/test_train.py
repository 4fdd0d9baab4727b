from dataclasses import replace

import msgspec
import numpy as np
import polars as pl
import pytest

from cothink.core.errors import SettingError
from cothink.risk import files, table
from cothink.risk import train as training
from cothink.risk.evaluate import report
from cothink.risk.leakage import leaks
from cothink.risk.parts.calibrate import isotonic
from cothink.risk.train import train
from risk.loans import loans


@pytest.fixture(scope="module")
def model():
    frame = loans()
    signs = {"debt": 1, "income": -1}
    return train(frame.drop("default"), table.truths(frame, "default"), "default", texts=["words"], signs=signs)


def test_a_scorecard_orders_loans_that_it_has_not_seen(model):
    aside = loans(seed=1)
    found = report(model.score(aside).chance, table.truths(aside, "default"), rounds=50)
    assert found["auc"] > 0.7
    assert found["auc_interval"][0] < found["auc"] < found["auc_interval"][1]
    assert found["ece"] < 0.06


def test_a_saved_model_scores_alike_and_a_changed_file_is_refused(model, tmp_path):
    aside = loans(200, seed=2)
    files.save(model, tmp_path)
    assert np.allclose(files.load(tmp_path).score(aside).chance, model.score(aside).chance, atol=1e-9)
    text = (tmp_path / "model.json").read_text()
    (tmp_path / "model.json").write_text(text.replace('"seed": 0', '"seed": 1'))
    with pytest.raises(SettingError, match="not those that were saved"):
        files.load(tmp_path)


def test_equal_seeds_give_equal_models(tmp_path):
    frame = loans(600)
    digests = [
        files.save(train(frame.drop("default"), table.truths(frame, "default"), "default", seed=3), tmp_path / name)
        for name in ("a", "b")
    ]
    assert digests[0] == digests[1]


@pytest.mark.parametrize(("column", "sign"), [("debt", 1), ("income", -1)])
def test_a_monotone_constraint_holds_over_the_grid(model, column, sign):
    for row in range(0, 200, 10):
        grid = np.geomspace(500, 500_000, 60)
        one = pl.concat([loans(200, seed=4).slice(row, 1)] * len(grid)).with_columns(pl.Series(column, grid))
        assert (sign * np.diff(model.score(one).chance) >= -1e-12).all()


@pytest.fixture(scope="module")
def with_trees():
    """A scorecard in which trees and logistic model have half each."""
    frame = loans(800)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "_SHARES", (0.5,))
        return train(frame.drop("default"), table.truths(frame, "default"), "default", signs={"debt": 1, "income": -1})


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("steps", [False, True])
@pytest.mark.parametrize(("column", "sign"), [("debt", 1), ("income", -1)])
def test_a_constraint_holds_in_trees_and_logistic_and_after_calibration(with_trees, column, sign, steps, share):
    aside = loans(300, seed=4)
    about = msgspec.structs.replace(with_trees.about, logistic_share=share)
    if steps:
        plain = with_trees.score(aside).chance
        logit = np.log(plain / (1 - plain))
        about = msgspec.structs.replace(about, calibrator=isotonic(logit, table.truths(aside, "default")))
    model = replace(with_trees, about=about)
    assert model.forests
    grid = np.geomspace(500, 500_000, 50)
    for row in range(0, 200, 20):
        one = pl.concat([aside.slice(row, 1)] * len(grid)).with_columns(pl.Series(column, grid))
        for chance in (model.score(one).chance, model.score(one, prior=0.4).chance):
            assert (sign * np.diff(chance) >= -1e-12).all()


def test_a_known_base_rate_keeps_the_calibration_where_defaults_are_rarer(model):
    aside = loans(6_000, seed=13)
    truth = table.truths(aside, "default")
    kept = (truth == 0) | (np.random.default_rng(0).random(len(truth)) < 0.3)
    shifted, truth = aside.filter(kept), truth[kept]
    before = report(model.score(shifted).chance, truth, rounds=20)
    after = report(model.score(shifted, prior=float(truth.mean())).chance, truth, rounds=20)
    assert after["ece"] < 0.03 < before["ece"]
    assert after["auc"] == pytest.approx(before["auc"])


def test_another_base_rate_moves_the_probabilities_and_not_their_order(model):
    aside = loans(300, seed=5)
    plain, moved = model.score(aside), model.score(aside, prior=0.5)
    assert moved.chance.mean() > plain.chance.mean()
    assert (np.argsort(plain.chance, kind="stable") == np.argsort(moved.chance, kind="stable")).all()


def test_the_interval_holds_the_probability_and_reasons_name_feature_and_direction(model):
    found = model.score(loans(100, seed=6))
    assert ((found.low <= found.chance) & (found.chance <= found.high)).all()
    assert all(len(one) == 3 and one[0].endswith((" raises", " lowers")) for one in found.reasons)


def test_time_is_no_feature_where_it_cuts_the_folds():
    frame = loans(600)
    made = train(frame.drop("default"), table.truths(frame, "default"), "default", time="issued")
    assert "issued" not in made.about.form.columns


def test_columns_known_only_later_are_named():
    frame = loans(600).with_columns(pl.col("default").alias("recoveries"), pl.lit("A").alias("lender_grade"))
    found = " ".join(leaks(frame.drop("default"), table.truths(frame, "default")))
    assert "lender_grade: by its name" in found
    assert "recoveries: alone it has an AUC of 1.000" in found


def test_a_term_whose_odd_values_tell_the_outcome_is_named():
    frame = loans(1200)
    truth = table.truths(frame, "default")
    random = np.random.default_rng(0)
    term = np.where(truth == 1, random.integers(1, 84, 1200), 12 * random.integers(1, 8, 1200))
    found = " ".join(leaks(pl.DataFrame({"term": term, "income": frame["income"]}), truth))
    assert "term: alone it has an AUC of 0.9" in found
    assert "income" not in found


def test_too_few_defaults_are_refused():
    frame = loans(50).with_columns(pl.lit(0).alias("default"))
    with pytest.raises(SettingError, match="10 rows of each outcome"):
        train(frame.drop("default"), table.truths(frame, "default"), "default")


def test_a_drop_that_matches_nothing_is_refused():
    with pytest.raises(SettingError, match="matches none"):
        table.without(loans(10), ["lendr_*"])
