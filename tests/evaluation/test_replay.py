import json

import pytest
from typer.testing import CliRunner

from cothink.cli.main import app
from cothink.core.errors import SettingError
from cothink.evaluation.outcomes import Case, Sample, load
from cothink.evaluation.replay import Decision, given, replay, rounds
from cothink.evaluation.summary import either, equal_spend, mixing, way
from cothink.evaluation.ways import build
from evaluation.recordings import write


@pytest.fixture
def cases(tmp_path):
    return load(write(tmp_path), ("cheap", "dear"))


def test_each_model_alone_is_asked_once_and_gives_its_own_answer(cases):
    assert list(replay(cases, build("r1"))) == [Decision(key, (("r1", 0),), ("r1", 0)) for key in "abc"]
    assert [decision.final for decision in replay(cases, build("pro"))] == [("pro", 0)] * 3


def test_the_cascade_asks_the_pro_only_where_r1s_sum_is_wrong(cases):
    decisions = list(replay(cases, build("cascade")))
    assert [decision.final for decision in decisions] == [("r1", 0), ("pro", 0), ("r1", 0)]
    assert all(given(case, decision).is_right for case, decision in zip(cases, decisions, strict=True))


def test_a_strategy_sees_neither_grade_nor_reference(tmp_path, cases):
    (tmp_path / "blind").mkdir()
    blind = load(write(tmp_path / "blind", graded=False), ("cheap", "dear"))
    assert list(replay(blind, build("cascade"))) == list(replay(cases, build("cascade")))


def test_samples_go_round_so_that_each_comes_first_once():
    case = Case(
        "d", "p", "", "Name a colour.", tuple(Sample(word, word, 1.0) for word in "rgb"), (Sample("x", "x", 0.0),)
    )
    assert rounds([case]) == 3
    assert [next(replay([case], build("r1"), first)).final for first in range(3)] == [("r1", 0), ("r1", 1), ("r1", 2)]


def test_a_vote_gives_the_most_frequent_answer():
    samples = tuple(Sample(text, text, 0.0) for text in ("red", "blue", "Blue."))
    (decision,) = replay([Case("d", "p", "", "A colour?", samples, samples)], build("prox3"))
    assert decision.final == ("pro", 1)
    assert decision.calls == (("pro", 0), ("pro", 1), ("pro", 2))


def test_what_was_not_recorded_is_not_asked_twice():
    case = Case("d", "p", "", "A colour?", (Sample("red", "red", 1.0),), (Sample("red", "red", 1.0),))
    (decision,) = replay([case], build("r1x3"))
    assert decision.calls == (("r1", 0),)
    assert decision.final == ("r1", 0)


def test_figures_stand_beside_the_oracle_and_random_mixing(cases):
    cascade = way("cascade", cases, [list(replay(cases, build("cascade")))])
    assert cascade.accuracy.value == 1.0
    assert sum(cascade.pro_calls) == 1
    assert either(cases).accuracy.value == 1.0
    assert mixing(cases, 0.5) == pytest.approx(2 / 3)
    assert cascade.gain_over(way("r1", cases, [list(replay(cases, build("r1")))])).value == pytest.approx(1 / 3)


@pytest.mark.parametrize("name", ["magic", "r1x0", "prox99", "x3"])
def test_an_unknown_way_lists_those_that_are_known(name):
    with pytest.raises(SettingError, match="there are r1, pro, cascade"):
        build(name)


def test_the_command_writes_a_line_a_prompt_and_prints_the_table(tmp_path):
    write(tmp_path)
    out, figures = tmp_path / "decisions.jsonl", tmp_path / "figures.json"
    words = ["eval", "replay", "--strategy", "cascade", "--pair", "cheap,dear", "--data", str(tmp_path)]
    result = CliRunner().invoke(app, [*words, "--decisions", str(out), "--json", str(figures)])
    assert result.exit_code == 0, result.output
    assert [json.loads(line) for line in out.read_text().splitlines()] == [
        {"prompt_id": "a", "calls": [["r1", 0]], "final": ["r1", 0]},
        {"prompt_id": "b", "calls": [["r1", 0], ["pro", 0]], "final": ["pro", 0]},
        {"prompt_id": "c", "calls": [["r1", 0]], "final": ["r1", 0]},
    ]
    assert json.loads(figures.read_text())[0]["right"] == 1.0


def test_without_grades_the_command_decides_and_says_why_there_is_no_table(tmp_path):
    write(tmp_path, graded=False)
    words = ["eval", "replay", "--strategy", "cascade", "--pair", "cheap,dear", "--data", str(tmp_path)]
    result = CliRunner().invoke(app, [*words, "--decisions", str(tmp_path / "out.jsonl")])
    assert "3 decisions written" in result.output
    assert "no table" in result.output


def test_the_cascade_with_its_learned_check_decides_as_a_line_that_can_be_written(cases):
    pytest.importorskip("numpy")
    decisions = list(replay(cases, build("cascade-learned")))
    assert [decision.final for decision in decisions][1] in {("r1", 0), ("pro", 0)}
    assert set(json.loads(decisions[0].line())) == {"prompt_id", "calls", "final"}


def test_equal_spend_mixes_the_two_ways_whose_pro_calls_lie_around(cases):
    r1, pro, vote = (way(name, cases, [list(replay(cases, build(name)))]) for name in ("r1", "pro", "prox2"))
    cascade = way("cascade", cases, [list(replay(cases, build("cascade")))])
    equal = equal_spend(cascade, [pro, vote, r1])
    assert equal.pro_calls == pytest.approx((1 / 3,) * 3)
    assert equal.right == pytest.approx((2 / 3, 1 / 3, 1.0))
    assert equal.name == "r1 and pro, equal pro calls" or equal.name == "r1 and prox2, equal pro calls"
    assert equal_spend(r1, [pro, r1]).right == r1.right
    assert equal_spend(pro, [r1]).right == r1.right
    assert cascade.is_ahead_of(cascade) is None
    with pytest.raises(ValueError, match="equal spend"):
        equal_spend(cascade, [])


def test_the_table_says_whether_a_strategy_pays_at_equal_pro_calls(tmp_path):
    words = ["eval", "replay", "--strategy", "cascade", "--pair", "cheap,dear", "--data", str(write(tmp_path))]
    result = CliRunner().invoke(app, [*words, "--json", str(tmp_path / "figures.json")])
    assert result.exit_code == 0, result.output
    assert "what the same pro calls buy without it" in result.output
    named = [line["way"] for line in json.loads((tmp_path / "figures.json").read_text())]
    assert named[:6] == ["cascade", "r1", "pro", "r1x2", "prox2", "prox3"] and "equal pro calls" in named[6]
