"""The cell that is none: a plain process, for `allow_unsandboxed_code_execution` alone. It protects from nothing."""

import asyncio
import contextlib
import os
import signal
import subprocess
import tempfile
from pathlib import Path

from cothink.core.errors import NotReady
from cothink.verify.sandbox import command
from cothink.verify.sandbox.cell import Cell, pair
from cothink.verify.sandbox.streams import Process


class PlainCell(Cell):
    """Same protocol, rlimits and time limits; no namespaces, no filter, the host's files and network in reach."""

    async def _start(self) -> None:
        folder = self._closing.enter_context(tempfile.TemporaryDirectory(prefix="cothink-unsandboxed-"))
        self.plain_work = Path(folder)
        with contextlib.ExitStack() as theirs:
            self.control, control = pair(theirs)
            self._closing.callback(self.control.close)
            stdin, stdout, stderr = self._pipes(theirs)
            root = str(command.INSIDE.parents[3])
            try:
                child = subprocess.Popen(  # noqa: S603, ASYNC220 - our own launcher; it starts in a millisecond, and asyncio's gives no pidfd
                    command.inner(self.config, control.fileno(), None, root),
                    stdin=stdin,
                    stdout=stdout,
                    stderr=stderr,
                    pass_fds=[control.fileno()],
                    env={**command.ENVIRONMENT, "HOME": folder, "TMPDIR": folder},
                    cwd=folder,
                    start_new_session=True,
                )
            except OSError as error:
                raise NotReady(f"cannot start Python: {error.strerror}", code="sandbox_unavailable") from error
            child.returncode = 0  # reaped by Process
            self.outer = self.first = Process(child.pid)
            self._closing.push_async_callback(self._end_outer)
        await self._ready()

    def kill(self) -> None:
        """End the process group; a program that left its group lives on, as nothing here can hold it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.first.pid, signal.SIGKILL)

    async def _end_outer(self) -> None:
        self.kill()
        await asyncio.wait_for(self.outer.ended.wait(), 5)
        self.outer.reap()
        self.outer.close()
