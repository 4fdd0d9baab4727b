"""Real processes: deaths, signals, and no one left behind."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cothink.gateway.http1.sockets import bind, close

PROGRAM = """
import asyncio, os, signal, sys, uvloop
from cothink.gateway.http1.limits import ServerLimits
from cothink.gateway.http1.server import Server
from cothink.gateway.http1.sockets import bind
from cothink.gateway.http1.workers import Household, serve_workers

hups = 0

async def app(scope, receive, send):
    if scope["path"] == "/slow":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        await asyncio.sleep(0.5)
        await send({"type": "http.response.body", "body": b"ended"})
        return
    body = f"{os.getpid()} {hups}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})

async def main(sockets, context):
    global hups
    server = Server(app, ServerLimits(), new_id=lambda: "x")
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    def hup():
        global hups
        hups += 1
    loop.add_signal_handler(signal.SIGHUP, hup)
    (sock,) = sockets
    await server.listen(sock)
    context.say_ready()
    line = f"{sock.getsockname()[1]} {os.getpid()} {context.index}\\n"
    os.write(1, line.encode())  # in one piece: the workers share the pipe
    await stopped.wait()
    await server.drain(5)

def run(sockets, context):
    FAIL
    uvloop.run(main(sockets, context))

serve_workers(run, bind("127.0.0.1", 0, int(sys.argv[1])), Household(stop_within_s=STOP))
"""


class Family:
    """A parent and its workers."""

    def __init__(self, workers: int, fail: str = "pass", stop_s: str = "20") -> None:
        source = str(Path(__file__).parents[3] / "src")
        code = PROGRAM.replace("FAIL", fail).replace("STOP", stop_s)
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, str(workers)],
            env=os.environ | {"PYTHONPATH": source},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.port = 0
        self.pids: dict[int, int] = {}

    def wait_ready(self, count: int) -> None:
        assert self.process.stdout is not None
        for _ in range(count):
            port, pid, index = self.process.stdout.readline().split()
            self.port = int(port)
            self.pids[int(index)] = int(pid)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def ask(self) -> tuple[int, int]:
        with self.connect() as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            pid, hups = read_all(sock).rpartition(b"\r\n\r\n")[2].split()
            return int(pid), int(hups)

    def slow(self) -> socket.socket:
        sock = self.connect()
        sock.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        got = b""
        while b"begun" not in got:
            got += sock.recv(1000)
        return sock

    def end(self) -> None:
        self.process.kill()
        self.process.wait(10)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        for pid in self.pids.values():
            assert is_gone(pid), "a worker was left behind"


def read_all(sock: socket.socket) -> bytes:
    got = b""
    with contextlib.suppress(ConnectionResetError):
        while data := sock.recv(65536):
            got += data
    return got


def is_gone(pid: int) -> bool:
    ends_at = time.monotonic() + 10
    while time.monotonic() < ends_at:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


@contextlib.contextmanager
def running(workers: int, *, ready: int, fail: str = "pass", stop_s: str = "20") -> Iterator[Family]:
    family = Family(workers, fail, stop_s)
    try:
        family.wait_ready(ready)
        yield family
    finally:
        family.end()


@pytest.fixture
def family() -> Iterator[Family]:
    with running(2, ready=2) as family:
        yield family


def test_clients_are_spread_over_the_workers(family):
    assert {family.ask()[0] for _ in range(60)} == set(family.pids.values())
    assert family.process.pid not in family.pids.values()


def test_a_killed_worker_takes_only_its_own_clients_and_is_started_again(family):
    slow = [family.slow() for _ in range(20)]
    dead = family.pids[0]
    os.kill(dead, signal.SIGKILL)
    family.wait_ready(1)
    assert family.pids[0] != dead
    whole = sum(read_all(sock).endswith(b"ended\r\n0\r\n\r\n") for sock in slow)
    for sock in slow:
        sock.close()
    assert 0 < whole < 20
    assert {family.ask()[0] for _ in range(60)} == set(family.pids.values())


def test_clients_that_wait_while_a_worker_is_dead_are_served_by_its_successor(family):
    os.kill(family.pids[0], signal.SIGKILL)
    asked = [family.ask()[0] for _ in range(20)]
    family.wait_ready(1)
    assert len(asked) == 20


def test_sigterm_drains_all_and_leaves_no_one(family):
    slow = [family.slow() for _ in range(10)]
    family.process.send_signal(signal.SIGTERM)
    assert all(read_all(sock).endswith(b"ended\r\n0\r\n\r\n") for sock in slow)
    for sock in slow:
        sock.close()
    assert family.process.wait(10) == 0
    assert all(is_gone(pid) for pid in family.pids.values())


def test_sighup_reaches_every_worker(family):
    family.process.send_signal(signal.SIGHUP)
    ends_at = time.monotonic() + 10
    seen = set()
    while len(seen) < 2 and time.monotonic() < ends_at:
        pid, hups = family.ask()
        if hups == 1:
            seen.add(pid)
    assert seen == set(family.pids.values())


def test_workers_end_when_the_parent_is_killed(family):
    family.process.kill()
    assert all(is_gone(pid) for pid in family.pids.values())


def test_a_worker_that_does_not_end_is_killed():
    deaf = "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})"
    with running(2, ready=2, fail=deaf, stop_s="0.2") as family:
        family.process.send_signal(signal.SIGTERM)
        assert family.process.wait(10) == 0
        assert all(is_gone(pid) for pid in family.pids.values())


def test_a_worker_that_never_starts_ends_all():
    with running(2, ready=0, fail="if context.index: raise ValueError('no such model')") as family:
        _, err = family.process.communicate(timeout=20)
        assert family.process.returncode == 1
        assert "no such model" in err
        assert "WorkersGaveUp: Worker 1 failed to start 5 times in a row." in err


def test_one_that_says_that_it_never_will_is_not_tried_again():
    with running(2, ready=0, fail="sys.stderr.write('begun\\n'); raise SystemExit(78)") as family:
        _, err = family.process.communicate(timeout=20)
        assert family.process.returncode == 1
        assert "failed to start." in err
        assert err.count("begun") in {1, 2}  # each once; the second may be ended before it begins


def test_what_was_ready_once_is_started_again_for_ever():
    with running(2, ready=2) as family:
        for _ in range(6):
            os.kill(family.pids[0], signal.SIGKILL)
            family.wait_ready(1)
        assert {family.ask()[0] for _ in range(60)} == set(family.pids.values())


def test_a_port_that_another_server_holds_is_refused():
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(OSError, match="in use"):
            bind("127.0.0.1", other.getsockname()[1], 2)


def test_every_address_of_a_name_is_bound_to_one_port():
    sets = bind("localhost", 0, 2)
    try:
        assert {sock.getsockname()[1] for sockets in sets for sock in sockets} == {sets[0][0].getsockname()[1]}
        assert len(sets) == 2
    finally:
        close(sets)
