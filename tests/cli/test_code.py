"""`cothink code verify` as a person and as a script use it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cothink.cli.main import app
from needs import program

run = CliRunner().invoke
TASK = 'def add(a, b):\n    """The sum.\n    >>> add(1, 2)\n    3\n    """\n'


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("COTHINK_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)


def files(folder: Path, code: str, **more: str) -> list[str]:
    program("bwrap", "bubblewrap")
    arguments = []
    for name, text in {"prompt": TASK, "program": code, **more}.items():
        path = folder / f"{name}.txt"
        path.write_text(text, encoding="utf-8")
        arguments += [f"--{name}", str(path)]
    return ["code", "verify", *arguments]


def test_the_exit_code_is_the_verdict(tmp_path: Path) -> None:
    assert run(app, files(tmp_path, "def add(a, b): return a + b")).exit_code == 0
    wrong = run(app, files(tmp_path, "def add(a, b): return a - b"))
    assert wrong.exit_code == 1
    assert "expected 3, got -1" in " ".join(wrong.output.split())
    assert run(app, files(tmp_path, "```rust\nfn add() {}\n```")).exit_code == 3


def test_json_has_verdict_score_and_checks(tmp_path: Path) -> None:
    tests = "assert add(2, 2) == 5"
    result = run(app, [*files(tmp_path, "def add(a, b): return a + b", tests=tests), "--json"])
    report = json.loads(result.output)
    assert report["verdict"] == "fail"
    assert 0 <= report["score"] <= 1
    assert {"name": "example 1", "status": "pass"}.items() <= report["checks"][2].items()


def test_a_batch_is_judged_into_a_file(tmp_path: Path) -> None:
    program("bwrap", "bubblewrap")
    rows = [
        {"id": "good", "prompt": TASK, "program": "def add(a, b): return a + b", "entry_point": "add"},
        {"id": "bad", "prompt": TASK, "program": "def add(a, b): return a", "entry_point": "add"},
    ]
    batch = tmp_path / "rows.jsonl"
    batch.write_text("\n".join(map(json.dumps, rows)) + "\n{\n", encoding="utf-8")
    out = tmp_path / "out.jsonl"
    result = run(app, ["code", "verify", "--batch", str(batch), "--out", str(out), "--jobs", "2"])
    assert (result.exit_code, "2 judged, 0 were there already, 1 bad rows" in result.output) == (0, True)
    verdicts = {row["id"]: row["verdict"] for row in map(json.loads, out.read_text().splitlines())}
    assert verdicts == {"good": "pass", "bad": "fail", None: "unsure"}


@pytest.mark.parametrize("arguments", [["--program", "x"], ["--batch", "rows.jsonl"], []])
def test_a_missing_option_is_a_usage_error(arguments: list[str]) -> None:
    assert run(app, ["code", "verify", *arguments]).exit_code == 2
