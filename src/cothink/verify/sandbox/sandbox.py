"""The one door through which model-written code runs."""

import asyncio
import shutil
import socket
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from cothink.core.errors import NotReady, SettingError
from cothink.verify.sandbox import cgroup, probe
from cothink.verify.sandbox.cell import INSTALL, Cell
from cothink.verify.sandbox.config import Limits, SandboxConfig
from cothink.verify.sandbox.plain import PlainCell
from cothink.verify.sandbox.pool import Pool
from cothink.verify.sandbox.result import UNSANDBOXED, Availability, RunResult
from cothink.verify.sandbox.run import Order, Run

ATTEMPTS = 2


class Sandbox:
    """Runs programs that nobody trusts, each in a cell of its own.

    ``async with Sandbox(config) as sandbox: result = await sandbox.run_python("print(1)")``. It never raises for what a
    program does: that is in the result. It keeps nothing of a run and gives a program no network, no files of the host
    beyond the system's and Python's, and no environment.

    Args:
        config: See `SandboxConfig`.
    """

    def __init__(self, config: SandboxConfig | None = None) -> None:
        self.config = config or SandboxConfig()
        self._turns = asyncio.Semaphore(self.config.running)
        self._pool = Pool(self._start, self.config.warm_cells, self.config.idle_s)
        self._found: Availability | None = None
        self._looking = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End the waiting cells; safe to call twice."""
        await self._pool.aclose()

    async def warm(self) -> None:
        """Fill the pool now, so that the first runs find it warm.

        Raises:
            NotReady: Programs cannot run here; the message says why and what to install.
        """
        await self._need()
        await self._pool.fill()

    async def available(self) -> Availability:
        """Whether programs can run here, with the reason, and what cannot be limited; found out once by trying."""
        async with self._looking:
            if self._found is None:
                self._found = await self._look()
        return self._found

    async def run_python(
        self,
        program: str | bytes,
        *,
        name: str = "program.py",
        files: Mapping[str, bytes] | None = None,
        stdin: bytes = b"",
        limits: Limits | None = None,
        channels: Sequence[socket.socket] = (),
    ) -> RunResult:
        """Run one Python program, in a warm cell where one waits.

        Args:
            program: Its source.
            name: The file name that its tracebacks show.
            files: Relative path to content; they stand in its work folder, which is its current one.
            stdin: What it reads.
            limits: See `Limits`; None is the config's.
            channels: Sockets that it gets beside its streams; their numbers stand in the environment as CHANNELS.

        Returns:
            How it ended. A program that fails, hangs or attacks is a result, not an exception.

        Raises:
            NotReady: Programs cannot run here.
            BadRequest: A file's path leaves the work folder, or the files are too large for it.
            SettingError: The run asks for more work folder than the cells have.
        """
        source = program.encode("utf-8", "surrogatepass") if isinstance(program, str) else program
        order = Order(limits or self.config.limits, source, name, (), files or {}, stdin, channels=channels)
        return await self._run(order)

    async def run(
        self,
        argv: Sequence[str],
        *,
        files: Mapping[str, bytes] | None = None,
        stdin: bytes = b"",
        limits: Limits | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> RunResult:
        """Run one command of the system, for example ``["node", "answer.js"]``; ``python`` is the cell's own.

        Args:
            argv: The command; a name is looked up in the system's folders.
            files: Relative path to content, as in `run_python`.
            stdin: What it reads.
            limits: See `Limits`; for Node the memory limit is that of V8's heap.
            environment: Variables beside the few that every cell has.

        Returns:
            How it ended; a command that is not there ends with exit code 127.

        Raises:
            NotReady, BadRequest, SettingError: As `run_python`.
        """
        command = list(argv)
        if command and command[0] in ("python", "python3"):
            command[0] = str(self.config.interpreter())
        if not command:
            raise SettingError("sandbox argv is empty; a command is needed")
        order = Order(limits or self.config.limits, b"", "", command, files or {}, stdin, environment or {})
        return await self._run(order)

    async def run_together(self, orders: Sequence[Order]) -> tuple[RunResult, ...]:
        """Run several orders at the same time, each in its own cell, as one turn; for programs that talk to each other.

        Args:
            orders: What to run; their channels are closed here once they are handed over.

        Returns:
            The results in the same order.

        Raises:
            NotReady, SettingError: As `run_python`.
        """
        gaps = [await self._gaps(order) for order in orders]
        try:
            async with self._turns, asyncio.TaskGroup() as group:
                runs = [group.create_task(self._in_a_cell(*pair)) for pair in zip(orders, gaps, strict=True)]
        except ExceptionGroup as several:
            raise several.exceptions[0] from None  # the first; the others were cancelled with it
        return tuple(run.result() for run in runs)

    async def _run(self, order: Order) -> RunResult:
        (result,) = await self.run_together((order,))
        return result

    async def _gaps(self, order: Order) -> tuple[str, ...]:
        """Check what the order asks for; returns what cannot be limited for it."""
        largest = self.config.limits
        if order.limits.work_bytes > largest.work_bytes:
            raise SettingError(
                f"sandbox limit work_bytes is {order.limits.work_bytes}; the cells have {largest.work_bytes}"
            )
        unlimited = (await self._need()).unlimited
        if order.is_node:
            unlimited += ("address space of Node (its heap is limited, its memory in use is watched)",)
        return unlimited

    async def _in_a_cell(self, order: Order, unlimited: tuple[str, ...]) -> RunResult:
        for _ in range(ATTEMPTS):
            cell = await self._pool.take()
            async with cell:
                result = await Run(cell, order, unlimited).finish()
            if result is not None:
                return result
        raise NotReady("the sandbox cells die before they are used", code="sandbox_unavailable")

    async def _start(self) -> Cell:
        if self._found is not None and self._found.unlimited == (UNSANDBOXED,):
            return await PlainCell.start(self.config)
        return await Cell.start(self.config)

    async def _need(self) -> Availability:
        found = await self.available()
        if not found.ok:
            raise NotReady(found.reason, code="sandbox_unavailable")
        return found

    async def _look(self) -> Availability:
        """Try one cell; where there can be none, say why, or fall back if the dangerous setting says so."""
        if shutil.which(self.config.bubblewrap) is None:
            reason = (
                f"{self.config.bubblewrap!r} is not installed. Model-written code runs only in bubblewrap: {INSTALL}"
            )
            return self._without(reason)
        if self.config.cgroup is not None and (fault := cgroup.lacking(self.config.cgroup)):
            return Availability(False, f"the sandbox setting cgroup cannot be used: {fault}")
        try:
            gaps = await probe.gaps(self.config)
        except NotReady as error:
            return self._without(error.message)
        return Availability(True, "bubblewrap works here", gaps)

    def _without(self, reason: str) -> Availability:
        if self.config.allow_unsandboxed_code_execution:
            return Availability(True, f"NO SANDBOX: {reason}", (UNSANDBOXED,))
        return Availability(False, reason)
