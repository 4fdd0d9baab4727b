"""Process 1 of a cell: waits for one program, takes its files and limits, runs it in a child, tells how it ended.

Started as ``launcher.py CONTROL USER PRELOAD PATH…`` and used exactly once. Everything before the program's first line
is ours: rights are given up, limits are set as hard limits, the control socket is closed. When process 1 ends, the
kernel ends whatever the program has left behind.
"""

import atexit
import importlib
import json
import os
import resource
import socket
import sys
import threading
import types
from collections.abc import Mapping
from typing import Any, NoReturn

READY = b"R"
MOST_CHANNELS = 4


def main() -> None:
    """Prepare, say so, wait, run."""
    control, user, preload, *paths = sys.argv[1:]
    sys.path += paths
    give_up_rights(int(user))
    for name in preload.split(","):
        importlib.import_module(name)
    line = socket.socket(fileno=int(control))
    order, blobs, channels = receive(line)
    program = blobs.pop(0)
    for name, content in zip(order["files"], blobs, strict=True):
        # Not pathlib, here and below: it would cost every waiting cell three milliseconds of import.
        os.makedirs(os.path.dirname(name) or ".", exist_ok=True)  # noqa: PTH103, PTH120
        with open(name, "wb") as file:  # noqa: PTH123
            file.write(content)
    child = os.fork()
    if child:
        tell_end(child, line, channels)
    line.close()
    os.environ.update(order["env"])
    os.environ["CHANNELS"] = ",".join(str(channel) for channel in channels)
    set_limits(order["limits"])
    if order["argv"]:
        become(order["argv"])
    leave(run(program, order["name"]))


def tell_end(child: int, line: socket.socket, channels: list[int]) -> NoReturn:
    """As process 1: let go of what is the program's, wait for it, say how it ended and what it used."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    for channel in channels:
        os.close(channel)
    while True:
        ended, status, _ = os.wait4(-1, 0)  # orphans too: nobody else takes them
        if ended == child:
            break
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    code = os.waitstatus_to_exitcode(status)
    report = {"code": code, "cpu_s": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss * 1024}
    line.sendall(json.dumps(report).encode())
    os._exit(0)


def give_up_rights(user: int) -> None:
    """Change from the mapped root to an ordinary user; the kernel clears every capability with that."""
    if user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


def receive(control: socket.socket) -> tuple[Any, list[bytes], list[int]]:
    """Say that we wait, then read one order: a line of JSON, then the blobs whose sizes it names.

    Returns:
        The order, the blobs (the program first, then the files), the open channels that came with it.
    """
    control.sendall(READY)
    data, channels, _, _ = socket.recv_fds(control, 65536, MOST_CHANNELS)
    head, newline, rest = data.partition(b"\n")
    while data and not newline:
        data = control.recv(65536)
        more, newline, rest = data.partition(b"\n")
        head += more
    if not newline:
        os._exit(0)  # given up while waiting
    order = json.loads(head)
    stream = bytearray(rest)
    missing = sum(order["sizes"]) - len(stream)
    while missing > 0:
        data = control.recv(min(missing, 1 << 20))
        if not data:
            os._exit(0)
        stream += data
        missing -= len(data)
    blobs = []
    for size in order["sizes"]:
        blobs.append(bytes(stream[:size]))
        del stream[:size]
    return order, blobs, channels


def set_limits(limits: Mapping[str, int | None]) -> None:
    """Set soft and hard limits alike, so that the program cannot raise them."""
    names = {
        "cpu_s": resource.RLIMIT_CPU,
        "address_space": resource.RLIMIT_AS,
        "processes": resource.RLIMIT_NPROC,
        "file_bytes": resource.RLIMIT_FSIZE,
        "open_files": resource.RLIMIT_NOFILE,
    }
    for name, number in names.items():
        value = limits[name]
        if value is not None:
            resource.setrlimit(number, (value, value))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_MSGQUEUE, (0, 0))


def become(argv: list[str]) -> None:
    """Replace this process with another program; a name is looked up on PATH."""
    try:
        os.execvp(argv[0], argv)  # noqa: S606 - inside the sandbox this is the purpose
    except OSError as error:
        sys.stderr.write(f"cannot start {argv[0]}: {error.strerror}\n")
        sys.stderr.flush()
        os._exit(127)


def run(source: bytes, name: str) -> int:
    """Run a Python program as ``__main__``, with a traceback that shows its own lines only; returns its exit code."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    sys.argv = [name]
    sys.path.insert(0, os.getcwd())  # noqa: PTH109
    try:
        exec(compile(source, name, "exec"), module.__dict__)  # noqa: S102 - inside the sandbox this is the purpose
    except SystemExit as left:
        if left.code is None or isinstance(left.code, int):
            return (left.code or 0) & 0xFF
        sys.stderr.write(f"{left.code}\n")
        return 1
    except BaseException as error:  # noqa: BLE001 - it is the program's, and is shown as Python shows it
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
            trace = trace.tb_next
        error.__traceback__ = trace
        sys.excepthook(type(error), error, trace)
        return 1
    return 0


def leave(code: int) -> NoReturn:
    """End as Python ends, threads and exit functions and buffers included, but without taking the modules apart."""
    threading._shutdown()  # type: ignore[attr-defined]  # what the interpreter itself calls; there is no public name
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            code = code or 120  # as Python does when the output cannot be written
    os._exit(code)


if __name__ == "__main__":
    main()
