"""Pipes and processes on the event loop: read with a limit, write, wait for an end.

Not asyncio's own subprocess: that one has no rusage, no limit on what is read, and no descriptors that are sent later.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress

CHUNK = 65536


class Output:
    """One output stream of a cell, read as it comes and kept up to a limit."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._kept = bytearray()
        self._limit = 0
        self._on_overflow: Callable[[], None] = lambda: None
        self.ended = asyncio.Event()
        self.overflown = False

    @property
    def data(self) -> bytes:
        """What was kept."""
        return bytes(self._kept)

    def start(self, limit: int, on_overflow: Callable[[], None] = lambda: None) -> None:
        """Begin to read; at the first byte over ``limit`` reading ends and ``on_overflow`` is called."""
        self._limit = limit
        self._on_overflow = on_overflow
        asyncio.get_running_loop().add_reader(self._descriptor, self._read)

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, CHUNK)
        except BlockingIOError:
            return
        room = self._limit - len(self._kept)
        self._kept += data[:room]
        if len(data) > room:
            self.overflown = True
            self._on_overflow()
        if not data or self.overflown:
            self.close()

    def close(self) -> None:
        """Stop reading and give the descriptor back; safe to call twice."""
        if self._descriptor >= 0:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1
            self.ended.set()


class Input:
    """The input stream of a cell: all bytes are given, as fast as the program takes them."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._left = memoryview(b"")

    def start(self, data: bytes) -> None:
        """Begin to write."""
        self._left = memoryview(data)
        if data:
            asyncio.get_running_loop().add_writer(self._descriptor, self._write)
        else:
            self.close()

    def _write(self) -> None:
        try:
            self._left = self._left[os.write(self._descriptor, self._left[:CHUNK]) :]
        except BlockingIOError:
            return
        except OSError:  # the program does not read its input: that is its right
            self.close()
            return
        if not self._left:
            self.close()

    def close(self) -> None:
        """Stop writing and give the descriptor back; safe to call twice."""
        if self._descriptor >= 0:
            asyncio.get_running_loop().remove_writer(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1


class Process:
    """A process that is waited for and killed by descriptor, so that its number cannot be reused under us."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._descriptor = os.pidfd_open(pid)
        self.ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._descriptor, self._end)

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        self.ended.set()

    def kill(self) -> None:
        """Kill it; nothing happens where it has ended."""
        if self._descriptor >= 0:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)

    def reap(self) -> tuple[int, float] | None:
        """Take its exit code (128 + n for signal n) and CPU seconds; None where it is not our child or still runs."""
        try:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
        except ChildProcessError:
            return None
        if pid == 0:
            return None
        code = os.waitstatus_to_exitcode(status)
        return (code if code >= 0 else 128 - code), usage.ru_utime + usage.ru_stime

    def close(self) -> None:
        """Give the descriptor back; safe to call twice."""
        if self._descriptor >= 0:
            if not self.ended.is_set():
                asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1
