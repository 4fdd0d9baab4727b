"""Each attack is contained and told in words. Each program is bounded: a sandbox that fails then hurts little."""

import asyncio
import os
import socket
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cothink.core.errors import BadRequest
from cothink.verify.sandbox.config import Limits
from cothink.verify.sandbox.sandbox import Sandbox

from ..conftest import QUICK

pytestmark = pytest.mark.needs_bubblewrap
MIB = 1024 * 1024


async def output(sandbox: Sandbox, program: str, limits: Limits = QUICK) -> str:
    result = await sandbox.run_python(program, limits=limits)
    assert result.ok, (result.words, result.stderr)
    return result.stdout.decode()


async def test_a_fork_bomb_meets_the_process_limit(sandbox: Sandbox) -> None:
    program = """
import os, time
started = 0
try:
    for _ in range(300):
        if os.fork() == 0:
            time.sleep(2)
            os._exit(0)
        started += 1
except OSError as error:
    time.sleep(0.15)
    print(started, error.strerror)
"""
    result = await sandbox.run_python(program)
    assert result.ok
    started, reason = result.stdout.decode().split(" ", 1)
    assert int(started) < QUICK.processes
    assert "unavailable" in reason
    assert "it reached the limit of 32 processes and threads" in result.words


async def test_a_fork_bomb_that_breeds_is_ended_with_all_its_children(sandbox: Sandbox) -> None:
    ours, theirs = socket.socketpair()
    program = """
import os, time
ends = time.monotonic() + 5
count = 0
while time.monotonic() < ends and count < 100:
    try:
        os.fork()
        count += 1
    except OSError:
        time.sleep(0.01)
"""
    result = await sandbox.run_python(program, limits=replace(QUICK, wall_s=0.5), channels=(theirs,))
    assert result.status == "timeout"
    assert "stopped after 0.5 s" in result.words
    assert ours.recv(1) == b"", "a child still holds its end of the line"
    ours.close()


async def test_thousands_of_threads_meet_the_process_limit(sandbox: Sandbox) -> None:
    program = """
import threading, time
threading.stack_size(64 * 1024)
started = 0
try:
    for _ in range(2000):
        threading.Thread(target=time.sleep, args=(1,), daemon=True).start()
        started += 1
except RuntimeError as error:
    print(started, error)
"""
    started, reason = (await output(sandbox, program)).split(" ", 1)
    assert int(started) < QUICK.processes
    assert "can't start new thread" in reason


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
async def test_endless_output_is_cut_and_the_program_stopped(sandbox: Sandbox, stream: str) -> None:
    program = f"import sys\nfor _ in range(10**7): sys.{stream}.write('x' * 100)"
    result = await sandbox.run_python(program, limits=replace(QUICK, output_bytes=5000))
    assert result.status == "output"
    assert len(getattr(result, stream)) == 5000
    assert "more than 5000 bytes of output" in result.words


async def test_an_allocation_of_10_gb_is_refused(sandbox: Sandbox) -> None:
    result = await sandbox.run_python("block = bytearray(10 * 1024**3)")
    assert result.status == "memory"
    assert result.words == "The program ran out of memory: the limit is 256 MiB."


async def test_many_processes_cannot_have_more_memory_together_than_one(sandbox: Sandbox) -> None:
    program = """
import os, time
for _ in range(5):
    if os.fork() == 0:
        block = bytearray(b"x" * (90 * 1024 * 1024))
        time.sleep(3)
        os._exit(0)
time.sleep(3)
"""
    result = await sandbox.run_python(program)
    assert result.status == "memory"
    assert result.peak_memory_bytes is not None
    assert result.peak_memory_bytes > 256 * MIB


async def test_etc_shadow_is_not_there(sandbox: Sandbox) -> None:
    program = "try: open('/etc/shadow').read()\nexcept OSError as error: print(error.strerror)"
    assert await output(sandbox, program) == "No such file or directory\n"


