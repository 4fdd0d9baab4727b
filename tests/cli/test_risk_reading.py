"""`cothink risk train --read` and `score --read`, with a fake R1 behind a real server."""

import json
from pathlib import Path

import httpx
import polars as pl
import pytest
from typer.testing import CliRunner

from cothink.cli.main import app
from cothink.risk import files
from cothink.risk.application import Application
from cothink.risk.reading import Heard
from cothink.risk.scoring import Scorer
from risk.loans import loans
from risk.parts import reading
from test_serve import fake

RUN = CliRunner()


def settings(folder: Path, url: str, zone: str = "site") -> Path:
    file = folder / "cothink.toml"
    file.write_text(
        f'cache = "{folder}/cache/models"\n[r1]\nurl = "{url}"\nmodel = "m"\nzone = "{zone}"\npreset = "none"\n'
    )
    return file


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "loans.parquet"
    loans(300).drop("id", "issued").write_parquet(file)
    return file


def train(table: Path, out: Path, *more: str) -> "object":
    return RUN.invoke(
        app,
        ["risk", "train", "--data", str(table), "--target", "default", "--out", str(out), *more],
        catch_exceptions=True,
    )


def test_a_scorecard_learns_from_readings_and_scores_a_file_with_them(tmp_path: Path, table: Path) -> None:
    model, out = tmp_path / "model", tmp_path / "scores.jsonl"
    with fake(reading("short of cash")) as r1:
        config = settings(tmp_path, r1.url)
        trained = train(table, model, "--text", "words", "--read", "--config", str(config))
        assert trained.exit_code == 0, trained.output
        asked = r1.stats.requests
        distinct = pl.read_parquet(table).drop("default").drop_nulls("words").unique().height
        assert asked == distinct
        form = files.load(model).about.form
        assert "r1_cash_strain" in form.numbers
        scored = RUN.invoke(
            app,
            ["risk", "score", str(table), "--model", str(model), "--out", str(out), "--read", "--config", str(config)],
        )
        assert scored.exit_code == 0, scored.output
        wider = tmp_path / "read.csv"
        words = ["risk", "read", str(table), "--model", str(model), "--out", str(wider), "--config", str(config)]
        assert RUN.invoke(app, words).exit_code == 0
        judged = RUN.invoke(app, ["risk", "evaluate", str(model), "--data", str(wider), "--json"])
        assert 0 < json.loads(judged.output)["auc"] < 1
        assert r1.stats.requests == asked  # every reading was kept
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["row"] for row in rows] == list(range(300))
    assert {row["error"] for row in rows} == {""}
    assert not list(tmp_path.glob("*.read.parquet"))
    assert Scorer(model).portrait.reads


def test_a_file_without_readings_is_refused_with_the_names_of_the_columns(tmp_path: Path, table: Path) -> None:
    model = tmp_path / "model"
    with fake(reading("short of cash")) as r1:
        train(table, model, "--text", "words", "--read", "--config", str(settings(tmp_path, r1.url)))
    refused = RUN.invoke(app, ["risk", "score", str(table), "--model", str(model), "--out", str(tmp_path / "o.csv")])
    assert "r1_read" in str(refused.exception)


@pytest.mark.parametrize(("text", "zone", "words"), [([], "site", "--text"), (["words"], "hosted", "site")])
def test_what_cannot_be_read_is_refused(tmp_path: Path, table: Path, text: list[str], zone: str, words: str) -> None:
    config = settings(tmp_path, "http://127.0.0.1:9", zone)
    more = [part for name in text for part in ("--text", name)]
    assert words in str(train(table, tmp_path / "m", *more, "--read", "--config", str(config)).exception)


def test_without_r1_or_with_one_that_answers_nonsense_nothing_is_learned(tmp_path: Path, table: Path) -> None:
    empty = tmp_path / "empty.toml"
    empty.write_text("")
    assert "R1" in str(train(table, tmp_path / "m", "--text", "words", "--read", "--config", str(empty)).exception)
    with fake("I cannot do that.") as r1:
        config = settings(tmp_path, r1.url)
        refused = train(table, tmp_path / "m", "--text", "words", "--read", "--config", str(config))
        assert "too many" in str(refused.exception)
        assert not (tmp_path / "m").exists()
        httpx.post(f"{r1.url.removesuffix('/v1')}/control", json={"text": reading()}).raise_for_status()
        assert train(table, tmp_path / "m", "--text", "words", "--read", "--config", str(config)).exit_code == 0


def test_a_scorecard_that_was_trained_with_readings_is_moved_by_them(tmp_path: Path) -> None:
    from cothink.risk.reading import as_columns
    from cothink.risk.train import train as fit

    frame = loans(1500, seed=3).drop("id", "issued")
    strained = frame["words"].fill_null("").str.contains("short of cash|资金紧张|emergency").to_list()
    rows = [as_columns(Heard("read", said={"cash_strain": 1} if one else {})) for one in strained]
    seen = frame.with_columns(pl.DataFrame(rows, infer_schema_length=None)).drop("default", "words")
    files.save(fit(seen, frame["default"].to_numpy().astype("float64"), "default"), tmp_path / "m")
    scorer, one = Scorer(tmp_path / "m"), Application({"income": 40_000, "debt": 9_000, "home": "rent"})
    calm, _ = scorer.score(one, Heard("read"), None)
    hot, inputs = scorer.score(one, Heard("read", said={"cash_strain": 1}), None)
    assert hot.probability > calm.probability * 1.3
    assert scorer.again(inputs, None) == hot
    assert "r1_cash_strain" not in scorer.portrait.numbers
