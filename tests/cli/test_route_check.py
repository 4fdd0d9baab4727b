import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cothink.cli.main import app
from routing.answers.world import write

pytest.importorskip("lightgbm")


def test_a_check_is_trained_and_judges_answers(tmp_path: Path) -> None:
    data, weights, out = write(tmp_path / "data", each=12), tmp_path / "weights", tmp_path / "out.jsonl"
    words = ["route", "train-check", "--data", str(data), "--cheap", "r1", "--strong", "pro", "--out", str(weights)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0 and "96 answers to 48 prompts" in result.output, result.output
    answers = tmp_path / "in.jsonl"
    asked = [
        {
            "prompt_id": "good",
            "prompt": "Add these numbers and give the total: 5, 9.",
            "answers": ["<answer>42</answer>"],
        },
        {"prompt_id": "empty", "prompt": "Add these numbers and give the total: 5, 9.", "answers": [""]},
    ]
    answers.write_text("".join(json.dumps(line) + "\n" for line in asked))
    result = CliRunner().invoke(
        app, ["route", "check", "--check", str(weights), "--in", str(answers), "--out", str(out)]
    )
    assert result.exit_code == 0, result.output
    good, empty = (json.loads(line) for line in out.read_text().splitlines())
    assert set(good) == {"prompt_id", "p_right", "p_pro", "known", "exact"}
    assert good["p_right"] > empty["p_right"]
