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


def test_what_another_model_began_is_not_gone_on_with(folder, tmp_path):
    file, out = tmp_path / "in.parquet", tmp_path / "out.jsonl"
    loans(10).write_parquet(file)
    out.with_name("out.jsonl.part").write_bytes(b'{"model":"x"}\n')
    with pytest.raises(SettingError, match="another model"):
        score_file(file, folder, out)
