"""A program that is measured: pinned to cores, paused while others are measured, its CPU time, memory and files read.

All figures are those of its process group, so that workers count.
"""

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

TICKS = os.sysconf("SC_CLK_TCK")
PAGE_KB = os.sysconf("SC_PAGE_SIZE") // 1024
Cores = tuple[int, ...]


@contextmanager
def on(cores: Cores) -> Iterator[None]:
    """Start what is started in the block on some cores, as far as we may use them."""
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, ours & set(cores) or ours)
    try:
        yield
    finally:
        os.sched_setaffinity(0, ours)


def clean() -> dict[str, str]:
    """Return our environment, less the settings of a gateway."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COTHINK_")}


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on just now."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class Program:
    """A started program and what it writes.

    Args:
        command: What to start, the program first.
        cores: Where it may run.
        env: Its environment; None is ours, less the settings of a gateway.
        cwd: Its folder.
    """

    def __init__(
        self, command: Sequence[str], cores: Cores, *, env: dict[str, str] | None = None, cwd: Path | None = None
    ) -> None:
        self.began = time.monotonic()
        self.log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the program
        environment = clean() | (env or {})
        with on(cores):
            self._process = subprocess.Popen(
                command, stdout=self.log, stderr=self.log, env=environment, cwd=cwd, start_new_session=True
            )
        self.group = self._process.pid

    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def words(self) -> str:
        """Return the end of what it wrote."""
        self.log.seek(0)
        return self.log.read()[-2000:].decode("utf-8", "replace")

    def pause(self) -> None:
        """Stop it for now, so that it takes no time from another one."""
        os.killpg(self.group, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        os.killpg(self.group, signal.SIGCONT)

    def stop(self) -> None:
        """End it; after ten seconds by force."""
        if self.is_alive():
            self.resume()
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.group, signal.SIGKILL)
                self._process.wait(10)
        self.log.close()

    def cpu_s(self) -> float:
        """Seconds of CPU that it used so far, in steps of a tick (10 ms)."""
        return sum(int(fields[11]) + int(fields[12]) for _, fields in self._members()) / TICKS

    def rss_mb(self) -> float:
        """Resident memory; pages that processes share count in each of them."""
        return sum(int(fields[21]) for _, fields in self._members()) * PAGE_KB / 1024

    def files(self) -> int:
        """Open files and sockets."""
        return sum(len(list((folder / "fd").iterdir())) for folder, _ in self._members())

    def threads(self) -> int:
        """Threads."""
        return sum(int(fields[17]) for _, fields in self._members())

    def _members(self) -> Iterator[tuple[Path, list[str]]]:
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended while we looked
            if int(fields[2]) == self.group and fields[0] != "Z":
                yield stat.parent, fields
