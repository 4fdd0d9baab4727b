import asyncio
import os
import shutil
import socket
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from cothink.core.errors import NotReady, SettingError
from cothink.verify.sandbox.config import Limits, SandboxConfig
from cothink.verify.sandbox.result import UNSANDBOXED
from cothink.verify.sandbox.sandbox import Sandbox

from ..conftest import QUICK

real = pytest.mark.needs_bubblewrap


def script(folder: Path, text: str) -> str:
    """A stand-in for bubblewrap."""
    path = folder / "bwrap"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def children() -> str:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text()


@real
async def test_a_program_gets_its_files_and_its_input_and_gives_its_output(sandbox: Sandbox) -> None:
    program = (
        "import sys\nprint(open('data/in.txt').read(), sys.stdin.read())\nprint('note', file=sys.stderr)\nsys.exit(3)"
    )
    result = await sandbox.run_python(program, files={"data/in.txt": b"file"}, stdin=b"input")
    assert (result.status, result.exit_code) == ("exited", 3)
    assert (result.stdout, result.stderr) == (b"file input\n", b"note\n")
    assert result.words == "The program ended by itself with exit code 3."
    assert not result.ok


@real
async def test_a_traceback_shows_the_programs_own_lines_only(sandbox: Sandbox) -> None:
    result = await sandbox.run_python("def f():\n    1 / 0\nf()", name="answer.py")
    assert result.exit_code == 1
    assert b"launcher" not in result.stderr
    assert b'File "answer.py", line 2, in f' in result.stderr


@real
@pytest.mark.parametrize(
    ("program", "code", "error"),
    [
        ("import sys; sys.exit()", 0, b""),
        ("import sys; sys.exit('in words')", 1, b"in words\n"),
        ("raise KeyboardInterrupt", 1, b"KeyboardInterrupt"),
        ("this is no python", 1, b"SyntaxError"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 137, b""),
    ],
)
async def test_an_end_is_told_as_python_tells_it(sandbox: Sandbox, program: str, code: int, error: bytes) -> None:
    result = await sandbox.run_python(program)
    assert result.exit_code == code
    assert error in result.stderr
    assert result.status == ("killed" if code == 137 else "exited")


@real
async def test_exit_functions_threads_and_buffers_are_finished(sandbox: Sandbox) -> None:
    program = """
import atexit, sys, threading, time
atexit.register(lambda: print('at exit'))
threading.Thread(target=lambda: (time.sleep(0.05), print('thread'))).start()
sys.stdout.write('first ')
"""
    assert (await sandbox.run_python(program)).stdout == b"first thread\nat exit\n"


@real
async def test_input_that_nobody_reads_does_not_stop_the_run(sandbox: Sandbox) -> None:
    result = await sandbox.run_python("print('done')", stdin=bytes(3_000_000))
    assert result.stdout == b"done\n"


@real
async def test_long_input_arrives_whole(sandbox: Sandbox) -> None:
    result = await sandbox.run_python("import sys\nprint(len(sys.stdin.buffer.read()))", stdin=bytes(3_000_000))
    assert result.stdout == b"3000000\n"


@real
async def test_a_hanging_program_is_stopped_at_its_time(sandbox: Sandbox) -> None:
    result = await sandbox.run_python("print('x', flush=True)\nwhile True: pass", limits=replace(QUICK, wall_s=0.4))
    assert (result.status, result.exit_code, result.stdout) == ("timeout", None, b"x\n")
    assert result.words == "The program was stopped after 0.4 s."


@real
async def test_processor_time_and_memory_are_reported(sandbox: Sandbox) -> None:
    result = await sandbox.run_python("block = bytearray(b'x' * (64 << 20))\nsum(range(3_000_000))")
    assert result.cpu_s > 0.02
    assert result.peak_memory_bytes is not None
    assert result.peak_memory_bytes > 64 << 20


@real
async def test_a_command_of_the_system_runs(sandbox: Sandbox) -> None:
    result = await sandbox.run(["sh", "-c", "cat; echo $GREETING"], stdin=b"in ", environment={"GREETING": "hello"})
    assert result.stdout == b"in hello\n"


@real
async def test_a_command_that_is_not_there_says_so(sandbox: Sandbox) -> None:
    result = await sandbox.run(["no-such-program"])
    assert result.exit_code == 127
    assert result.stderr == b"cannot start no-such-program: No such file or directory\n"


@real
async def test_the_cells_own_python_runs_as_a_command(sandbox: Sandbox) -> None:
    result = await sandbox.run(["python", "main.py"], files={"main.py": b"import sys\nprint(sys.version_info[0])"})
    assert result.stdout == b"3\n"


@real
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
async def test_node_runs_with_a_heap_limit_and_says_what_is_not_limited(sandbox: Sandbox) -> None:
    good = await sandbox.run(["node", "main.js"], files={"main.js": b"console.log(1 + 1)"})
    assert good.stdout == b"2\n"
    assert any("Node" in gap for gap in good.unlimited)
    greedy = b"const kept = []; for (;;) kept.push(new Array(100000).fill({}))"
    bad = await sandbox.run(["node", "main.js"], files={"main.js": greedy})
    assert bad.status == "memory", bad


