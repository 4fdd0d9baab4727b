"""`cothink eval run` and `report` as a person runs them, with real processes where it counts."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cothink.cli.main import app
from cothink.core.errors import CoThinkError, SettingError
from evaluation import originals
from evaluation.originals import lines
from flow.processes import Gateway, Upstream, environment, r1, until

run = CliRunner().invoke


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("COTHINK_") and not name.startswith("COTHINK_TEST"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def server() -> Iterator[Upstream]:
    with Upstream(text="Answer: 7") as upstream:
        yield upstream


def questions(folder: Path, count: int) -> Path:
    rows = [{"id": str(n), "prompt": f"What is 7 + 0 * {n}?", "answer": 7 if n % 2 else 8} for n in range(count)]
    return lines(folder / "own.jsonl", *rows)


def command(server: Upstream, data: Path, out: Path, *more: str, name: str = "own", model: str = "m") -> list[str]:
    where = ["--url", server.url, "--data", str(data), "--out", str(out)]
    return ["eval", "run", "--set", name, "--model", model, *where, *more]


def rows(out: Path) -> list[dict[str, Any]]:
    """The rows of a file, without its terms and without a last line that was cut."""
    whole = out.read_bytes()
    found = [json.loads(line) for line in whole[: whole.rfind(b"\n") + 1].splitlines()]
    return [row for row in found if "id" in row]


def test_rows_are_written_and_a_second_run_asks_nothing(server: Upstream, tmp_path: Path) -> None:
    words = command(server, questions(tmp_path, 6), tmp_path / "rows.jsonl", "--price", "m=1,2")
    before = server.stats()["requests"]
    first = run(app, words)
    assert first.exit_code == 0, first.output
    assert "3 / 6" in first.output
    assert "6 new rows" in first.output
    assert "0 new rows" in run(app, words).output
    assert server.stats()["requests"] - before == 6
    (row, *_) = rows(tmp_path / "rows.jsonl")
    assert row["cost_usd"] > 0
    assert row["tokens"] == {"m": 2}


def test_a_killed_run_goes_on_and_has_each_row_once(tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    with Upstream(text="Answer: 7", first_s=0.02) as slow:
        words = command(slow, questions(tmp_path, 120), out, "--concurrency", "3")
        process = subprocess.Popen(
            [sys.executable, "-m", "cothink.cli", *words],
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(lambda: out.exists() and out.read_bytes().count(b"\n") > 8, "rows are written")
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        done = len(rows(out))
        assert 0 < done < 120
        with out.open("ab") as file:
            file.write(b'{"set":"own","id":"9')  # what a kill may leave of a line
        asked = slow.stats()["requests"]
        again = run(app, words)
        assert again.exit_code == 0, again.output
        assert f"{120 - done} new rows" in again.output
        assert slow.stats()["requests"] - asked == 120 - done
    keys = [(row["id"], row["model"], row.get("sample", 0)) for row in rows(out)]
    assert len(keys) == len(set(keys)) == 120


def test_an_interrupt_says_what_is_there_and_ends(tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    with Upstream(text="Answer: 7", first_s=0.05) as slow:
        process = subprocess.Popen(
            [sys.executable, "-m", "cothink.cli", *command(slow, questions(tmp_path, 500), out)],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        until(lambda: out.exists() and out.read_bytes().count(b"\n") > 4, "rows are written")
        process.send_signal(signal.SIGINT)
        told, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert "The same command goes on." in told
    assert "Traceback" not in errors


def test_the_cap_on_cost_stops_and_says_what_is_missing(server: Upstream, tmp_path: Path) -> None:
    """An answer of two tokens costs 0.02 and, with ten tokens at most, may cost 0.10."""
    data, out = questions(tmp_path, 9), tmp_path / "rows.jsonl"
    words = command(server, data, out, "--price", "m=0,10000", "--max-tokens", "10", "--most-usd", "0.15")
    stopped = run(app, words)
    assert stopped.exit_code == 3
    assert "6 rows are missing. $0.060000 of $0.150000 are spent" in stopped.output
    assert len(rows(out)) == 3
    assert run(app, words).exit_code == 3
    assert len(rows(out)) == 3


def test_a_cap_needs_a_price(server: Upstream, tmp_path: Path) -> None:
    result = run(app, command(server, questions(tmp_path, 2), tmp_path / "rows", "--most-usd", "1"))
    assert isinstance(result.exception, SettingError)
    assert "give --price m=IN,OUT" in result.exception.message


def test_a_busy_server_is_tried_again(tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    with Upstream(text="Answer: 7", fault="status", status=429, retry_after="0", fault_share=0.5) as busy:
        result = run(app, command(busy, questions(tmp_path, 2), out, "--concurrency", "1", "--timeout-s", "20"))
        assert result.exit_code == 0, result.output
        assert busy.stats()["faults"] == 1
    assert [row.get("error") for row in rows(out)] == [None] * 2
    assert sorted(row.get("tries", 1) for row in rows(out)) == [1, 2]


def test_a_server_that_does_not_know_the_key_ends_the_run(tmp_path: Path) -> None:
    with Upstream(fault="status", status=401) as closed:
        result = run(app, command(closed, questions(tmp_path, 3), tmp_path / "rows"))
    assert isinstance(result.exception, CoThinkError)
    assert "does not accept" in result.exception.message
    assert rows(tmp_path / "rows") == []


def test_a_gateway_behind_the_url_says_whom_it_asked(tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    with (
        Upstream(text="Answer: 8") as cheap,
        Upstream(text="Answer: 7") as dear,
        Gateway({"r1": r1(cheap), "pro": r1(dear) | {"engine": "chat_completions", "zone": "site"}}) as served,
    ):
        where = ["--url", served.url, "--data", str(questions(tmp_path, 2)), "--out", str(out)]
        result = run(app, ["eval", "run", "--set", "own", "-m", "cothink-fusion", "-m", "r1", *where])
    assert result.exit_code == 0, result.output
    by_model = {row["model"]: row for row in rows(out)}
    assert by_model["r1"]["calls"] == {"r1": 1}
    assert by_model["cothink-fusion"]["calls"].keys() == {"r1", "pro"}
    assert by_model["cothink-fusion"]["verification"]


def test_conversations_need_no_data(server: Upstream, tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    words = ["eval", "run", "--set", "retention", "-m", "m", "--url", server.url, "--out", str(out)]
    result = run(app, [*words, "--limit", "2", "--turns", "6"])
    assert result.exit_code == 0, result.output
    assert [len(row["facts"]) for row in rows(out)] == [2, 2]
    other = run(app, [*words, "--limit", "2", "--turns", "7"])
    assert isinstance(other.exception, SettingError)
    assert "begun with tasks turns 6" in other.exception.message


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--set", "nothing"], "--set is 'nothing'"),
        (["--data", "nowhere"], "--data is nowhere; there is no such file or folder"),
        (["--price", "m=free"], "--price is 'm=free'"),
        (["--url", "ftp://x"], "allowed is an http:// or https:// address"),
        (["--model", "m"], "--model names one twice"),
        (["--out", "no/such/rows"], "--out is no/such/rows; it cannot be written"),
    ],
)
def test_wrong_options_name_the_field_the_value_and_what_is_allowed(
    server: Upstream, tmp_path: Path, words: list[str], told: str
) -> None:
    result = run(app, [*command(server, questions(tmp_path, 1), tmp_path / "rows"), *words])
    assert isinstance(result.exception, SettingError), result.output
    assert told in result.exception.message


def test_sets_are_listed_with_their_files_and_places() -> None:
    told = run(app, ["eval", "sets"]).output
    assert "gsm8k" in told
    assert "github.com/openai/human-eval" in told
    assert "retention" in told


def test_a_run_becomes_a_report(server: Upstream, tmp_path: Path) -> None:
    data, out = lines(tmp_path / "gsm" / "test.jsonl", *originals.GSM8K), tmp_path / "rows.jsonl"
    for model in ("a", "b"):
        assert run(app, command(server, data, out, name="gsm8k", model=model)).exit_code == 0
    result = run(app, ["eval", "report", str(out), "--out", str(tmp_path / "report"), "--pair", "a,b"])
    assert result.exit_code == 0, result.output
    assert "gsm8k: 2 prompts" in result.output
    assert (tmp_path / "report" / "report.html").stat().st_size > 2000
    for words, told in ((["--pair", "a"], "--pair is 'a'"), (["--weights", "r1"], "--weights is 'r1'")):
        wrong = run(app, ["eval", "report", str(out), "--out", str(tmp_path / "report"), *words])
        assert isinstance(wrong.exception, SettingError)
        assert told in wrong.exception.message


def test_an_embedded_pair_is_measured_with_its_memory(smollm2: Path, tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    settings, out = tmp_path / "cothink.toml", tmp_path / "rows.jsonl"
    role = f'engine = "llamacpp"\npath = "{smollm2}"\nmodel = "smol"\ncontext_tokens = 1024\nthreads = 1\n'
    settings.write_text(f'[r1]\n{role}[pro]\n{role}zone = "hosted"\n')
    words = ["eval", "run", "--set", "own", "-m", "r1", "-m", "cothink-cascade", "--config", str(settings)]
    words += ["--data", str(questions(tmp_path, 1)), "--out", str(out), "--max-tokens", "8", "--concurrency", "1"]
    result = run(app, words)
    assert result.exit_code == 0, result.output
    first, second = rows(out)
    assert first["calls"] == {"r1": 1}
    assert second["model"] == "cothink-cascade"
    assert sum(second["calls"].values()) >= 1
    assert first["memory_bytes"] > 50_000_000
    assert first["first_s"] > 0
