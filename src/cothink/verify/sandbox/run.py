"""One run in one cell: hand over, watch, stop at a limit, take what came out."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from cothink.core.errors import BadRequest
from cothink.verify.sandbox.cell import Cell
from cothink.verify.sandbox.cgroup import Group
from cothink.verify.sandbox.config import Limits
from cothink.verify.sandbox.result import RunResult, Status, classify, describe
from cothink.verify.sandbox.watch import Sample, sample

FIRST_LOOK_S, LOOK_S = 0.01, 0.05
DRAIN_S = 2.0
BARE = "it ran WITHOUT A SANDBOX"
NODE = ("node", "nodejs")


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run: a Python program, or a command."""

    limits: Limits
    program: bytes = b""
    name: str = "program.py"
    argv: Sequence[str] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    stdin: bytes = b""
    environment: Mapping[str, str] = field(default_factory=dict)
    channels: Sequence[socket.socket] = ()

    def __post_init__(self) -> None:
        for name in self.files:
            path = PurePosixPath(name)
            if not name or path.is_absolute() or ".." in path.parts or "\0" in name:
                raise BadRequest(
                    f"sandbox file {name!r}: allowed is a relative path below the work folder", param="files"
                )
        size = sum(map(len, self.files.values()))
        if size > self.limits.work_bytes:
            raise BadRequest(
                f"the files have {size} bytes; the work folder takes {self.limits.work_bytes}", param="files"
            )

    @property
    def is_node(self) -> bool:
        """V8 reserves far more address space than it uses, so it is limited by its own heap option."""
        return bool(self.argv) and Path(self.argv[0]).name in NODE

    def head(self) -> dict[str, object]:
        """The order as the launcher reads it."""
        limits = self.limits
        argv = list(self.argv)
        if self.is_node:
            argv.insert(1, f"--max-old-space-size={limits.memory_bytes * 3 // 4 >> 20}")
        return {
            "argv": argv,
            "name": self.name,
            "files": list(self.files),
            "env": dict(self.environment),
            "limits": {
                "cpu_s": max(1, int(limits.cpu_s + 0.999)),
                "address_space": None if self.is_node else limits.memory_bytes,
                "processes": limits.processes + 1,  # process 1 counts too
                "file_bytes": limits.file_bytes,
                "open_files": limits.open_files,
            },
        }


class Run:
    """Carries one order through one cell; used once."""

    def __init__(self, cell: Cell, order: Order, unlimited: tuple[str, ...]) -> None:
        self._cell = cell
        self._order = order
        self._unlimited = unlimited
        self._stop: asyncio.Future[Status] = asyncio.get_running_loop().create_future()
        self._peak: int | None = None
        self._cpu_s = 0.0
        self._code: int | None = None
        self._notes: dict[str, None] = {}
        self._stillborn = False

    async def finish(self) -> RunResult | None:
        """Run the order to its end, or to the limit that ends it; None where the cell was dead before it was used."""
        cell, order, limits = self._cell, self._order, self._order.limits
        parent = cell.config.cgroup
        group = None if parent is None else Group.make(parent, limits, cell.first.pid)
        began = time.monotonic()
        timer = asyncio.get_running_loop().call_later(limits.wall_s, self._settle, "timeout")
        try:
            for stream in (cell.stdout, cell.stderr):
                stream.start(limits.output_bytes, lambda: self._settle("output"))
            cell.stdin.start(order.stdin)
            async with asyncio.TaskGroup() as tasks:
                listening = tasks.create_task(self._listen())
                watching = tasks.create_task(self._watch())
                status = await self._stop
                wall_s = time.monotonic() - began
                listening.cancel()
                watching.cancel()
                cell.kill()
            await self._drain()
            if group is not None:
                self._peak = group.peak_bytes() or self._peak
                status = "memory" if group.ran_out_of_memory() else status
        finally:
            timer.cancel()
            if group is not None:
                group.kill()
                await cell.aclose()
                group.remove()
        return None if self._stillborn else self._result(status, wall_s)

    def _settle(self, status: Status) -> None:
        if not self._stop.done():
            self._stop.set_result(status)

    async def _listen(self) -> None:
        """Hand over and wait for the launcher's word."""
        order = self._order
        try:
            await self._cell.order(order.head(), [order.program, *order.files.values()], order.channels)
        except ConnectionError:
            self._stillborn = True
            self._settle("broken")
            return
        for channel in order.channels:  # the other end of each must see when the program is gone
            channel.close()
        report = await self._cell.report()
        if report is None:
            self._settle("broken")
            return
        code = int(report["code"])
        self._code = code if code >= 0 else 128 - code
        self._cpu_s = report["cpu_s"]
        self._peak = max(self._peak or 0, int(report["peak"]))
        self._settle("exited")

    async def _watch(self) -> None:
        """Look at the sums again and again; a sum over its limit ends the run."""
        pause = FIRST_LOOK_S
        while True:
            await asyncio.sleep(pause)
            most_bytes = self._order.limits.memory_bytes
            seen = sample(self._cell.first.pid, most_bytes, self._cell.plain_work)
            if seen is not None:
                self._judge(seen)
            pause = min(LOOK_S, pause * 2)

    def _judge(self, seen: Sample) -> None:
        limits = self._order.limits
        self._peak = max(self._peak or 0, seen.memory_bytes)
        self._cpu_s = max(self._cpu_s, seen.cpu_s)
        if seen.tasks >= limits.processes:
            self._notes[f"it reached the limit of {limits.processes} processes and threads"] = None
        if seen.memory_bytes > limits.memory_bytes + seen.work_bytes:
            self._settle("memory")
        elif seen.work_bytes > limits.work_bytes or seen.work_files > limits.work_files:
            self._settle("work_folder")
        elif seen.cpu_s > limits.cpu_s:
            self._settle("cpu")

    async def _drain(self) -> None:
        """Read what is still in the pipes; their writers are dead, so the end is near (not so without a sandbox)."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                await self._cell.stdout.ended.wait()
                await self._cell.stderr.ended.wait()

    def _result(self, status: Status, wall_s: float) -> RunResult:
        cell, limits = self._cell, self._order.limits
        code = self._code if status == "exited" else None
        if status == "exited":
            status = classify(code or 0, cell.stderr.data)
            if cell.stdout.overflown or cell.stderr.overflown:
                status, code = "output", None
        return RunResult(
            status=status,
            exit_code=code,
            stdout=cell.stdout.data,
            stderr=cell.stderr.data,
            wall_s=wall_s,
            cpu_s=self._cpu_s,
            peak_memory_bytes=self._peak,
            unlimited=self._unlimited,
            words=describe(status, code, limits, (*self._notes, *(() if cell.plain_work is None else (BARE,)))),
        )
