"""The evaluation of code on a bench of our own, in the real sandbox, with models that say what a test wrote down."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cothink.cli.main import app
from cothink.core.errors import SettingError, UpstreamUnreachable
from cothink.core.request import Sampling
from cothink.evaluation.code_grade import passes
from cothink.evaluation.code_live import LiveRow, Terms, Twice, read_live, run_live
from cothink.evaluation.code_replay import models, replay_pair
from cothink.evaluation.code_table import live_table, replay_lines
from cothink.evaluation.code_tasks import recorded, tasks
from cothink.verify.sandbox.config import SandboxConfig
from cothink.verify.sandbox.sandbox import Sandbox
from evaluation.code_data import write
from strategies.scripted import Scripted, model
from verify.conftest import _bubblewrap

__all__ = ["_bubblewrap"]
pytestmark = pytest.mark.needs_bubblewrap
ADD = "```python\ndef add(a, b):\n    return a + b\n```"
TIMES = "```python\ndef times(a, b):\n    return a * b\n```"
WRONG = "```python\ndef add(a, b):\n    return a - b\n```"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxConfig(warm_cells=1)) as made:
        yield made


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write(tmp_path)


def test_tasks_have_their_suite_and_a_sound_solution(data: Path) -> None:
    assert [task.name for task in tasks(data, "humaneval", "base")] == ["Own/add", "Own/times", "Own/minus"]
    assert [task.name for task in tasks(data, "humaneval", "plus")] == ["Own/add", "Own/times"]
    assert "assert double(2) == 4" in tasks(data, "mbpp", "base")[0].question
    with pytest.raises(SettingError, match="allowed are humaneval, mbpp"):
        tasks(data, "other", "base")


def test_a_folder_without_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"tasks\.jsonl\.gz"):
        tasks(tmp_path, "humaneval", "base")


async def test_own_solutions_pass_both_suites_and_a_wrong_one_fails(data: Path, sandbox: Sandbox) -> None:
    for suite in ("base", "plus"):
        for task in tasks(data, "humaneval", suite):  # type: ignore[arg-type]  # both are suites
            assert (await passes(task, task.solution(suite), suite, sandbox))[0]  # type: ignore[arg-type]
    add = tasks(data, "humaneval", "base")[0]
    right, why = await passes(add, WRONG, "base", sandbox)
    assert not right and "expected 3, got -1" in why
    assert (await passes(add, "def add(:", "base", sandbox))[1].startswith("it does not parse")


async def test_a_live_run_counts_and_goes_on(data: Path, sandbox: Sandbox, tmp_path: Path) -> None:
    chosen = tasks(data, "humaneval", "base")[:2]
    terms = Terms("base", sandbox, Sampling(), {"r1": 1, "pro": 3})
    out, told = tmp_path / "rows.jsonl", list[LiveRow]()
    r1 = Scripted(ADD, WRONG)
    pro = Scripted(ADD, TIMES)
    ways = {"r1": model("r1", r1).engine, "pro": model("pro", pro).engine}
    rows = await run_live(chosen, ways, terms, out, told.append)
    assert [(row.way, row.right) for row in rows] == [("r1", True), ("pro", True), ("r1", False), ("pro", True)]
    assert rows[1].weighted == 60 and rows[1].tokens == {"pro": 20}
    out.write_bytes(out.read_bytes() + b'{"way": "half')
    again = await run_live(chosen, ways, terms, out, told.append)
    assert (len(again), len(told), r1.calls) == (4, 4, 2)
    lines = {line[0]: line for line in live_table(read_live(out))}
    assert lines["pro"][1].startswith("1.000") and lines["r1"][-1].startswith("+0 −1")


async def test_a_model_that_fails_is_a_row_and_no_end(data: Path, sandbox: Sandbox, tmp_path: Path) -> None:
    terms = Terms("base", sandbox, Sampling(), {})
    ways = {"r1": model("r1", Scripted(UpstreamUnreachable("away"))).engine}
    rows = await run_live(tasks(data, "humaneval", "base")[:1], ways, terms, tmp_path / "rows", lambda row: None)
    assert (rows[0].right, rows[0].error) == (False, "away")


async def test_twice_asks_again_only_where_the_first_is_refused(data: Path, sandbox: Sandbox, tmp_path: Path) -> None:
    task = tasks(data, "humaneval", "base")[:1]
    good, bad = Scripted(ADD), Scripted(WRONG, ADD)
    terms = Terms("base", sandbox, Sampling(temperature=0), {})
    ways = {"a": Twice(model("r1", good).engine, sandbox), "b": Twice(model("r1", bad).engine, sandbox)}
    rows = await run_live(task, ways, terms, tmp_path / "rows", lambda row: None)
    assert [row.right for row in rows] == [True, True]
    assert (good.calls, bad.calls) == (1, 2)
    assert bad.requests[1].sampling.temperature == 0.6


async def test_a_replay_asks_the_dear_model_where_the_cheap_one_is_refused(data: Path, sandbox: Sandbox) -> None:
    answers = recorded(data, "humaneval")
    assert models(answers) == {"cheap": 3, "dear": 3}
    rows = await replay_pair(tasks(data, "humaneval", "base"), answers, ("cheap", "dear"), sandbox)
    assert [(row.first, row.second, row.picked, row.asked) for row in rows] == [
        (True, True, True, False),
        (False, True, True, True),
        (True, False, True, False),
    ]
    figures = dict(replay_lines(("cheap", "dear"), rows))
    assert figures["verified pick"].startswith("1.000") and figures["share that asked dear"].startswith("0.333")
    with pytest.raises(SettingError, match="No answers of 'none'"):
        await replay_pair([], answers, ("cheap", "none"), sandbox)


def test_the_command_grades_own_solutions_and_replays(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(data)
    monkeypatch.delenv("COTHINK_CONFIG", raising=False)
    run = CliRunner().invoke
    checked = run(app, ["eval", "code", "--data", str(data), "--self-check"])
    assert (checked.exit_code, "own solutions that pass base: 1.000" in checked.output) == (0, True)
    assert "verified pick: 1.000" in run(app, ["eval", "code", "--data", str(data), "--replay", "cheap,dear"]).output
    assert "cheap" in run(app, ["eval", "code", "--data", str(data), "--replay", "list"]).output
    assert run(app, ["eval", "code", "--data", str(data), "--suite", "x"]).exit_code == 1
