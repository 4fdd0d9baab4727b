"""What the HTTP server costs a request, beside uvicorn and granian, with one trivial ASGI application.

    python benchmarks/server.py --load wrk [--seconds 3] [--runs 5] [--connections 16]

The load generator is wrk or a program with its options and output (Debian: apt-get install wrk). Servers run on one
core, the load on another; runs are interleaved and medians are shown, for other work on the machine comes and goes.
The server's own CPU time for each request is shown too: it hardly depends on that other work.
"""

import argparse
import asyncio
import importlib.util
import os
import platform
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

ANSWER = b'{"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"content":"' + b"a" * 120 + b'"}}]}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(ANSWER))]
FRAME = b'data: {"id":"x","choices":[{"index":0,"delta":{"content":"word"}}]}\n\n'
FRAMES = 100
ASKED = '{"model":"r1","messages":[{"role":"user","content":"' + "What is the capital of France? " * 12 + '"}]}'
UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}
SERVERS = ("uvicorn", "granian", "ours", "ours, new heads")


class Figures(NamedTuple):
    """One run."""

    per_s: float
    cpu_us: float
    p50_ms: float
    p99_ms: float


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Take a request and answer, whole or in frames."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    while (await receive()).get("more_body"):
        pass
    if scope["path"] == "/stream":
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS[:1]})
        for _ in range(FRAMES):
            await send({"type": "http.response.body", "body": FRAME, "more_body": True})
        await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": ANSWER})


def serve(name: str, port: int) -> None:
    """Serve the application until killed."""
    if name == "uvicorn":
        import uvicorn

        uvicorn.run(app, port=port, loop="uvloop", http="httptools", access_log=False, log_level="warning")
    elif name == "granian":
        from granian import Granian

        Granian("server:app", port=port, interface="asgi", loop="uvloop", workers=1, log_enabled=False).serve()
    else:
        import uvloop

        uvloop.run(_ours(port, knows_heads=name == "ours"))


async def _ours(port: int, *, knows_heads: bool) -> None:
    from cothink.gateway.http1 import reader
    from cothink.gateway.http1.limits import ServerLimits
    from cothink.gateway.http1.server import Server

    if not knows_heads:  # as with a client whose every head differs, by a trace id for one
        reader.UNLIKE_HEADS = 0
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    await Server(app, ServerLimits(), new_id=lambda: "x").listen(sock)
    await asyncio.Event().wait()


def measure(name: str, path: str, options: argparse.Namespace, script: Path) -> Figures:
    """Start a server, load it, end it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, __file__, "--serve", name, "--port", str(port)]
    here = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    server = subprocess.Popen([*_on(options.cores[0]), *command], env=here, start_new_session=True)
    try:
        _wait_for(port)
        url = f"http://127.0.0.1:{port}{path}"
        load = [
            options.load,
            "-t1",
            f"-c{options.connections}",
            f"-d{options.seconds}s",
            "--latency",
            "-s",
            str(script),
        ]
        before = _cpu_s(server.pid)
        done = subprocess.run([*_on(options.cores[-1]), *load, url], check=True, capture_output=True, text=True)
        return _read(name, done.stdout, _cpu_s(server.pid) - before)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


def _cpu_s(group: int) -> float:
    """Seconds of CPU that a process group has used."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _on(core: str) -> list[str]:
    return ["taskset", "-c", core] if shutil.which("taskset") else []


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("The server did not start within ten seconds.")


def _read(name: str, text: str, cpu_s: float) -> Figures:
    if "Non-2xx" in text or "Socket errors" in text:
        raise ValueError(f"The load generator saw failures of {name}:\n{text}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    count = re.search(r"(\d+) requests in", text)
    shares = {
        share: float(value) * UNITS[unit] for share, value, unit in re.findall(r"(\d+)%\s+([\d.]+)(us|ms|s)", text)
    }
    if rate is None or count is None or not {"50", "99"} <= shares.keys():
        raise ValueError(f"The load generator's output is not wrk's:\n{text}")
    return Figures(float(rate.group(1)), cpu_s / int(count.group(1)) * 1e6, shares["50"], shares["99"])


def table(path: str, unit: str, factor: int, options: argparse.Namespace, script: Path) -> None:
    """Print one table: medians over interleaved runs."""
    names = [name for name in SERVERS if name != "granian" or importlib.util.find_spec("granian")]
    if "granian" not in names:
        print("granian is not installed, so it is left out: pip install granian")
    runs: dict[str, list[Figures]] = {name: [] for name in names}
    for _ in range(options.runs):
        for name in names:
            runs[name].append(measure(name, path, options, script))
    print(f"\n| server | {unit}/s | CPU us each | P50 ms | P99 ms | x uvicorn, by CPU |\n|---|--:|--:|--:|--:|--:|")
    base = statistics.median(run.cpu_us for run in runs["uvicorn"])
    for name, found in runs.items():
        rate, cpu, p50, p99 = (statistics.median(column) for column in zip(*found, strict=True))
        print(f"| {name} | {rate * factor:,.0f} | {cpu / factor:.1f} | {p50:.2f} | {p99:.2f} | {base / cpu:.2f} |")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--load", default="wrk", help="wrk, or a program with its options and output")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--cores", type=lambda text: text.split(","), default=["0", "1"], help="server's, load's")
    parser.add_argument("--serve", choices=SERVERS, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.port)
        return
    if shutil.which(options.load) is None:
        sys.exit(f"{options.load} was not found; on Debian: apt-get install wrk")
    now = datetime.now(UTC).strftime("%d %B %Y")
    print(f"{now}, Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores", end="; ")
    print(f"{options.connections} connections, medians of {options.runs} runs of {options.seconds} s")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "post.lua"
        script.write_text(
            f"wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\nwrk.body = '{ASKED}'\n"
        )
        table("/v1/chat/completions", "requests", 1, options, script)
        options.connections = 64
        table("/stream", "frames", FRAMES, options, script)


if __name__ == "__main__":
    main()
