"""Records of a whole gateway: what rests, through a reload, a stop and a new start; and the commands that show it."""

import json
import signal
from pathlib import Path
from typing import Any

import msgspec
from typer.testing import CliRunner

from cothink.cli.main import app
from cothink.store.records import Filter, Records
from flow.processes import Gateway, Upstream, ask, r1, until

ASKED = [{"role": "user", "content": "my card is 4111 1111 1111 1111"}]


def test_records_outlive_a_reload_and_a_stop_and_every_worker_writes_its_own(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    with Upstream(text="write to ada@example.com") as upstream:
        settings = {"r1": r1(upstream), "records": {"share": 1.0, "path": str(path)}}
        with Gateway(settings, workers=2) as gateway:
            asked = [ask(gateway.port, stream=n % 2 == 0, messages=ASKED) for n in range(20)]
            gateway.process.send_signal(signal.SIGHUP)
            until(lambda: gateway.log().count("The settings were taken anew") == 2, "both took the settings")
            asked += [ask(gateway.port, messages=ASKED) for _ in range(10)]
            until(lambda: gateway.counts("cothink_records_total").get(WRITTEN) == 30, "all were written")
            assert gateway.stop() == 0
        with Gateway(settings) as gateway:
            asked += [ask(gateway.port, messages=ASKED)]
            assert gateway.stop() == 0  # what waits is written before the end
    assert asked == ["whole"] * 31
    found = rested(path)
    assert len({one["trace_id"] for one in found}) == 31
    assert {one["outcome"] for one in found} == {"completed"}
    assert {one["answers"][0]["text"] for one in found} == {"write to <EMAIL_ADDRESS>"}
    assert {one["request"]["messages"][0]["content"] for one in found} == {"my card is <CREDIT_CARD>"}
    commands(tmp_path, path, found)


WRITTEN = 'cothink_records_total{fate="written"}'


def rested(path: Path) -> list[dict[str, Any]]:
    records = Records(path)
    try:
        return [msgspec.json.decode(one) for one in records.every(Filter())]
    finally:
        records.close()


def commands(folder: Path, path: Path, found: list[dict[str, Any]]) -> None:
    config = folder / "cothink.toml"
    config.write_text(f'[records]\npath = "{path}"\n')
    runner = CliRunner()
    listed = runner.invoke(app, ["records", "list", "--config", str(config), "--most", "3"])
    assert listed.exit_code == 0, listed.output
    assert listed.output.count("completed") == 3
    shown = runner.invoke(app, ["records", "show", found[0]["trace_id"], "--config", str(config)])
    assert json.loads(shown.output)["answers"] == found[0]["answers"]
    target = folder / "out.jsonl"
    runner.invoke(app, ["records", "export", str(target), "--config", str(config), "--outcome", "completed"])
    assert [json.loads(line)["trace_id"] for line in target.read_text().splitlines()] == [
        one["trace_id"] for one in found
    ]
