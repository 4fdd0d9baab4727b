"""``cothink serve --workers``: real processes that share a port, their counts, their signals, their deaths."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cothink.core.errors import SettingError
from cothink.fleet import serve
from cothink.settings import load
from flow.processes import Gateway, Upstream, ask, r1, until

RUNS = "cothink_runs_total"


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream() as one:
        yield one


@pytest.fixture
def gateway(upstream: Upstream) -> Iterator[Gateway]:
    with Gateway({"r1": r1(upstream), "gateway": {"log_format": "json"}}, workers=2) as one:
        yield one


def test_any_worker_that_is_scraped_tells_the_counts_of_all(gateway: Gateway) -> None:
    words = [ask(gateway.port, stream=number % 2 == 0) for number in range(40)]
    assert words == ["whole"] * 40
    assert {gateway.count(RUNS) for _ in range(20)} == {40}
    assert gateway.count("cothink_runs_in_flight") == 0


def test_counts_never_go_back_when_a_worker_is_killed_and_replaced(gateway: Gateway) -> None:
    for _ in range(30):
        assert ask(gateway.port) == "whole"
    seen = gateway.count(RUNS)
    for victim in gateway.children():
        os.kill(victim, signal.SIGKILL)
        until(lambda: len(gateway.children()) == 2, "it was replaced")
        assert ask(gateway.port) == "whole"
        assert gateway.count(RUNS) > seen
        seen = gateway.count(RUNS)
    assert seen == 32
    restarts = gateway.counts("cothink_state_changes_total")
    until(
        lambda: gateway.count("cothink_state_changes_total") == 2, f"both say that they were started anew: {restarts}"
    )


def test_settings_are_taken_by_all_and_a_bad_file_reaches_none(gateway: Gateway, upstream: Upstream) -> None:
    gateway.file.write_text("[r1]\nurl = 5\n")
    gateway.process.send_signal(signal.SIGHUP)
    until(lambda: "The settings were not taken" in gateway.log(), "the file was refused")
    os.kill(gateway.children()[0], signal.SIGKILL)  # a successor does not read the bad file either
    until(lambda: len(gateway.children()) == 2, "it was replaced")
    assert [ask(gateway.port) for _ in range(20)] == ["whole"] * 20
    gateway.write({"r1": r1(upstream), "models": {"other": r1(upstream)}, "gateway": {"log_format": "json"}})
    gateway.process.send_signal(signal.SIGHUP)
    until(lambda: gateway.log().count("The settings were taken anew") == 2, "both took the new ones")
    assert {ask(gateway.port, model="other") for _ in range(20)} == {"whole"}


def test_the_lines_of_all_workers_are_whole_whatever_their_length(gateway: Gateway) -> None:
    for number in range(30):
        ask(gateway.port, model="é" * 3_000 if number % 3 == 0 else "r1")
    gateway.stop()
    lines = gateway.log().splitlines()
    assert sum("request_id" in json.loads(line) for line in lines) == 30


def test_nothing_is_left_behind(gateway: Gateway) -> None:
    pids = gateway.children()
    folders = {path for path in Path("/dev/shm").glob("cothink-*") if path.is_dir()}
    assert gateway.stop() == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    gone = {path for path in folders if not path.exists()}
    assert gone or not folders


def test_an_embedded_model_is_one_process_for_all_workers(smollm2: Path) -> None:
    model = {"path": str(smollm2), "context_tokens": 256, "slots": 2, "threads": 1}
    with Gateway({"r1": model}, workers=2) as gateway:
        assert {ask(gateway.port, max_tokens=2) for _ in range(6)} == {"whole"}
        (child,) = [pid for one in gateway.children() for pid in children(one) if "llamacpp_child" in command(pid)]
        os.kill(child, signal.SIGKILL)
        until(lambda: ask(gateway.port, max_tokens=2) == "whole", "the model is back")
        gateway.process.send_signal(signal.SIGHUP)
        until(lambda: gateway.log().count("The settings were taken anew") == 2, "both took the settings")
        assert ask(gateway.port, max_tokens=2) == "whole"
        (child,) = [pid for one in gateway.children() for pid in children(one) if "llamacpp_child" in command(pid)]
        assert gateway.stop() == 0
        until(lambda: not Path(f"/proc/{child}").exists(), "the model's process ended")


def test_a_model_that_cannot_be_loaded_is_told_once_and_ends_all(tmp_path: Path) -> None:
    (tmp_path / "bad.gguf").write_bytes(b"GGUF" + bytes(100))
    given = {"r1": {"path": str(tmp_path / "bad.gguf")}, "gateway": {"port": 0, "workers": 2}}
    with pytest.raises(Exception, match=r"bad\.gguf is damaged"):
        serve(lambda: load(Path("/dev/null"), {}, given))


def test_nothing_bound_says_what_to_set_before_any_process_starts() -> None:
    with pytest.raises(SettingError, match="No model is bound"):
        serve(lambda: load(Path("/dev/null"), {}, {"gateway": {"workers": 3}}))


def test_one_that_dies_under_load_costs_only_what_it_was_answering(gateway: Gateway) -> None:
    started = time.monotonic()
    words = []
    os.kill(gateway.children()[0], signal.SIGKILL)
    while len(gateway.children()) < 2 and time.monotonic() < started + 60:
        words.append(ask(gateway.port))
    words += [ask(gateway.port) for _ in range(20)]
    assert set(words) == {"whole"}  # none of them was in its hands when it died


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()
