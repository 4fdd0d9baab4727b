import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cothink.cli.main import app
from cothink.core.errors import SettingError
from routing.outcomes import write

pytest.importorskip("lightgbm")


def run(*words: str) -> str:
    result = CliRunner().invoke(app, ["route", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write(tmp_path_factory.mktemp("world"))
    run("train", "--data", str(folder), "--cheap", "r1", "--strong", "pro", "--out", str(folder / "router"))
    return folder


def test_a_router_is_trained_scores_and_sets_its_dial(folder: Path, tmp_path: Path) -> None:
    prompts, out = str(folder / "made-up.prompts.jsonl"), tmp_path / "scores.jsonl"
    run("score", "--router", str(folder / "router"), "--in", prompts, "--out", str(out))
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(lines) == 120 and set(lines[0]) == {"prompt_id", "p_r1", "p_pro", "known"}
    said = run(
        "calibrate",
        "--router",
        str(folder / "router"),
        "--in",
        prompts,
        "--pro-share",
        "0.3",
        "--out",
        str(tmp_path / "own"),
    )
    assert "dial 0.3: a prompt goes to the pro where it gains" in said
    assert (tmp_path / "own" / "router.npz").exists()
    with pytest.raises(SettingError, match="Give one of"):
        run("calibrate", "--router", str(folder / "router"), "--in", prompts)


def test_a_decision_is_explained_in_words_and_figures(folder: Path) -> None:
    words = "Compute the standard deviation of the measurements 4, 7, 1, 9."
    said = run("explain", words, "--router", str(folder / "router"))
    assert "who answers" in said and "R1 solves it with" in said and "“spread”" in said


def test_near_duplicates_are_counted_and_left_out(folder: Path, tmp_path: Path) -> None:
    against = tmp_path / "judge.jsonl"
    first = (folder / "made-up.prompts.jsonl").read_text().splitlines()[0]
    against.write_text(first + "\n" + json.dumps({"prompt_id": "new", "prompt": "Something else entirely"}) + "\n")
    said = run("duplicates", "--data", str(folder), "--against", str(against), "--out", str(tmp_path / "rest.jsonl"))
    assert "1 of 2 prompts are near to one of the 120 recorded" in said
    assert json.loads((tmp_path / "rest.jsonl").read_text())["prompt_id"] == "new"


def test_outcomes_are_learned_and_taken_back(tmp_path: Path) -> None:
    file, outcomes = str(tmp_path / "c.json"), tmp_path / "o.jsonl"
    outcomes.write_text('{"tenant": "t", "kind": "sort", "model": "r1", "expected": 0.8, "observed": 0}\n')
    assert "version 1" in run("learn", "--corrections", file, "--outcomes", str(outcomes))
    assert "version 0" in run("learn", "--corrections", file, "--back-to", "0")
    outcomes.write_text('{"tenant": "t"}\n')
    with pytest.raises(SettingError, match=r"o\.jsonl"):
        run("learn", "--corrections", file, "--outcomes", str(outcomes))
