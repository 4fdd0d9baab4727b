"""What the sandbox may be told: where Python is, how much a run may use, how many cells wait warm."""

import sys
from dataclasses import dataclass, fields
from pathlib import Path

from cothink.core.errors import SettingError

MIB = 1024 * 1024
# Modules that many programs import: a waiting cell has them loaded already.
PRELOAD = (
    *("bisect", "collections", "copy", "functools", "heapq", "itertools", "math", "operator", "re", "string", "typing"),
    *("cothink.verify.sandbox.inside.candidate", "cothink.verify.sandbox.inside.judge"),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one run may use; every field is checked when it is made.

    Args:
        wall_s: Seconds from the moment the program is handed over.
        cpu_s: Seconds of processor time, of each process and of all together.
        memory_bytes: Address space of each process; the sum in use is watched, or capped where a cgroup is given.
        processes: Processes and threads together.
        file_bytes: The largest file that may be written.
        work_bytes: Everything in the work folder together.
        work_files: Files and folders in the work folder.
        output_bytes: Bytes kept of each of the two output streams; a program that writes more is stopped.
        open_files: Open files of each process.
    """

    wall_s: float = 10.0
    cpu_s: float = 10.0
    memory_bytes: int = 512 * MIB
    processes: int = 64
    file_bytes: int = 16 * MIB
    work_bytes: int = 64 * MIB
    work_files: int = 10_000
    output_bytes: int = 1 * MIB
    open_files: int = 128

    def __post_init__(self) -> None:
        for field in fields(self):
            low, high = LIMIT_RANGES[field.name]
            value = getattr(self, field.name)
            if not low <= value <= high:
                raise SettingError(f"sandbox limit {field.name} is {value!r}; allowed is {low} to {high}")


LIMIT_RANGES: dict[str, tuple[float, float]] = {
    "wall_s": (0.01, 3600),
    "cpu_s": (0.01, 3600),
    "memory_bytes": (32 * MIB, 1024 * 1024 * MIB),
    "processes": (1, 4096),
    "file_bytes": (1024, 1024 * 1024 * MIB),
    "work_bytes": (64 * 1024, 1024 * 1024 * MIB),
    "work_files": (1, 10_000_000),
    "output_bytes": (0, 1024 * MIB),
    "open_files": (16, 65536),
}


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """How the sandbox is built.

    Args:
        bubblewrap: The program that makes the namespaces, a name on PATH or a path.
        python: The interpreter for the cells; None is the one that runs CoThink.
        packages: Folders that Python programs may import from, bound read-only. Empty: the standard library only.
        limits: What a run may use where it names no limits of its own; ``work_bytes`` and ``work_files`` of a cell are
            fixed when it starts, so a run may ask for less of the first but never for more.
        warm_cells: Cells that wait with Python started; 0 turns the pool off.
        idle_s: After this long without a run the waiting cells are given up.
        running: Runs at the same time; more wait for their turn.
        cgroup: A cgroup v2 folder that is delegated to this process; None: only rlimits and the watch.
        host_user: The user id that programs have on the host where CoThink itself runs as root.
        allow_unsandboxed_code_execution: Without bubblewrap run model-written code as a plain process with this user's
            rights: it can read, change and send everything that CoThink can. Each result says so.
    """

    bubblewrap: str = "bwrap"
    python: str | None = None
    packages: tuple[Path, ...] = ()
    limits: Limits = Limits()
    warm_cells: int = 2
    idle_s: float = 60.0
    running: int = 4
    cgroup: Path | None = None
    host_user: int = 65534
    allow_unsandboxed_code_execution: bool = False

    def __post_init__(self) -> None:
        ranges = {"warm_cells": (0, 256), "idle_s": (0.01, 86400), "running": (1, 1024), "host_user": (1, 2**32 - 2)}
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise SettingError(f"sandbox setting {name} is {value!r}; allowed is {low} to {high}")

    def interpreter(self) -> Path:
        """The Python binary itself, links and virtual environments followed, so that what must be bound is known."""
        ours: str = getattr(sys, "_base_executable", None) or sys.executable
        return Path(self.python or ours).resolve()
