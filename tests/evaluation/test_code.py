"""The evaluation of code on a bench of our own, in the real sandbox, with models that say what a test wrote down."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from cothink.cli.main import app
from cothink.core.errors import SettingError, UpstreamUnreachable
from cothink.core.request import Sampling
from cothink.evaluation.code_grade import passes
from cothink.evaluation.code_live import LiveRow, Terms, Twice, read_live, run_live
from cothink.evaluation.code_replay import models, replay_pair
from cothink.evaluation.code_table import goal_lines, live_table, replay_lines, why_lines
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


async def test_a_live_run_in_parallel_has_every_row_once_and_its_time_is_limited(
    data: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    chosen = tasks(data, "humaneval", "base")
    ways = {"r1": model("r1", Scripted(ADD)).engine, "pro": model("pro", Scripted(TIMES)).engine}
    terms = Terms("base", sandbox, Sampling(), {}, parallel=4)
    late = Terms("base", sandbox, Sampling(), {}, parallel=4, most_s=-1.0)
    out = tmp_path / "rows.jsonl"
    assert await run_live(chosen, ways, late, out, lambda row: None) == []
    rows = await run_live(chosen, ways, terms, out, lambda row: None)
    assert sorted((row.way, row.task) for row in rows) == sorted((way, task.name) for way in ways for task in chosen)
    assert len(read_live(out)) == 6


def row(way: str, task: int, right: bool, spend: float, **more: Any) -> LiveRow:
    return LiveRow(
        way=way,
        bench="b",
        task=str(task),
        right=right,
        why="",
        seconds=1.0,
        calls={},
        tokens={},
        cost_usd=0.0,
        weighted=spend,
        **more,
    )


def test_the_goal_is_judged_by_right_answers_and_spend() -> None:
    rows = [row("r1", n, n < 6, 10) for n in range(20)] + [row("pro", n, n < 10, 30) for n in range(20)]
    team = [row("team", n, n < 18, 44, steps={"r1 writes": 14.0, "pro repair": 30.0}) for n in range(20)]
    dear = [row("dear", n, n < 18, 46, verification="verified") for n in range(20)]
    found = goal_lines([*rows, *team, *dear])
    assert found[0].startswith("team beats pro at no more than 1.5 times its spend (p < 0.05): +40.0 points")
    assert found[1].startswith("dear does not beat pro") and "1.53 times the spend" in found[1]
    assert why_lines([*rows, *team, *dear]) == [
        "team: spend a task by step: pro repair 30, r1 writes 14",
        "dear: 20 said to be verified, 18 of them right",
    ]
    assert goal_lines([]) == [] and live_table([]) == []
    assert live_table([row("r1", 1, True, 1), row("pro", 2, True, 1)])[0][:3] == ("r1", "–", "0")


async def test_a_model_that_fails_is_a_row_and_no_end(data: Path, sandbox: Sandbox, tmp_path: Path) -> None:
    terms = Terms("base", sandbox, Sampling(), {})
    ways = {"r1": model("r1", Scripted(UpstreamUnreachable("away"))).engine}
    rows = await run_live(tasks(data, "humaneval", "base")[:1], ways, terms, tmp_path / "rows", lambda row: None)
    assert (rows[0].right, rows[0].error) == (False, "away")
    back = {"r1": model("r1", Scripted(ADD)).engine}
    rows = await run_live(tasks(data, "humaneval", "base")[:1], back, terms, tmp_path / "rows", lambda row: None)
    assert live_table(rows)[0][1].startswith("1.000"), "it is asked again, and the newer row counts"


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


def test_the_command_prints_what_a_run_has_kept_without_a_model(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(data)
    kept = [row("pro", 0, True, 30), row("r1", 0, False, 10), row("cothink-code", 0, True, 20)]
    lines = [msgspec.json.encode(msgspec.structs.replace(one, bench="humaneval", task="Own/add")) for one in kept]
    (data / "rows").write_bytes(b"\n".join(lines) + b"\n")
    printed = CliRunner().invoke(app, ["eval", "code", "--data", str(data), "--table", "--out", "rows"]).output
    assert printed.index(" r1 ") < printed.index(" pro ") < printed.index(" cothink-code ")
    assert "cothink-code does not beat pro" in printed
