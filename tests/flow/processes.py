"""Real processes on loopback: a gateway as its users start it, fake model servers, and clients that count."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

SOURCE = str(Path(__file__).parents[2] / "src")
SERVING = re.compile(r"Serving on http://127\.0\.0\.1:(\d+)")
PATIENCE_S = 60.0  # for a machine that is busy with other things


def environment() -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COTHINK_")}
    return clean | {"PYTHONPATH": SOURCE}


def until(true: Callable[[], Any], what: str, within_s: float = PATIENCE_S) -> Any:
    """Wait until something is so."""
    ends_at = time.monotonic() + within_s
    while time.monotonic() < ends_at:
        if found := true():
            return found
        time.sleep(0.01)
    raise AssertionError(f"It never came about that {what}.")


class Upstream:
    """A fake model server in a process of its own."""

    def __init__(self, port: int = 0, **script: Any) -> None:
        options = [f"--{name.replace('_', '-')}={value}" for name, value in {"port": port, **script}.items()]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cothink.engines.fake_server", *options],
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self.port = int(self.url.rpartition(":")[2])

    def stats(self) -> dict[str, Any]:
        with urllib.request.urlopen(self.url + "/stats", timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def __enter__(self) -> "Upstream":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        assert self.process.stdout is not None
        self.process.stdout.close()


class Gateway:
    """``cothink serve`` with a file of settings."""

    def __init__(self, settings: dict[str, Any], workers: int = 1) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.file = Path(self.folder.name, "cothink.toml")
        self.write(settings)
        self.log_file = Path(self.folder.name, "log")
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "cothink.cli", "serve", "--config", str(self.file)),
                    *("--port", "0", "--workers", str(workers)),
                ],
                env=environment(),
                stderr=log,
            )
        self.workers = workers

    def write(self, settings: dict[str, Any]) -> None:
        self.file.write_text("\n".join(lines(settings)))

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def wait_ready(self) -> None:
        def found() -> Any:
            assert self.process.poll() is None, self.log()
            return SERVING.search(self.log())

        self.port = int(until(found, "the gateway serves")[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def children(self) -> list[int]:
        """The workers, as they were started."""
        pid = self.process.pid
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def counts(self, name: str) -> dict[str, float]:
        """The series of one metric."""
        with urllib.request.urlopen(self.url + "/metrics", timeout=10) as answer:
            text = answer.read().decode()
        return {
            series: float(value)
            for series, _, value in (line.rpartition(" ") for line in text.splitlines())
            if series.partition("{")[0] == name
        }

    def count(self, name: str) -> float:
        return sum(self.counts(name).values())

    def stop(self) -> int:
        """SIGTERM, and wait for the end."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def __enter__(self) -> "Gateway":
        try:
            self.wait_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        self.folder.cleanup()


def lines(table: dict[str, Any], path: str = "") -> Iterator[str]:
    """Nested tables as TOML."""
    tables = {name: value for name, value in table.items() if isinstance(value, dict)}
    yield from (f"{name} = {json.dumps(value)}" for name, value in table.items() if name not in tables)
    for name, inner in tables.items():
        where = f"{path}.{name}" if path else name
        yield f"[{where}]"
        yield from lines(inner, where)


def r1(*upstreams: Upstream, **more: Any) -> dict[str, Any]:
    """A table that binds R1 to servers."""
    return {"urls": [one.url for one in upstreams], "model": "m", "preset": "none", **more}


def post(port: int, body: dict[str, Any], sock: socket.socket | None = None) -> socket.socket:
    """Ask for an answer; the connection is closed after it."""
    data = json.dumps({"model": "r1", "messages": [{"role": "user", "content": "hi"}], **body}).encode()
    sock = sock or socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {len(data)}\r\n\r\n"
    sock.sendall(head.encode() + data)
    return sock


def read(sock: socket.socket) -> tuple[str, bytes]:
    """Read to the end: what became of a request, in a word, and the bytes.

    ``whole`` is an answer that ended properly, ``error 503`` a status, ``event`` an error in mid-stream, ``cut`` bytes
    that just end, ``nothing`` not one byte.
    """
    got = b""
    with contextlib.suppress(ConnectionError), sock:
        while data := sock.recv(65_536):
            got += data
    if not got:
        return "nothing", got
    status = got[9:12].decode()
    if status != "200":
        return f"error {status}", got
    if b"data: " not in got:
        return ("whole" if got.endswith(b"}") else "cut"), got
    if got.endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n"):
        return "whole", got
    return ("event" if b'data: {"error"' in got else "cut"), got


def ask(port: int, **body: Any) -> str:
    """Ask, and say in a word what came of it."""
    try:
        return read(post(port, body))[0]
    except ConnectionRefusedError:
        return "refused"
    except ConnectionError:
        return "nothing"


class Load:
    """So many clients that ask one request after the other, until they are told to stop."""

    def __init__(self, port: int, clients: int, **body: Any) -> None:
        self._port = port
        self._body = body
        self._is_over = threading.Event()
        self.came: Counter[str] = Counter()
        self.log: list[tuple[float, str, float]] = []  # when it ended, how, and how long it took
        self._threads = [threading.Thread(target=self._run) for _ in range(clients)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def wait(self, count: int) -> None:
        """Until so many more have ended."""
        goal = len(self.log) + count
        until(lambda: len(self.log) >= goal, f"{count} more requests ended")

    def _run(self) -> None:
        while not self._is_over.is_set():
            begun_at = time.monotonic()
            word = ask(self._port, **self._body)
            self.log.append((time.monotonic(), word, time.monotonic() - begun_at))
            self.came[word] += 1
            if word == "refused":  # nobody listens any more
                self._is_over.wait(0.02)
