"""Looks at a running cell from outside: memory, tasks, processor time and work folder of all its processes together.

rlimits bind each process by itself; what they cannot bind, the sum, is looked at here many times a second.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cothink.verify.sandbox.command import WORK

TICK = os.sysconf("SC_CLK_TCK")
KIB = 1024


@dataclass(frozen=True, slots=True)
class Sample:
    """What all processes of a cell use together at one moment."""

    memory_bytes: int
    tasks: int
    cpu_s: float
    work_bytes: int
    work_files: int


def sample(first: int, most_bytes: int, work: Path | None = None) -> Sample | None:
    """Add up the processes below ``first``.

    Args:
        first: Process 1 of the cell, by its number on the host.
        most_bytes: The limit. A sum over it is made again with shared pages split among their sharers: the quick sum
            counts them once a process, so children that were only forked seem to use far more than they do.
        work: The work folder where there is no sandbox; None is the cell's own, which is looked at too.

    Returns:
        The sums (files in the work folder count as memory, since they stand there), or None once the cell is gone.
    """
    try:
        folder = os.statvfs(f"/proc/{first}/root{WORK}") if work is None else None
    except OSError:
        return None
    memory = tasks = 0
    cpu_s = 0.0
    pids = family(first)[1:]  # process 1 is the launcher, not the program
    for pid in pids:
        with suppress(OSError, ValueError, IndexError):  # it ended between being listed and being read
            status = _fields(Path(f"/proc/{pid}/status").read_text())
            memory += (status.get("RssAnon", 0) + status.get("RssShmem", 0)) * KIB
            tasks += status.get("Threads", 0)
            cpu_s += _cpu_s(pid)
    if memory > most_bytes and len(pids) > 1:
        memory = sum(map(_own_share, pids))
    if folder is None:
        return Sample(memory, tasks, cpu_s, 0, 0)
    stored = (folder.f_blocks - folder.f_bfree) * folder.f_frsize
    return Sample(memory + stored, tasks, cpu_s, stored, folder.f_files - folder.f_ffree)


def _own_share(pid: int) -> int:
    """A process's memory with each shared page divided by the number of its sharers; the plain figure if refused."""
    try:
        shares = _fields(Path(f"/proc/{pid}/smaps_rollup").read_text())
        return (shares.get("Pss_Anon", 0) + shares.get("Pss_Shmem", 0)) * KIB
    except (PermissionError, FileNotFoundError):
        with suppress(OSError):
            return _fields(Path(f"/proc/{pid}/status").read_text()).get("RssAnon", 0) * KIB
    except OSError:  # it has ended
        return 0
    return 0


def family(first: int) -> list[int]:
    """The process and everything below it; orphans of a process namespace come back below its process 1."""
    found, waiting = [], [first]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        with suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                with suppress(OSError):
                    waiting.extend(int(child) for child in (task / "children").read_text().split())
    return found


def _fields(text: str) -> dict[str, int]:
    """The numbers of /proc/PID/status: sizes in KiB, counts."""
    found = {}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        first = value.split(maxsplit=1)[:1]
        if first and first[0].isdigit():
            found[name] = int(first[0])
    return found


def _cpu_s(pid: int) -> float:
    """Processor seconds from /proc/PID/stat, with those of its children that have ended and were waited for."""
    numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(number) for number in numbers[11:15]) / TICK
