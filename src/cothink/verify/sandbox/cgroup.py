"""A cgroup v2 group for one run: caps on memory and processes together, and one write that kills them all.

Needs a folder that is delegated to this process, with ``memory`` and ``pids`` in its ``cgroup.subtree_control``.
Source: Linux, Documentation/admin-guide/cgroup-v2.rst.
"""

import itertools
import os
from contextlib import suppress
from pathlib import Path
from typing import Self

from cothink.core.errors import NotReady
from cothink.verify.sandbox.config import Limits

CONTROLLERS = ("memory", "pids")
_numbers = itertools.count()  # names only; nothing is kept by number


def lacking(parent: Path) -> str:
    """Why runs cannot be grouped below ``parent``, in words; empty where they can."""
    try:
        enabled = (parent / "cgroup.subtree_control").read_text().split()
    except OSError as error:
        return f"{parent} is no cgroup v2 folder: {error.strerror}"
    missing = [name for name in CONTROLLERS if name not in enabled]
    if missing:
        line = " ".join(f"+{name}" for name in missing)
        return f"{parent} does not hand down {', '.join(missing)} (write {line!r} to its cgroup.subtree_control)"
    return "" if os.access(parent, os.W_OK) else f"{parent} may not be written"


class Group:
    """One run's group: made before the program starts, removed after it has ended."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def make(cls, parent: Path, limits: Limits, pid: int) -> Self:
        """Make a group with the limits of a run and move process 1 of its cell there.

        Raises:
            NotReady: The folder cannot be written.
        """
        group = cls(parent / f"cothink-{os.getpid()}-{next(_numbers)}")
        try:
            group.path.mkdir()
            (group.path / "memory.max").write_text(str(limits.memory_bytes))
            (group.path / "memory.oom.group").write_text("1")
            (group.path / "pids.max").write_text(str(limits.processes + 1))  # process 1 is ours
            with suppress(FileNotFoundError):  # a kernel without swap accounting
                (group.path / "memory.swap.max").write_text("0")
            (group.path / "cgroup.procs").write_text(str(pid))
        except OSError as error:
            group.remove()
            raise NotReady(
                f"cannot use the cgroup {group.path}: {error.strerror}", code="sandbox_unavailable"
            ) from error
        return group

    def peak_bytes(self) -> int | None:
        """The most memory that the group had at once; None where the kernel does not keep it (before 5.19)."""
        try:
            return int((self.path / "memory.peak").read_text())
        except (OSError, ValueError):
            return None

    def ran_out_of_memory(self) -> bool:
        """The kernel ended it for its memory."""
        try:
            events = (self.path / "memory.events").read_text()
        except OSError:
            return False
        return any(line.startswith("oom_kill ") and line != "oom_kill 0" for line in events.splitlines())

    def kill(self) -> None:
        """End every process of the group in one step (Linux 5.14)."""
        with suppress(OSError):
            (self.path / "cgroup.kill").write_text("1")

    def remove(self) -> None:
        """Remove the group; it must be empty."""
        with suppress(OSError):
            self.path.rmdir()
