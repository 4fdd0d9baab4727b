from pathlib import Path

from cothink.verify.sandbox.command import Descriptors, command
from cothink.verify.sandbox.config import Limits, SandboxConfig
from cothink.verify.sandbox.result import classify, describe


def built(user_map: int | None = None, **settings: object) -> list[str]:
    return command(SandboxConfig(**settings), Descriptors(control=5, info=6, seccomp=7, user_map=user_map))  # type: ignore[arg-type]


def test_the_cell_shares_no_namespace_and_dies_with_us() -> None:
    options = built()
    for option in ("--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--clearenv"):
        assert option in options
    assert "--share-net" not in options


def test_only_the_work_folder_and_shared_memory_may_be_written_and_both_have_a_size() -> None:
    options = built()
    assert "--bind" not in options
    assert "--dev-bind" not in options
    writable = [at for at, option in enumerate(options) if option == "--tmpfs"]
    assert [options[at + 1] for at in writable] == ["/dev/shm", "/work"]
    assert all("--size" in options[at - 4 : at] for at in writable)
    assert options.count("--remount-ro") == 2


def test_rights_are_dropped_and_only_root_keeps_the_two_to_change_its_user() -> None:
    assert "--cap-add" not in built()
    as_root = built(user_map=8)
    added = [as_root[at + 1] for at, option in enumerate(as_root) if option == "--cap-add"]
    assert added == ["CAP_SETUID", "CAP_SETGID"]
    assert "ALL" in as_root


def test_no_folder_of_the_host_is_bound_beyond_the_systems_pythons_and_the_named(tmp_path: Path) -> None:
    options = built(packages=(tmp_path,))
    bound = [options[at + 1] for at, option in enumerate(options) if option == "--ro-bind"]
    prefix = SandboxConfig().interpreter().parent.parent
    extra = [Path(folder) for folder in bound if not folder.startswith(("/usr", "/lib", "/bin", "/sbin"))]
    assert [folder for folder in extra if folder.name != "inside" and folder != prefix] == [tmp_path]
    assert str(tmp_path) == options[-1], "and the launcher puts it on the import path"


def test_how_a_program_ended_is_read_from_its_code_and_its_last_line() -> None:
    assert classify(0, b"MemoryError") == "exited"
    assert classify(1, b"Traceback\nMemoryError\n") == "memory"
    assert classify(134, b"FATAL ERROR: Reached heap limit - JavaScript heap out of memory\n") == "memory"
    assert classify(152, b"") == "cpu"
    assert classify(139, b"") == "killed"


def test_the_sentence_names_the_limit_and_the_notes() -> None:
    words = describe("killed", 139, Limits(), ("it reached the limit of 64 processes and threads",))
    assert words == "The program was ended by signal 11; it reached the limit of 64 processes and threads."
