"""`cothink cache judge` and `calibrate`."""

import json

import pytest
from typer.testing import CliRunner

from cothink.cli.cache import lowest_threshold
from cothink.cli.main import app
from cothink.core.errors import BadRequest

ROWS = [
    {"a": "How do I bake bread?", "b": "What is the best way to bake bread?", "label": 1},
    {"a": "How do I bake bread?", "b": "How do I bake 3 breads?", "label": 0},
    {"a": "How do I bake bread?", "b": "How do I sell a car?", "label": 0},
]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


def test_judge_says_hit_similarity_and_reason_of_each_pair(file, tmp_path):
    out = tmp_path / "out.jsonl"
    result = CliRunner().invoke(app, ["cache", "judge", "--pairs", str(file), "--out", str(out)])
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["hit"] for row in rows] == [True, False, False]
    assert rows[1]["reason"] == "numbers"
    assert "wrong among hits 0 of 1 (0.00%), true hits kept 1 of 1 (100.0%)" in result.output


def test_calibrate_prints_the_setting(file):
    result = CliRunner().invoke(app, ["cache", "calibrate", "--pairs", str(file)])
    assert result.exit_code == 0, result.output
    assert "[traffic.cache.semantic]\nthreshold = 0.9" in result.output


def test_a_line_that_is_no_pair_is_named(tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text('{"a": "x", "b": "y"}\n{"a": 1, "b": "y"}\n')
    result = CliRunner().invoke(app, ["cache", "judge", "--pairs", str(path)])
    assert isinstance(result.exception, BadRequest)
    assert "line 2: a and b must be texts" in result.exception.message


def test_the_threshold_is_the_lowest_within_the_gate():
    scored = [(0.99, 1), (0.98, 1), (0.97, 0), (0.96, 1), (0.95, 1)]
    assert lowest_threshold(scored, 0.0) == (0.98, 2)
    assert lowest_threshold(scored, 0.2) == (0.95, 4)
    assert lowest_threshold([(0.9, 0)], 0.0) == (1.0, 0)
    assert lowest_threshold([(0.9, 1), (0.9, 0)], 0.0) == (1.0, 0)
