"""The hub's protocol, against a local server that speaks it and fails on order."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hub_server import COMMIT, HubServer
from tiny_files import sha256

from cothink.core.errors import ModelFileError
from cothink.engines.model_files.hub import Hub, HubAway, HubFile, HubRefused
from cothink.engines.model_files.hub_download import TRIES_WITHOUT_PROGRESS, download
from cothink.engines.model_files.progress import silent

DATA = bytes(range(256)) * 20_000  # 5 MB, more than a socket buffer
NAME = "owner/repo/model.gguf"


@pytest.fixture
def hub(hub_server: HubServer) -> Hub:
    hub_server.files[NAME] = DATA
    return Hub(hub_server.url, timeout_s=5)


def pull(hub: Hub, part: Path, sleep: Callable[[float], None] = lambda _s: None) -> HubFile:
    file = hub.describe("owner/repo", "model.gguf")
    download(hub, file, part, silent, sleep=sleep)
    return file


def test_size_digest_and_commit_are_known_before_a_byte_comes(hub: Hub, hub_server: HubServer) -> None:
    file = hub.describe("owner/repo", "model.gguf")
    assert (file.bytes, file.sha256, file.commit) == (len(DATA), sha256(DATA), COMMIT)
    assert hub_server.bodies() == []


def test_without_digest_in_the_headers_the_listing_is_asked(hub: Hub, hub_server: HubServer) -> None:
    hub_server.names_digest = False
    assert hub.describe("owner/repo", "model.gguf").sha256 == sha256(DATA)


def test_a_file_without_any_digest_is_refused(hub: Hub, hub_server: HubServer) -> None:
    hub_server.names_digest = False
    hub_server.digests[NAME] = "a-git-hash"
    with pytest.raises(ModelFileError, match="names no SHA-256"):
        hub.describe("owner/repo", "model.gguf")


def test_a_file_comes_whole_and_leaves_no_note(hub: Hub, tmp_path: Path) -> None:
    pull(hub, tmp_path / "m.part")
    assert (tmp_path / "m.part").read_bytes() == DATA
    assert [path.name for path in tmp_path.iterdir()] == ["m.part"]


def test_a_cut_connection_is_resumed_at_the_byte_where_it_broke(
    hub: Hub, hub_server: HubServer, tmp_path: Path
) -> None:
    hub_server.cut_after = [1_000_000, 2_000_000]
    pull(hub, tmp_path / "m.part")
    assert (tmp_path / "m.part").read_bytes() == DATA
    assert hub_server.bodies() == [None, "bytes=1000000-", "bytes=3000000-"]


def test_a_hub_that_stops_giving_bytes_is_given_up_with_growing_waits_and_the_part_is_kept(
    hub: Hub, hub_server: HubServer, tmp_path: Path
) -> None:
    hub_server.cut_after = [500_000] + [0] * 50
    waits: list[float] = []
    with pytest.raises(HubAway, match=r"after 500,000 of 5,120,000 bytes"):
        pull(hub, tmp_path / "m.part", waits.append)
    assert (tmp_path / "m.part").stat().st_size == 500_000
    assert waits == sorted(waits)
    assert len(waits) == TRIES_WITHOUT_PROGRESS
    hub_server.cut_after = []
    pull(hub, tmp_path / "m.part")
    assert (tmp_path / "m.part").read_bytes() == DATA
    assert hub_server.bodies()[-1] == "bytes=500000-"


def test_a_part_of_an_older_version_is_begun_anew(hub: Hub, hub_server: HubServer, tmp_path: Path) -> None:
    hub_server.cut_after = [1_000_000] + [0] * 50
    with pytest.raises(HubAway):
        pull(hub, tmp_path / "m.part")
    hub_server.cut_after = []
    hub_server.files[NAME] = DATA[::-1]
    pull(hub, tmp_path / "m.part")
    assert (tmp_path / "m.part").read_bytes() == DATA[::-1]
    assert hub_server.bodies()[-1] is None


def test_a_part_that_nobody_vouches_for_is_begun_anew(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "m.part").write_bytes(b"whatever this is")
    pull(hub, tmp_path / "m.part")
    assert (tmp_path / "m.part").read_bytes() == DATA


def test_a_server_that_ignores_ranges_sends_the_whole_file_again(
    hub: Hub, hub_server: HubServer, tmp_path: Path
) -> None:
    hub_server.cut_after = [1_000_000]
    hub_server.ranges_work = False
    pull(hub, tmp_path / "m.part")
    assert (tmp_path / "m.part").read_bytes() == DATA


def test_a_gated_file_without_token_says_that_one_is_wanted(hub: Hub, hub_server: HubServer) -> None:
    hub_server.gated[NAME] = "good-token"
    with pytest.raises(HubRefused, match=r"wants a token \(401 GatedRepo\).*gated"):
        hub.describe("owner/repo", "model.gguf")


def test_a_wrong_token_is_named_as_such_and_not_shown(hub: Hub, hub_server: HubServer) -> None:
    hub_server.gated[NAME] = "good-token"
    with pytest.raises(HubRefused, match="refuses the token") as caught:
        Hub(hub_server.url, token="bad-token").describe("owner/repo", "model.gguf")
    assert "bad-token" not in str(caught.value)


def test_the_token_opens_the_file_and_never_reaches_the_storage_host(
    hub: Hub, hub_server: HubServer, tmp_path: Path
) -> None:
    hub_server.gated[NAME] = "good-token"
    pull(Hub(hub_server.url, token="good-token"), tmp_path / "m.part")
    assert (tmp_path / "m.part").read_bytes() == DATA
    tokens = {path.startswith("/storage/"): authorization for _, path, _, authorization in hub_server.seen}
    assert tokens == {False: "Bearer good-token", True: None}


def test_an_unknown_file_is_refused(hub: Hub) -> None:
    with pytest.raises(HubRefused, match="no such file"):
        hub.describe("owner/repo", "other.gguf")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_hub_in_trouble_counts_as_away(hub: Hub, hub_server: HubServer, status: int) -> None:
    hub_server.status = status
    with pytest.raises(HubAway, match=str(status)):
        hub.describe("owner/repo", "model.gguf")


def test_a_hub_that_cannot_be_reached_is_away() -> None:
    with pytest.raises(HubAway, match="does not answer"):
        Hub("http://127.0.0.1:9", timeout_s=1).describe("owner/repo", "model.gguf")


def test_redirects_without_end_are_refused(hub: Hub, hub_server: HubServer) -> None:
    hub_server.storage_url = hub_server.url + "/owner/repo/resolve/main/model.gguf?"
    file = HubFile("owner/repo", "model.gguf", "main", 1, "0" * 64)
    with pytest.raises(HubRefused):
        hub.read(file, 0)
