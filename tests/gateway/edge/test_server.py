import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import msgspec

from gateway.scripted import chat

TESTS = Path(__file__).parent.parent.parent


class Served:
    """The process of ``serving.py``."""

    def __init__(self, drain_s: float, notice_s: float = 0.0) -> None:
        path = os.pathsep.join([str(TESTS), *sys.path])
        self.process = subprocess.Popen(
            [sys.executable, str(TESTS / "gateway" / "edge" / "serving.py"), str(drain_s), str(notice_s)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
            text=True,
        )
        self.port = int(self.line())

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def ask(self) -> socket.socket:
        """Begin a stream and wait until the model works on it."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        body = msgspec.json.encode(chat(stream=True))
        head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n"
        client.sendall(head.encode() + body)
        assert self.line() == "working"
        return client

    def __enter__(self) -> "Served":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def read_all(client: socket.socket) -> bytes:
    data = b""
    while piece := client.recv(65_536):
        data += piece
    return data


def test_a_drain_finishes_what_was_accepted():
    with Served(drain_s=20) as served, served.ask() as client:
        served.process.send_signal(signal.SIGTERM)
        served.process.send_signal(signal.SIGHUP)  # lets the model go on
        assert served.line() == "reloaded"
        assert b"data: [DONE]" in read_all(client)
        assert served.line() == "stopped"
        assert served.process.wait(10) == 0


def test_a_drain_ends_when_its_time_is_over_with_an_error_event():
    with Served(drain_s=0.1) as served, served.ask() as client:
        served.process.send_signal(signal.SIGTERM)
        answer = read_all(client)
        assert b'"code":"not_ready"' in answer
        assert b"[DONE]" not in answer
        assert served.line() == "stopped"


def test_while_it_gives_notice_it_is_not_ready_but_serves():
    with Served(drain_s=5, notice_s=30) as served:
        url = f"http://127.0.0.1:{served.port}"
        with urllib.request.urlopen(f"{url}/readyz") as ready:
            assert ready.status == 200
        served.process.send_signal(signal.SIGTERM)
        for _ in range(200):
            try:
                urllib.request.urlopen(f"{url}/readyz").close()
            except urllib.error.HTTPError as error:
                with error:
                    assert error.code == 503
                break
        with served.ask():
            served.process.send_signal(signal.SIGTERM)  # the second one stops at once
            assert served.line() == "stopped"
