from pathlib import Path

import pytest

from cothink.core.errors import NotReady
from cothink.verify.sandbox.cgroup import Group, lacking
from cothink.verify.sandbox.config import Limits, SandboxConfig
from cothink.verify.sandbox.sandbox import Sandbox


def test_a_group_gets_the_limits_of_its_run_and_the_process(tmp_path: Path) -> None:
    group = Group.make(tmp_path, Limits(memory_bytes=64 << 20, processes=5), 4711)
    assert (group.path / "memory.max").read_text() == str(64 << 20)
    assert (group.path / "memory.swap.max").read_text() == "0"
    assert (group.path / "memory.oom.group").read_text() == "1"
    assert (group.path / "pids.max").read_text() == "6"
    assert (group.path / "cgroup.procs").read_text() == "4711"


def test_groups_have_names_of_their_own(tmp_path: Path) -> None:
    assert Group.make(tmp_path, Limits(), 1).path != Group.make(tmp_path, Limits(), 1).path


def test_what_the_kernel_kept_is_read(tmp_path: Path) -> None:
    group = Group.make(tmp_path, Limits(), 1)
    assert group.peak_bytes() is None
    assert not group.ran_out_of_memory()
    (group.path / "memory.peak").write_text("12345\n")
    (group.path / "memory.events").write_text("low 0\noom 1\noom_kill 1\n")
    assert group.peak_bytes() == 12345
    assert group.ran_out_of_memory()
    (group.path / "memory.events").write_text("oom 1\noom_kill 0\n")
    assert not group.ran_out_of_memory()


def test_killing_is_one_write_and_removing_forgives(tmp_path: Path) -> None:
    group = Group.make(tmp_path, Limits(), 1)
    group.kill()
    assert (group.path / "cgroup.kill").read_text() == "1"
    group.remove()  # not empty here, unlike a real one


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="cannot use the cgroup"):
        Group.make(tmp_path / "missing", Limits(), 1)


def test_lacking_names_what_is_missing(tmp_path: Path) -> None:
    assert "is no cgroup v2 folder" in lacking(tmp_path)
    (tmp_path / "cgroup.subtree_control").write_text("cpu pids")
    assert "does not hand down memory (write '+memory'" in lacking(tmp_path)
    (tmp_path / "cgroup.subtree_control").write_text("cpu memory pids")
    assert lacking(tmp_path) == ""


@pytest.mark.needs_bubblewrap
async def test_a_cgroup_that_was_asked_for_and_cannot_be_used_stops_the_sandbox(tmp_path: Path) -> None:
    async with Sandbox(SandboxConfig(cgroup=tmp_path)) as sandbox:
        found = await sandbox.available()
    assert not found.ok
    assert "no cgroup v2 folder" in found.reason
