from dataclasses import replace

import numpy as np
import pytest

from cothink.core.errors import SettingError
from cothink.measures.ranking import auc
from cothink.routing.answers.evidence import Evidence
from cothink.routing.answers.fitting import logistic
from cothink.routing.answers.model import AnswerCheck, threshold
from cothink.routing.answers.recorded import Row, load
from cothink.routing.answers.train import train, variants
from routing.answers.world import QUICK, write


def test_right_answers_to_new_prompts_are_told_from_wrong_ones(check: AnswerCheck, tmp_path) -> None:
    new = load(write(tmp_path, seed=7, dataset="new"), "r1", "pro")
    said = [check.weigh(row.evidence).p_right for row in new]
    assert auc(said, [float(row.right) for row in new]) > 0.95


def test_kinds_that_were_never_seen_are_unknown_and_their_answers_are_still_told_apart(check: AnswerCheck) -> None:
    question = "Name the capital of the country whose flag shows a maple leaf, please!"
    good = check.weigh(Evidence(question, "<answer>Ottawa</answer>"))
    bad = check.weigh(Evidence(question, "I cannot be sure: " + "perhaps it is Toronto, perhaps not; " * 9))
    assert good.known < 0.5
    assert good.p_right > bad.p_right


def test_an_exact_verdict_that_was_shown_in_training_counts(rows: list[Row]) -> None:
    checked = [replace(row, evidence=replace(row.evidence, exact="stands" if row.right else "falls")) for row in rows]
    check = train(checked, ("r1", "pro"), QUICK)
    stands, falls = (check.weigh(Evidence("An unseen question?", "Hm.", exact)) for exact in ("stands", "falls"))
    assert stands.p_right > falls.p_right + 0.2


def test_an_answer_is_shown_with_and_without_what_may_be_missing() -> None:
    shown = variants(Evidence("Q", "A", "stands", ("B", "C")), 1)
    assert [(one.exact, len(one.others)) for one in shown] == [
        ("stands", 2),
        ("unsure", 0),
        ("stands", 0),
        ("unsure", 2),
    ]
    assert variants(Evidence("Q", "A"), 0) == [Evidence("Q", "A")]


def test_what_few_rows_recorded_is_not_read(rows: list[Row], check: AnswerCheck) -> None:
    few = [replace(row, evidence=replace(row.evidence, tokens=9)) if i < 9 else row for i, row in enumerate(rows)]
    assert train(few, ("r1", "pro"), QUICK).about.measured == ()
    evidence = rows[0].evidence
    assert check.weigh(replace(evidence, tokens=90_000, logprob=-9.0)) == check.weigh(evidence)


def test_what_all_rows_recorded_is_read(rows: list[Row]) -> None:
    sure = [replace(row, evidence=replace(row.evidence, logprob=-0.01 if row.right else -2.0)) for row in rows]
    assert train(sure, ("r1", "pro"), QUICK).about.measured == ("sureness",)


def test_a_wanted_share_becomes_a_threshold(check: AnswerCheck) -> None:
    assert check.threshold(0.0) == check.about.scale[-1]
    assert check.threshold(0.1) >= check.threshold(0.5) >= check.threshold(1.0) == check.about.scale[0]
    assert threshold((0.0, 1.0), 0.25) == pytest.approx(0.75)


def test_training_twice_gives_the_same(rows: list[Row], check: AnswerCheck) -> None:
    again = train(rows, ("r1", "pro"), QUICK)
    assert again.about == check.about
    assert again.weigh(rows[3].evidence) == check.weigh(rows[3].evidence)


@pytest.mark.parametrize("kept", ["few", "one class"])
def test_rows_that_teach_nothing_are_refused(rows: list[Row], kept: str) -> None:
    with pytest.raises(SettingError, match="right ones and wrong ones"):
        train(rows[:10] if kept == "few" else [row for row in rows if row.right] * 2, ("r1", "pro"), QUICK)


def test_one_kind_alone_is_enough_to_train_on(rows: list[Row]) -> None:
    alone = [row for row in rows if row.kind == "prime"] * 2
    assert 0 <= train(alone, ("r1", "pro"), QUICK).weigh(alone[0].evidence).p_right <= 1


def test_a_logistic_model_finds_its_slope_and_is_drawn_where_little_is_known() -> None:
    chance = np.random.default_rng(0)
    x = chance.normal(size=(4_000, 1))
    y = (chance.random(4_000) < 1 / (1 + np.exp(-(2 * x[:, 0] - 1)))).astype(float)
    ones = np.ones(4_000)
    slope, start = logistic(x, y, ones, 1.0, np.zeros(1))
    assert slope == pytest.approx(2, abs=0.25) and start == pytest.approx(-1, abs=0.2)
    assert logistic(x, y, ones, 1e9, np.ones(1))[0] == pytest.approx(1, abs=1e-3)
