import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from cothink.core.errors import SettingError
from cothink.risk import files, table
from cothink.risk.batch import score_file
from cothink.risk.train import train
from risk.loans import loans


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    frame = loans(600)
    made = train(frame.drop("default"), table.truths(frame, "default"), "default", texts=["words"])
    folder = tmp_path_factory.mktemp("model")
    files.save(made, folder)
    return folder


class Killed(BaseException):
    pass


def _kill_after(rows):
    def tell(done, _):
        if done >= rows:
            raise Killed

    return tell


def test_a_killed_run_goes_on_and_scores_each_row_once(folder, tmp_path):
    file, out, whole = tmp_path / "in.parquet", tmp_path / "out.jsonl", tmp_path / "whole.jsonl"
    loans(1000, seed=7).write_parquet(file)
    with pytest.raises(Killed):
        score_file(file, folder, out, block=300, tell=_kill_after(600))
    with out.with_name("out.jsonl.part").open("ab") as torn:
        torn.write(b'{"row":600,"probab')
    assert score_file(file, folder, out, block=300) == 0
    score_file(file, folder, whole, block=300)
    assert pl.read_ndjson(out)["row"].to_list() == list(range(1000))
    assert out.read_bytes() == whole.read_bytes()


def test_a_bad_row_is_reported_and_stops_nothing(folder, tmp_path):
    file, out = tmp_path / "in.csv", tmp_path / "out.csv"
    frame = loans(50, seed=8).with_columns(pl.col("income").cast(pl.String))
    frame = frame.with_columns(pl.when(pl.int_range(50) == 7).then(pl.lit("lots")).otherwise("income").alias("income"))
    frame.write_csv(file)
    assert score_file(file, folder, out) == 1
    found = pl.read_csv(out)
    assert found.height == 50
    assert found.row(7, named=True)["error"] == "income is no number"
    assert found["probability"].null_count() == 1


_KILLED = """
import os, signal, sys
from pathlib import Path
from cothink.risk.batch import score_file

def tell(done, rows):
    if done >= 4_000:
        os.kill(os.getpid(), signal.SIGKILL)

score_file(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), block=500, tell=tell)
"""


def test_ten_thousand_rows_survive_a_real_kill_and_stand_in_the_output_once(folder, tmp_path):
    file, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    loans(10_000, seed=9).write_ndjson(file)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    command = [sys.executable, "-c", _KILLED, str(file), str(folder), str(out)]
    killed = subprocess.run(command, env=environment, check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert not out.exists()
    began = []
    assert score_file(file, folder, out, block=500, tell=lambda done, _: began.append(done)) == 0
    assert began[0] == 4_000
    found = pl.read_ndjson(out)
    assert found["row"].to_list() == list(range(10_000))
    assert found["probability"].null_count() == 0


def test_broken_lines_of_json_keep_their_numbers_and_stop_nothing(folder, tmp_path):
    file, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    rows = loans(6, seed=10).drop("default").to_dicts()
    lines = [json.dumps(row).encode() for row in rows]
    lines[1] = lines[1][:40]
    lines[3] = b"[1, 2]"
    lines[4] = json.dumps({**rows[4], "income": {"a": 1}}).encode()
    lines.insert(2, b"")
    lines.append(b'{"income": "\xff"}')
    file.write_bytes(b"\n".join(lines) + b"\n")
    assert score_file(file, folder, out) == 4
    found = pl.read_ndjson(out)
    assert found["line"].to_list() == [1, 2, 4, 5, 6, 7, 8]
    wrong = dict(found.filter(pl.col("error") != "").select("line", "error").iter_rows())
    assert list(wrong) == [2, 5, 6, 8]
    assert wrong[5] == "the line is no JSON object but list"
    assert wrong[6] == "income is no number"
    assert found.filter(pl.col("error") != "")["probability"].null_count() == 4
    assert found.filter(pl.col("error") != "")["review"].all()


def test_a_broken_line_of_csv_swallows_no_other_row(folder, tmp_path):
    file, out = tmp_path / "in.csv", tmp_path / "out.jsonl"
    loans(40, seed=11).write_csv(file)
    lines = file.read_bytes().split(b"\n")
    lines[5] += b",one,too,many"
    lines[9] = b'a8,"never closed'
    lines[12] = b"\xff\xfe"
    file.write_bytes(b"\n".join(lines))
    assert score_file(file, folder, out) == 3
    found = pl.read_ndjson(out)
    assert found["row"].to_list() == list(range(40))
    assert found.filter(pl.col("error") != "")["line"].to_list() == [6, 10, 13]
    assert "fields, the head has" in found.row(4, named=True)["error"]


def test_every_form_of_a_file_gets_equal_scores(folder, tmp_path):
    frame, told = loans(60, seed=12), []
    for ending, write in (("csv", "write_csv"), ("parquet", "write_parquet"), ("jsonl", "write_ndjson")):
        file, out = tmp_path / f"in.{ending}", tmp_path / f"{ending}.parquet"
        getattr(frame, write)(file)
        assert score_file(file, folder, out) == 0
        told.append(pl.read_parquet(out)["probability"].to_list())
    assert told[0] == pytest.approx(told[1], abs=1e-12)
    assert told[2] == pytest.approx(told[1], abs=1e-12)


def test_what_another_model_began_is_not_gone_on_with(folder, tmp_path):
    file, out = tmp_path / "in.parquet", tmp_path / "out.jsonl"
    loans(10).write_parquet(file)
    out.with_name("out.jsonl.part").write_bytes(b'{"model":"x"}\n')
    with pytest.raises(SettingError, match="another model"):
        score_file(file, folder, out)
