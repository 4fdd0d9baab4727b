"""What the wheel alone can do: run with the interpreter of an environment that holds it and nothing beside.

    path/to/bare/bin/python tests/wheel/bare.py

Fake model servers stand in for R1 and for the pro. The gateway is started from the environment alone, as the README
says, and asked over plain HTTP. Two promises are measured: the command line loads fast, and an idle gateway is small.
Exit code 1 says that something does not hold.
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MOST_IMPORT_S = 0.3
MOST_RSS_MB = 80.0
RUNS = 5
READY_S = 60.0
QUESTION = "What is 17 * 23?"
WRONG, RIGHT = "17 * 23 = 381.", "17 * 23 = 391."
# What a developer has set must not reach the gateway under test.
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("COTHINK_")}
CLEAN.pop("PYTHONDONTWRITEBYTECODE", None)


def main() -> None:
    """Ask, measure, print, judge."""
    import_s = seconds_to_run("import cothink.cli.main") - seconds_to_run("pass")
    with fake(WRONG) as r1_url, fake(RIGHT) as pro_url:
        settings = {"COTHINK_R1_URL": r1_url, "COTHINK_PRO_URL": pro_url, "COTHINK_PRO_KEY": "sk-no-real-key"}
        with gateway(settings) as (port, pid, ready_s):
            rss_mb = resident_mb(pid)
            faults = [*models_are_listed(port), *r1_answers(port), *the_cascade_escalates(port)]
    print(f"command line, import   {import_s:6.3f} s   (at most {MOST_IMPORT_S:g}; least of {RUNS} runs, less Python)")
    print(f"gateway, idle memory   {rss_mb:6.1f} MB  (at most {MOST_RSS_MB:g})")
    print(f"gateway, start to ready{ready_s:6.2f} s")
    if import_s >= MOST_IMPORT_S:
        faults.append(f"importing the command line takes {import_s:.3f} s")
    if rss_mb >= MOST_RSS_MB:
        faults.append(f"the idle gateway takes {rss_mb:.1f} MB")
    for fault in faults:
        print(f"FALLS SHORT: {fault}")
    sys.exit(1 if faults else 0)


def models_are_listed(port: int) -> Iterator[str]:
    """Both roles and the teams are there."""
    status, body = ask(port, "GET", "/v1/models")
    names = {model["id"] for model in json.loads(body)["data"]} if status == 200 else set()
    missing = {"r1", "pro", "cothink-auto", "cothink-cascade", "cothink-review"} - names
    if missing:
        yield f"/v1/models answers {status} and lacks {sorted(missing)}"


def r1_answers(port: int) -> Iterator[str]:
    """A plain chat goes to R1 and says so."""
    status, body = ask(port, "POST", "/v1/chat/completions", chat("r1", stream=False))
    if status != 200:
        yield f"r1 answers {status}: {body[:200]!r}"
        return
    answer = json.loads(body)
    if answer["choices"][0]["message"]["content"] != WRONG:
        yield f"r1 says {answer['choices'][0]['message']!r}"
    if [call["model"] for call in answer["cothink"]["calls"]] != ["r1"]:
        yield f"r1's report is {answer['cothink']!r}"


def the_cascade_escalates(port: int) -> Iterator[str]:
    """R1's slip is found, the pro answers, the stream ends properly and carries the report."""
    status, body = ask(port, "POST", "/v1/chat/completions", chat("cothink-cascade", stream=True))
    frames = [line[6:] for line in body.decode().splitlines() if line.startswith("data: ")]
    if status != 200 or not frames or frames[-1] != "[DONE]":
        yield f"the cascade's stream answers {status} and ends with {frames[-1:]}"
        return
    read = [json.loads(frame) for frame in frames[:-1]]
    text = "".join(choice["delta"].get("content") or "" for frame in read for choice in frame["choices"])
    report: dict[str, Any] = next((frame["cothink"] for frame in read if "cothink" in frame), {})
    if text != RIGHT:
        yield f"the cascade says {text!r}, not {RIGHT!r}"
    called = [call["model"] for call in report.get("calls", ())]
    if called != ["r1", "pro"] or report.get("verification") != "verified":
        yield f"the cascade's report is {report!r}"


def chat(model: str, *, stream: bool) -> bytes:
    """A chat body."""
    return json.dumps({"model": model, "messages": [{"role": "user", "content": QUESTION}], "stream": stream}).encode()


def ask(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    """Send one request; give status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, {"content-type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@contextmanager
def fake(text: str) -> Iterator[str]:
    """A model server that says one thing; give its URL."""
    command = [sys.executable, "-m", "cothink.engines.fake_server", "--port", "0", "--text", text, "--polls", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=CLEAN) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


@contextmanager
def gateway(settings: dict[str, str]) -> Iterator[tuple[int, int, float]]:
    """`cothink serve`; give its port, its process id and the seconds until it was ready."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("cothink"))]
    if not Path(command[0]).exists():
        command = [sys.executable, "-m", "cothink.cli"]
    began = time.monotonic()
    process = subprocess.Popen([*command, "serve", "--port", str(port)], env=CLEAN | settings, cwd="/")
    try:
        wait_until_ready(process, port)
        yield port, process.pid, time.monotonic() - began
    finally:
        process.terminate()
        process.wait(timeout=60)


def wait_until_ready(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Return when `/readyz` answers 200."""
    gives_up_at = time.monotonic() + READY_S
    while time.monotonic() < gives_up_at:
        if process.poll() is not None:
            sys.exit(f"FALLS SHORT: the gateway ended with exit code {process.returncode}")
        try:
            if ask(port, "GET", "/readyz")[0] == 200:
                return
        except OSError:
            time.sleep(0.02)
    sys.exit(f"FALLS SHORT: the gateway was not ready within {READY_S:g} s")


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def resident_mb(pid: int) -> float:
    """The memory of a process that is in use, in megabytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    sys.exit("FALLS SHORT: /proc does not say how much memory the gateway takes")


def seconds_to_run(statement: str) -> float:
    """The least time of several runs of a Python statement in a fresh interpreter: other work only adds to it."""
    found = []
    for _ in range(RUNS):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", statement], check=True, env=CLEAN, cwd="/")
        found.append(time.perf_counter() - began)
    return min(found)


if __name__ == "__main__":
    main()
