import json

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from cothink.cli.risk import app
from cothink.risk.evaluate import by_group, lifts, report
from risk.loans import loans


@pytest.fixture(scope="module")
def said():
    random = np.random.default_rng(1)
    chance = random.uniform(0.02, 0.6, 2000)
    return chance, (random.random(2000) < chance).astype(float)


def test_tenths_fall_in_risk_and_catch_every_default(said):
    found = lifts(*said)
    assert sum(one.rows for one in found) == 2000
    assert found[-1].caught == pytest.approx(1.0)
    assert found[0].lift > 1.5 > found[-1].lift
    assert [one.said for one in found] == sorted((one.said for one in found), reverse=True)


def test_an_exactly_right_model_is_near_the_floor_of_its_ece(said):
    found = report(*said, rounds=30)
    assert found["ece"] < 2 * found["ece_floor"]


def test_a_group_that_is_told_more_risk_has_less_impact(said):
    chance, truth = said
    groups = pl.Series(["a"] * 900 + ["b"] * 1080 + [None] * 20)
    shifted = np.where(np.arange(2000) < 900, chance * 0.5, chance)
    found = {one.name: one for one in by_group(shifted, truth, groups)}
    assert set(found) == {"a", "b"}  # twenty rows are too few to be judged
    assert found["a"].impact == 1.0
    assert found["b"].impact < 0.8
    assert found["b"].came_true_interval[0] < found["b"].came_true < found["b"].came_true_interval[1]


def test_the_command_judges_later_rows_by_group_and_writes_a_card_with_pictures(tmp_path):
    data, model = tmp_path / "loans.csv", tmp_path / "model"
    loans(900).write_csv(data)
    run = CliRunner().invoke
    base = ["--data", str(data), "--time", "issued"]
    made = run(
        app, ["train", *base, "--target", "default", "--until", "2010-12", "--drop", "words", "--out", str(model)]
    )
    assert made.exit_code == 0, made.output
    told = run(app, ["evaluate", str(model), *base, "--since", "2011-01", "--group", "home", "--json"])
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert found["rows"] == 180
    for name in ("auc", "ks", "brier", "ece"):
        low, high = found[f"{name}_interval"]
        assert low <= high
    assert {one["name"] for one in found["groups"]["home"]} == {"rent", "own", "mortgage"}
    assert len(found["lift"]) == 10
    written = run(app, ["card", str(model), *base, "--since", "2011-01", "--group", "home"])
    assert written.exit_code == 0, written.output
    text = (model / "README.md").read_text()
    for part in ("![calibration](calibration.png)", "![lift](lift.png)", "### Lift", "### By `home`"):
        assert part in text
    assert (model / "calibration.png").stat().st_size > 1000


def test_dates_without_a_column_of_dates_are_refused(tmp_path):
    data = tmp_path / "loans.csv"
    loans(60).write_csv(data)
    refused = CliRunner().invoke(
        app, ["train", "--data", str(data), "--target", "default", "--until", "2010-12", "--out", str(tmp_path / "m")]
    )
    assert refused.exit_code != 0
    assert "--time" in str(refused.exception)