@real
async def test_what_cannot_be_limited_is_said(sandbox: Sandbox) -> None:
    found = await sandbox.available()
    result = await sandbox.run_python("")
    assert found.ok
    assert result.unlimited == found.unlimited
    assert any("memory" in gap for gap in found.unlimited), "no cgroup is configured here"
    assert not any("processes (" in gap for gap in found.unlimited)


@real
async def test_more_runs_than_turns_all_come_through() -> None:
    config = SandboxConfig(limits=QUICK, warm_cells=2, running=2)
    async with Sandbox(config) as sandbox:
        results = await asyncio.gather(*(sandbox.run_python(f"print({n})") for n in range(9)))
    assert [result.stdout for result in results] == [f"{n}\n".encode() for n in range(9)]


@real
async def test_a_cancelled_run_ends_its_program(sandbox: Sandbox) -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    program = """
import os, socket, time
line = socket.socket(fileno=int(os.environ['CHANNELS']))
line.send(b'x')
time.sleep(20)
"""
    run = asyncio.create_task(sandbox.run_python(program, channels=(theirs,)))
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(10):
        assert await loop.sock_recv(ours, 1) == b"x"
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        assert await loop.sock_recv(ours, 1) == b""
    ours.close()


@real
async def test_no_descriptor_and_no_child_is_left_behind() -> None:
    async with Sandbox(SandboxConfig(limits=QUICK, warm_cells=0)) as sandbox:
        await sandbox.run_python("")
        before = open_files()
        for _ in range(3):
            await sandbox.run_python("print(1)")
        assert open_files() == before
    assert children() == ""


@real
async def test_a_run_cannot_ask_for_more_work_folder_than_the_cells_have(sandbox: Sandbox) -> None:
    with pytest.raises(SettingError, match="work_bytes"):
        await sandbox.run_python("", limits=replace(QUICK, work_bytes=QUICK.work_bytes * 2))


@real
async def test_an_empty_command_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(SettingError, match="argv"):
        await sandbox.run([])


@real
async def test_a_closed_sandbox_refuses(sandbox: Sandbox) -> None:
    await sandbox.aclose()
    await sandbox.aclose()
    with pytest.raises(NotReady, match="closed"):
        await sandbox.run_python("")


async def test_without_bubblewrap_nothing_runs_and_the_install_line_is_given() -> None:
    async with Sandbox(SandboxConfig(bubblewrap="no-such-bubblewrap")) as sandbox:
        found = await sandbox.available()
        assert not found.ok
        assert "apt-get install bubblewrap" in found.reason
        with pytest.raises(NotReady, match="apt-get install bubblewrap"):
            await sandbox.run_python("print('ran')")


async def test_a_kernel_that_refuses_namespaces_is_named(tmp_path: Path) -> None:
    words = "bwrap: No permissions to create new namespace, likely because the kernel does not allow non-privileged"
    refusing = script(tmp_path, f"echo '{words}' >&2; exit 1")
    async with Sandbox(SandboxConfig(bubblewrap=refusing)) as sandbox:
        found = await sandbox.available()
    assert not found.ok
    assert "the kernel refuses the namespaces" in found.reason
    assert "user.max_user_namespaces" in found.reason


async def test_a_bubblewrap_that_fails_otherwise_is_quoted(tmp_path: Path) -> None:
    failing = script(tmp_path, "echo 'bwrap: Unknown option --as-pid-1' >&2; exit 1")
    async with Sandbox(SandboxConfig(bubblewrap=failing)) as sandbox:
        assert "Unknown option --as-pid-1" in (await sandbox.available()).reason


async def test_only_the_dangerous_setting_allows_a_plain_process_and_every_result_says_so() -> None:
    config = SandboxConfig(bubblewrap="no-such-bubblewrap", allow_unsandboxed_code_execution=True, limits=QUICK)
    async with Sandbox(config) as sandbox:
        found = await sandbox.available()
        assert found.ok
        assert found.reason.startswith("NO SANDBOX")
        result = await sandbox.run_python("print('ran')")
        assert result.stdout == b"ran\n"
        assert result.unlimited == (UNSANDBOXED,)
        assert "WITHOUT A SANDBOX" in result.words
        hanging = await sandbox.run_python("while True: pass", limits=replace(QUICK, wall_s=0.2))
        assert hanging.status == "timeout"


@real
async def test_the_dangerous_setting_changes_nothing_where_the_sandbox_works() -> None:
    async with Sandbox(SandboxConfig(allow_unsandboxed_code_execution=True, limits=QUICK, warm_cells=0)) as sandbox:
        result = await sandbox.run_python("import os\nprint(os.listdir('/work'))")
        assert result.stdout == b"[]\n"
        assert UNSANDBOXED not in result.unlimited


@pytest.mark.parametrize(("name", "value"), [("wall_s", 0), ("memory_bytes", 1), ("processes", -1), ("open_files", 3)])
def test_a_limit_out_of_range_is_refused_with_name_value_and_range(name: str, value: int) -> None:
    with pytest.raises(SettingError, match=rf"{name} is {value}; allowed is"):
        Limits(**{name: value})


@pytest.mark.parametrize("name", ["warm_cells", "running", "idle_s", "host_user"])
def test_a_setting_out_of_range_is_refused(name: str) -> None:
    with pytest.raises(SettingError, match=f"{name} is -1"):
        SandboxConfig(**{name: -1})


def test_the_program_never_runs_as_root_on_the_host() -> None:
    with pytest.raises(SettingError, match="host_user"):
        SandboxConfig(host_user=0)
