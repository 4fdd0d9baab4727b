"""`cothink code run` against two fake models."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cothink.cli.code_folder import read_task
from cothink.cli.main import app
from cothink.core.errors import BadRequest
from cothink.engines.fake_server import FakeServer
from needs import program
from test_serve import fake

run = CliRunner().invoke
TASK = "Write a Python function `add(a, b)` that returns the sum.\n\nadd(1, 2) -> 3\n"
RIGHT = "```python\ndef add(a: int, b: int) -> int:\n    return a + b\n```"
WRONG = "```python\ndef add(a, b):\n    return a - b\n```"


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("COTHINK_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    program("bwrap", "bubblewrap")


@pytest.fixture
def right() -> Iterator[FakeServer]:
    with fake(RIGHT) as server:
        yield server


def settings(folder: Path, r1: FakeServer, pro: FakeServer) -> str:
    path = folder / "cothink.toml"
    path.write_text(
        f"[r1]\nurl = '{r1.url}/v1'\n[pro]\nengine = 'chat_completions'\nurl = '{pro.url}/v1'\nmodel = 'm'\n"
        "[strategies.coding]\nlint = false\n",
        encoding="utf-8",
    )
    return str(path)


def folder_with_tests(tmp_path: Path) -> Path:
    folder = tmp_path / "job"
    folder.mkdir()
    (folder / "TASK.md").write_text("Write `add(a, b)` in Python.", encoding="utf-8")
    (folder / "test_sums.py").write_text(
        "from sums import add as plus, add\nimport math\n\ndef test_add():\n    assert plus(1, 2) == add(2, 1) == 3\n",
        encoding="utf-8",
    )
    return folder


def test_a_folders_tests_decide_and_apply_writes_the_program(tmp_path: Path, right: FakeServer) -> None:
    folder = folder_with_tests(tmp_path)
    result = run(app, ["code", "run", str(folder), "--apply", "--json", "-c", settings(tmp_path, right, right)])
    assert result.exit_code == 0, result.output
    assert (folder / "sums.py").read_text() == "def add(a: int, b: int) -> int:\n    return a + b\n"
    report = json.loads(result.stdout)
    assert {"name": "test_add", "status": "pass", "detail": "passed"} in report["checks"]


def test_what_nobody_gets_right_is_exit_code_1_with_the_evidence(tmp_path: Path) -> None:
    (tmp_path / "task.txt").write_text(TASK, encoding="utf-8")
    with fake(WRONG) as server:
        result = run(app, ["code", "run", "task.txt", "--diff", "-c", settings(tmp_path, server, server)])
    assert result.exit_code == 1
    words = " ".join(result.output.split())
    assert "expected 3, got -1" in words and "+++ b/solution.py" in words
    assert not (tmp_path / "solution.py").exists()


def test_one_role_alone_is_told_what_is_missing(tmp_path: Path, right: FakeServer) -> None:
    (tmp_path / "task.txt").write_text(TASK, encoding="utf-8")
    (tmp_path / "one.toml").write_text(f"[r1]\nurl = '{right.url}/v1'\n", encoding="utf-8")
    result = run(app, ["code", "run", "task.txt", "-c", "one.toml"])
    assert "needs both roles" in str(result.exception)


def test_a_folder_without_a_task_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match=r"one of TASK\.md"):
        read_task(tmp_path, None, "python")


def test_the_program_that_is_there_is_shown_and_diffed(tmp_path: Path) -> None:
    folder = folder_with_tests(tmp_path)
    (folder / "sums.py").write_text("def add(a, b):\n    return a\n", encoding="utf-8")
    found = read_task(folder, None, "python")
    assert "The program as it is now" in found.words
    assert found.tests is not None and found.tests.startswith("plus = add\n")
    assert "-    return a\n+    return a + b\n" in found.diff("def add(a, b):\n    return a + b\n")


def test_javascript_tests_name_the_file(tmp_path: Path) -> None:
    (tmp_path / "TASK.md").write_text("Write add.", encoding="utf-8")
    (tmp_path / "sums.test.ts").write_text("import { add } from './sums';\nadd(1, 2);\n", encoding="utf-8")
    assert read_task(tmp_path, None, "python").target.name == "sums.ts"


def test_bound_models_are_witnesses_of_a_verification(tmp_path: Path) -> None:
    (tmp_path / "task.txt").write_text(TASK.replace("sum", "larger") + "\nadd(3, 2) -> 3", encoding="utf-8")
    (tmp_path / "fooled.py").write_text("def add(a, b):\n    return max(3, a, b - b)\n", encoding="utf-8")
    with fake("```python\ndef add(a, b):\n    return a + b if a < b else max(a, b)\n```") as server:
        command = ["code", "verify", "--prompt", "task.txt", "--program", "fooled.py", "--entry-point", "add"]
        with_models = run(app, [*command, "-c", settings(tmp_path, server, server)])
        without = run(app, [*command, "--no-models", "-c", settings(tmp_path, server, server)])
    assert (with_models.exit_code, "witnesses" in with_models.output) == (1, True)
    assert "witnesses" not in without.output
