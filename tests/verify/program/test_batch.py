import asyncio
import json
from pathlib import Path

import pytest

from cothink.core.errors import BadRequest, NotReady
from cothink.verify.program.batch import Judged, Tally, judge_all
from cothink.verify.program.check import Task
from cothink.verify.program.report import ProgramReport

ROW = {"id": "a", "prompt": "Add.", "program": "def add(x): pass", "entry_point": "add"}


async def judge(task: Task, program: str) -> ProgramReport:
    if "boom" in program:
        raise ValueError("boom")
    if "gone" in program:
        raise NotReady("no sandbox")
    await asyncio.sleep(0)
    return ProgramReport(verdict="pass", score=0.9, checks=())


async def run(source: Path, target: Path, told: list[Judged] | None = None) -> Tally:
    return await judge_all(source, target, judge, parallel=2, tell=(told if told is not None else []).append)


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def write(path: Path, *lines: object) -> Path:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n")
    return path


async def test_every_row_is_judged_and_a_bad_one_stops_nothing(tmp_path: Path) -> None:
    source = write(
        tmp_path / "in",
        ROW,
        "{not json",
        {**ROW, "id": 2, "program": "boom"},
        {"id": 3, "prompt": "x"},
        {**ROW, "id": 4, "entry_point": "no name"},
        "",
        {**ROW, "id": 5},
    )
    tally = await run(source, tmp_path / "out")
    assert tally == Tally(done=2, skipped=0, bad=4)
    found = {row["id"]: row for row in rows(tmp_path / "out")}
    assert found["a"]["verdict"] == "pass" and "error" not in found["a"]
    assert found[2]["verdict"] == "unsure" and found[2]["error"] == "ValueError: boom"
    assert "program" in str(found[3]["error"])
    assert set(found) == {"a", None, 2, 3, 4, 5}


async def test_a_run_goes_on_where_it_was_cut(tmp_path: Path) -> None:
    source = write(tmp_path / "in", ROW, {**ROW, "id": "b"}, {**ROW, "id": "c"})
    (tmp_path / "out").write_text('{"id":"a","verdict":"fail","score":0.1}\n{"id":"b","ver')
    told: list[Judged] = []
    tally = await run(source, tmp_path / "out", told)
    assert tally == Tally(done=2, skipped=1, bad=0)
    assert sorted(str(row.id) for row in told) == ["b", "c"]
    assert [row["id"] for row in rows(tmp_path / "out")].count("a") == 1


async def test_one_and_the_text_one_are_two_rows(tmp_path: Path) -> None:
    source = write(tmp_path / "in", {**ROW, "id": 1}, {**ROW, "id": "1"})
    assert (await run(source, tmp_path / "out")).done == 2
    assert (await run(source, tmp_path / "out")).skipped == 2


async def test_without_a_sandbox_the_run_ends_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="no sandbox"):
        await run(write(tmp_path / "in", {**ROW, "program": "gone"}), tmp_path / "out")


async def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="nowhere"):
        await run(tmp_path / "nowhere", tmp_path / "out")
