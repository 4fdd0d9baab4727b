import os
import stat
from pathlib import Path

import pytest

from cothink.core.errors import NotReady, SettingError
from cothink.engines.endpoint import Endpoint, EndpointFile

FIRST = Endpoint("http://127.0.0.1:1", "secret-1", "m")
SECOND = Endpoint("http://127.0.0.1:2", "secret-2", "m")


def test_a_key_never_shows_in_a_repr() -> None:
    assert "secret" not in repr(FIRST)


def test_a_worker_sees_each_endpoint_that_the_parent_publishes(tmp_path: Path) -> None:
    parent, worker = EndpointFile(tmp_path / "e"), EndpointFile(tmp_path / "e")
    parent.publish(FIRST)
    assert worker.endpoint() == FIRST
    parent.publish(SECOND)
    assert worker.endpoint() == SECOND


def test_a_forked_worker_sees_a_later_endpoint(tmp_path: Path) -> None:
    shared = EndpointFile(tmp_path / "e")
    shared.publish(FIRST)
    assert shared.endpoint() == FIRST
    shared.publish(SECOND)
    pid = os.fork()
    if pid == 0:
        os._exit(0 if shared.endpoint() == SECOND else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_an_endpoint_that_went_away_is_not_ready(tmp_path: Path) -> None:
    shared = EndpointFile(tmp_path / "e")
    shared.publish(FIRST)
    shared.publish(None)
    with pytest.raises(NotReady):
        shared.endpoint()


def test_nothing_published_yet_is_not_ready(tmp_path: Path) -> None:
    with pytest.raises(NotReady):
        EndpointFile(tmp_path / "e").endpoint()


def test_the_file_is_for_this_user_only(tmp_path: Path) -> None:
    EndpointFile(tmp_path / "e").publish(FIRST)
    assert stat.S_IMODE((tmp_path / "e").stat().st_mode) == 0o600


def test_a_server_that_cannot_be_started_says_why_to_every_worker(tmp_path: Path) -> None:
    keeper, worker = EndpointFile(tmp_path / "e"), EndpointFile(tmp_path / "e")
    keeper.refuse("the file is damaged")
    with pytest.raises(NotReady, match="the file is damaged"):
        worker.endpoint()
    with pytest.raises(SettingError, match="the file is damaged"):
        worker.check()
    keeper.publish(FIRST)
    assert worker.endpoint() == FIRST
    worker.check()
