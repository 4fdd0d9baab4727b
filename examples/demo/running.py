"""A gateway in its own process for as long as the demo needs it."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket

from rich.console import Console

READY_S = 180.0
SETTINGS = Path(__file__).parent / "demo.toml"


@contextmanager
def gateway(embedded: str, models: Path | None, console: Console) -> Iterator[str]:
    """Fetch the models if need be, start `cothink serve`, give its base URL, end it again."""
    pull = [sys.executable, "-m", "cothink.cli", "models", "pull", embedded]
    if models:
        pull += ["--from", str(models)]
    subprocess.run(pull, check=True)
    port = free_port()
    serve = [sys.executable, "-m", "cothink.cli", "serve", "--embedded", embedded, "--port", str(port)]
    serve += ["--config", str(SETTINGS)]
    console.print("Starting the gateway and the two models …", style="dim")
    process = subprocess.Popen(serve, stdout=subprocess.DEVNULL)
    try:
        wait_until_ready(process, f"http://127.0.0.1:{port}/readyz")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """A port that is free now."""
    with socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until_ready(process: "subprocess.Popen[bytes]", url: str) -> None:
    """Return when the gateway answers that it is ready; say so if it ends or takes too long."""
    gives_up_at = time.monotonic() + READY_S
    while time.monotonic() < gives_up_at:
        if process.poll() is not None:
            raise SystemExit(f"The gateway ended with exit code {process.returncode}; its words are above.")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise SystemExit(f"The gateway was not ready within {READY_S:.0f} s.")
