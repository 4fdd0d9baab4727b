"""The load generator and the mock upstream, against each other and around a real gateway: each answer is checked."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from needs import program

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the load generator needs Linux")


@pytest.fixture(scope="module")
def tools() -> Iterator[ModuleType]:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        from load import tools

        yield tools
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))


@pytest.fixture(scope="module")
def folder(tools: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    program("cc", "gcc libc6-dev")
    path = tmp_path_factory.mktemp("load")
    tools.compile_tools(path)
    return path


@pytest.fixture
def port(tools: ModuleType, folder: Path) -> Iterator[int]:
    from load.process import free_ports

    found = free_ports(1)[0]
    (mock,) = tools.start_mocks(folder, [found], (0,))
    try:
        yield found
    finally:
        mock.stop()


def test_every_request_gets_the_answer_with_its_own_number(tools: ModuleType, folder: Path, port: int) -> None:
    seen = tools.Load(folder, (0,)).run(port, tools.Ask(), "m", c=4, n=200)
    assert (seen.ok, seen.wrong, seen.latency.sums[-1]) == (200, 0, 200)


def test_every_chunk_of_every_stream_comes_in_order(tools: ModuleType, folder: Path, port: int) -> None:
    seen = tools.Load(folder, (0,)).run(port, tools.Ask(stream=True, chunks=30), "m", c=4, n=20)
    assert (seen.ok, seen.chunks, seen.wrong) == (20, 600, 0)


def test_a_stream_with_a_chunk_too_few_is_lost(tools: ModuleType, folder: Path, port: int) -> None:
    seen = tools.Load(folder, (0,)).run(port, tools.Ask(stream=True, chunks=30), "m", c=1, n=2, k=31)
    assert (seen.ok, seen.lost) == (0, 2)


def test_clients_hang_up_in_mid_stream_as_often_as_told(tools: ModuleType, folder: Path, port: int) -> None:
    seen = tools.Load(folder, (0,)).run(port, tools.Ask(stream=True, chunks=500), "m", c=2, n=10, x=3)
    assert (seen.hung_up, seen.ok, seen.wrong) == (10, 0, 0)


def test_a_constant_rate_offers_what_is_due_and_waits_for_all(tools: ModuleType, folder: Path, port: int) -> None:
    seen = tools.Load(folder, (0,)).run(port, tools.Ask(delay_ms=5), "m", c=50, r=200, s=0.25)
    assert (seen.offered, seen.ok, seen.wrong) == (50, 50, 0)
    assert seen.latency.at(0) >= 5  # no answer before the upstream's own wait


def test_a_server_that_is_not_there_is_told(tools: ModuleType, folder: Path) -> None:
    from load.process import free_ports

    seen = tools.Load(folder, (0,)).run(free_ports(1)[0], tools.Ask(), "m", c=1, s=0.05)
    assert seen.ok == 0
    assert seen.wrong > 0


def test_a_spread_tells_its_shares(tools: ModuleType) -> None:
    spread = tools.Spread([(1_000_000, 98), (5_000_000, 1), (9_000_000, 1)])
    assert (spread.at(0.5), spread.at(0.99), spread.at(1)) == (1, 5, 9)
    assert spread.count_below(5) == 99


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="gateway and load want a core each")
@pytest.mark.parametrize(
    "command",
    [
        ["gateway.py", "--only", "saturation,burst", "--peers", "", "--rounds", "1", "--seconds", "0.1"],
        ["soak.py", "--requests", "200", "--hangups", "10", "--slices", "2"],
    ],
    ids=["gateway", "soak"],
)
def test_a_real_gateway_is_measured(command: list[str], tmp_path: Path) -> None:
    program("cc", "gcc libc6-dev")
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / command[0]), *command[1:], "--json", str(tmp_path / "out.json")],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "out.json").stat().st_size > 2
    assert "ours, bare" in done.stdout or "nothing leaked" in done.stdout