async def test_a_link_out_of_the_work_folder_leads_nowhere(sandbox: Sandbox, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("host secret")
    program = f"""
import os
for at, target in enumerate(['/etc/shadow', {str(secret)!r}, '/proc/1/root{secret}', '../../../..{secret}']):
    os.symlink(target, f'link{{at}}')
    try: print(open(f'link{{at}}').read())
    except OSError as error: print('refused', error.errno)
"""
    text = await output(sandbox, program)
    assert "host secret" not in text
    assert text.count("refused") == 4


@pytest.mark.parametrize("name", ["../out.txt", "/etc/passwd", "a/../../b", ""])
async def test_a_file_given_to_a_run_cannot_leave_the_work_folder(sandbox: Sandbox, name: str) -> None:
    with pytest.raises(BadRequest, match="relative path"):
        await sandbox.run_python("", files={name: b""})


async def test_the_parents_environment_cannot_be_read(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COTHINK_PRO_KEY", "key-of-the-house")
    program = f"""
import glob, os
print(sorted(os.environ))
for path in [*glob.glob('/proc/[0-9]*/environ'), '/proc/{os.getpid()}/environ']:
    try: print(open(path, 'rb').read())
    except OSError as error: print(path, error.strerror)
"""
    text = await output(sandbox, program)
    assert "key-of-the-house" not in text
    assert text.splitlines()[0] == "['CHANNELS', 'HOME', 'LANG', 'PATH', 'PWD', 'TMPDIR', 'USER']"


async def test_the_hosts_processes_cannot_be_seen(sandbox: Sandbox) -> None:
    program = "import os\nprint([name for name in os.listdir('/proc') if name.isdigit()])"
    assert await output(sandbox, program) == "['1', '2']\n"


async def test_the_hosts_loopback_cannot_be_reached(sandbox: Sandbox) -> None:
    calls = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(1)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        program = f"""
import socket
try: socket.create_connection(('127.0.0.1', {port}), timeout=1)
except OSError as error: print('refused')
"""
        assert await output(sandbox, program) == "refused\n"
    assert calls == []


async def test_there_is_no_way_to_an_address_outside(sandbox: Sandbox) -> None:
    # 192.0.2.1 and 2001:db8::1 are set aside for documentation (RFC 5737, RFC 3849): nobody answers there.
    program = """
import socket
for family, address in ((socket.AF_INET, '192.0.2.1'), (socket.AF_INET6, '2001:db8::1')):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(family, kind) as line:
            line.settimeout(1)
            try: line.connect((address, 53))
            except OSError as error: print(error.strerror)
print([name for _, name in socket.if_nameindex()] if hasattr(socket, 'if_nameindex') else '')
"""
    result = await sandbox.run_python(program)
    assert result.stdout.decode().count("unreachable") + result.stdout.decode().count("assign") == 4, result


async def test_nothing_can_be_written_outside_the_work_folder(sandbox: Sandbox) -> None:
    program = """
import os, sys
places = ['/', '/usr', '/usr/lib', '/etc', '/inside', '/dev', '/home', '/home/sandbox', '/proc/sys/kernel', sys.prefix]
for folder in places:
    try:
        open(os.path.join(folder, 'left-behind'), 'w')
        print('written', folder)
    except OSError: pass
open('/work/mine', 'w'); open('/tmp/too', 'w')
print(sorted(os.listdir('/work')))
"""
    assert await output(sandbox, program) == "['mine', 'too']\n"


async def test_the_home_folders_of_the_host_are_empty(sandbox: Sandbox) -> None:
    program = """
import os, sys
for home in ('/root', '/home', '/home/sandbox', '/var', '/mnt', '/opt', '/srv', '/run'):
    for top, folders, files in os.walk(home):
        if not top.startswith(sys.base_prefix) and files: print(top, files)
        folders[:] = [name for name in folders if not os.path.join(top, name).startswith(sys.base_prefix)]
"""
    assert await output(sandbox, program) == ""


async def test_signals_reach_neither_the_launcher_nor_the_host(sandbox: Sandbox) -> None:
    program = f"""
import os, signal
os.kill(os.getppid(), signal.SIGKILL)
os.kill(1, signal.SIGKILL)
try: os.kill({os.getpid()}, 0); print('seen')
except ProcessLookupError: print('no such process')
signal.signal(signal.SIGTERM, signal.SIG_IGN)
try: os.kill(-1, signal.SIGKILL)
except OSError: pass
print('alive')
"""
    assert await output(sandbox, program) == "no such process\nalive\n"


async def test_a_child_that_leaves_its_session_does_not_outlive_the_program(sandbox: Sandbox) -> None:
    ours, theirs = socket.socketpair()
    program = """
import os, signal, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT): signal.signal(number, signal.SIG_IGN)
        os.close(1); os.close(2)
        time.sleep(20)
    os._exit(0)
os.wait()
print('parent leaves')
"""
    result = await sandbox.run_python(program, channels=(theirs,))
    assert result.ok
    assert result.wall_s < 5
    ours.settimeout(2)
    assert ours.recv(1) == b"", "the orphan still holds its end of the line"
    ours.close()


async def test_an_unpacked_bomb_meets_the_file_limit(sandbox: Sandbox) -> None:
    program = """
import io, zipfile
packed = io.BytesIO()
with zipfile.ZipFile(packed, 'w', zipfile.ZIP_DEFLATED) as archive:
    with archive.open('zeros', 'w', force_zip64=True) as entry:
        for _ in range(64): entry.write(bytes(1024 * 1024))
print(len(packed.getvalue()) < 100_000)
try: zipfile.ZipFile(packed).extractall('.')
except OSError as error: print(error.strerror)
"""
    assert await output(sandbox, program) == "True\nFile too large\n"


async def test_a_bomb_unpacked_in_memory_meets_the_memory_limit(sandbox: Sandbox) -> None:
    program = """
import zlib
machine = zlib.compressobj(9)
packed = b''.join(machine.compress(bytes(1024 * 1024)) for _ in range(400)) + machine.flush()
zlib.decompress(packed)
"""
    result = await sandbox.run_python(program)
    assert result.status == "memory"


async def test_many_files_together_meet_the_folders_size(sandbox: Sandbox) -> None:
    program = """
try:
    for at in range(20):
        with open(f'part{at}', 'wb') as file: file.write(bytes(8 * 1024 * 1024))
except OSError as error: print(at, error.strerror)
"""
    assert await output(sandbox, program) == "8 No space left on device\n"


async def test_a_flood_of_empty_files_is_stopped(sandbox: Sandbox) -> None:
    program = "import time\nfor at in range(5000): open(f'f{at}', 'w').close()\ntime.sleep(5)"
    result = await sandbox.run_python(program, limits=replace(QUICK, work_files=1000))
    assert result.status == "work_folder"
    assert "1000 files" in result.words


async def test_deep_recursion_ends_as_pythons_own_error(sandbox: Sandbox) -> None:
    result = await sandbox.run_python("def f(n): return f(n + 1)\nf(0)")
    assert (result.status, result.exit_code) == ("exited", 1)
    assert b"RecursionError" in result.stderr


async def test_recursion_past_the_stack_kills_only_the_program(sandbox: Sandbox) -> None:
    program = """
import sys
sys.setrecursionlimit(10**9)
class A:
    def __getattr__(self, name): return getattr(self, name + 'x')
A().x
"""
    result = await sandbox.run_python(program)
    if sys.version_info >= (3, 12) and result.status == "exited":  # the interpreter stops before its stack ends
        assert result.exit_code == 1
        assert b"RecursionError" in result.stderr
        return
    assert result.status in ("killed", "memory")
    assert "signal 11" in result.words or "out of memory" in result.words


async def test_closing_its_output_hides_nothing(sandbox: Sandbox) -> None:
    result = await sandbox.run_python("import os\nprint('before', flush=True)\nos.close(1)\nos.close(2)\nos._exit(3)")
    assert (result.status, result.exit_code, result.stdout) == ("exited", 3, b"before\n")


async def test_closing_its_output_does_not_hide_a_hang(sandbox: Sandbox) -> None:
    program = "import os, time\nos.close(0)\nos.close(1)\nos.close(2)\ntime.sleep(20)"
    result = await sandbox.run_python(program, limits=replace(QUICK, wall_s=0.3))
    assert result.status == "timeout"


async def test_another_program_started_from_inside_is_held_too(sandbox: Sandbox) -> None:
    program = "import os\nos.execv('/bin/sh', ['sh', '-c', 'cat /etc/shadow; id -u; ls /work; echo end'])"
    result = await sandbox.run_python(program)
    assert result.stdout == b"1000\nend\n"
    assert b"No such file" in result.stderr


async def test_limits_cannot_be_raised_from_inside(sandbox: Sandbox) -> None:
    program = """
import resource
for name in ('RLIMIT_AS', 'RLIMIT_NPROC', 'RLIMIT_FSIZE', 'RLIMIT_CPU', 'RLIMIT_NOFILE'):
    try: resource.setrlimit(getattr(resource, name), (resource.RLIM_INFINITY, resource.RLIM_INFINITY)); print(name)
    except (ValueError, OSError): pass
"""
    assert await output(sandbox, program) == ""


async def test_a_program_has_no_rights_and_a_filter(sandbox: Sandbox) -> None:
    program = """
fields = dict(line.split(':\\t', 1) for line in open('/proc/self/status').read().splitlines() if ':\\t' in line)
rights = [int(fields[name], 16) for name in ('CapEff', 'CapPrm', 'CapAmb')]
print(*rights, fields['NoNewPrivs'], fields['Seccomp'], fields['Uid'].split()[0])
"""
    assert await output(sandbox, program) == "0 0 0 1 2 1000\n"


@pytest.mark.parametrize(
    "call",
    [
        "ptrace(16, 1, 0, 0)",  # PTRACE_ATTACH to process 1
        "ptrace(0, 0, 0, 0)",  # PTRACE_TRACEME
        "unshare(0x10000000)",  # CLONE_NEWUSER
        "unshare(0x40000000)",  # CLONE_NEWNET
        "mount(b'none', b'/work', b'tmpfs', 0, 0)",
        "umount2(b'/usr', 2)",
        "chroot(b'/work')",
        "memfd_create(b'x', 0)",
        "shmget(0, 4096, 0o1600)",
    ],
)
async def test_a_dangerous_system_call_is_refused(sandbox: Sandbox, call: str) -> None:
    program = f"import ctypes\nc = ctypes.CDLL(None, use_errno=True)\nprint(c.{call}, ctypes.get_errno())"
    assert await output(sandbox, program) == "-1 1\n"


@pytest.mark.parametrize("family", ["AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_ALG"])
async def test_an_odd_socket_is_refused(sandbox: Sandbox, family: str) -> None:
    attempt = f"socket.socket(socket.{family}, socket.SOCK_RAW)"
    program = f"import socket\ntry: {attempt}\nexcept OSError as error: print(error.errno)"
    assert await output(sandbox, program) == "97\n"


async def test_the_memory_of_process_1_cannot_be_opened_as_root(sandbox: Sandbox) -> None:
    program = """
for path in ('/proc/1/mem', '/proc/1/environ', '/proc/1/root', '/proc/1/fd/3'):
    try: open(path, 'r+b'); print('opened', path)
    except OSError: pass
"""
    if os.geteuid() != 0:
        pytest.skip("only as root does process 1 change its user, which closes its memory")
    assert await output(sandbox, program) == ""


async def test_burning_the_processor_in_several_processes_is_counted_together(sandbox: Sandbox) -> None:
    program = """
import os, time
for _ in range(2): os.fork()
ends = time.monotonic() + 6
while time.monotonic() < ends: pass
"""
    result = await sandbox.run_python(program, limits=replace(QUICK, cpu_s=1, wall_s=6))
    assert result.status == "cpu"
    assert "more than 1 s of processor time" in result.words


async def test_one_run_leaves_nothing_for_the_next(sandbox: Sandbox) -> None:
    await sandbox.run_python("open('/work/left', 'w').write('x'); import math; math.pi = 3")
    text = await output(sandbox, "import os, math\nprint(os.listdir('/work'), math.pi > 3.1)")
    assert text == "[] True\n"
