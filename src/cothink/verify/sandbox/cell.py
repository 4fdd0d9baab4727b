"""One single-use sandbox: start it, wait until it waits, give it one program, watch it, take the result, end it."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from cothink.core.errors import NotReady
from cothink.verify.sandbox import command, seccomp
from cothink.verify.sandbox.config import SandboxConfig
from cothink.verify.sandbox.streams import Input, Output, Process

START_S = 20.0
ERROR_BYTES = 4096
ONLY_THERE = "Model-written code runs only in bubblewrap"
INSTALL = "apt-get install bubblewrap (Debian, Ubuntu), dnf install bubblewrap (Fedora)"


class Cell:
    """A namespace of its own with a Python that waits for one order.

    Made by ``await Cell.start(config)``; ``aclose`` ends it with everything that runs in it.
    """

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.used = False
        self.plain_work: Path | None = None  # only where there is no sandbox (see plain.py)
        self._closing = contextlib.AsyncExitStack()
        self.control: socket.socket
        self.stdin: Input
        self.stdout: Output
        self.stderr: Output
        self.outer: Process  # bubblewrap, our child
        self.first: Process  # process 1 of the namespace; its death ends everything inside

    @classmethod
    async def start(cls, config: SandboxConfig) -> Self:
        """Start a cell and wait until its Python waits for an order.

        Raises:
            NotReady: bubblewrap is missing, the kernel refuses a namespace, or Python does not start in there.
        """
        cell = cls(config)
        try:
            async with asyncio.timeout(START_S):
                await cell._start()
        except TimeoutError:
            await cell.aclose()
            raise NotReady(f"the sandbox did not start within {START_S:g} s", code="sandbox_unavailable") from None
        except BaseException:
            await cell.aclose()
            raise
        return cell

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _start(self) -> None:
        as_root = os.geteuid() == 0
        with contextlib.ExitStack() as ours:
            with contextlib.ExitStack() as theirs:  # the child's ends are closed here as soon as it has them
                self.control, control = pair(theirs)
                self._closing.callback(self.control.close)
                info, info_end = pair(theirs)
                ours.callback(info.close)
                release, maps = pair(theirs)
                ours.callback(release.close)
                descriptors = command.Descriptors(
                    control=control.fileno(),
                    info=info_end.fileno(),
                    seccomp=_filled(seccomp.program(), theirs),
                    user_map=maps.fileno() if as_root else None,
                )
                self._spawn(descriptors, theirs)
            await self._enter(info, release if as_root else None)
        await self._ready()

    def _spawn(self, descriptors: command.Descriptors, theirs: contextlib.ExitStack) -> None:
        """Start bubblewrap; on this thread, because it dies with the thread that started it."""
        kept = [descriptors.control, descriptors.info, descriptors.seccomp, descriptors.user_map]
        stdin, stdout, stderr = self._pipes(theirs)
        try:
            child = subprocess.Popen(  # noqa: S603 - the command is built in command.py, never from a program's text
                command.command(self.config, descriptors),
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                pass_fds=[number for number in kept if number is not None],
                env={},
                cwd="/",
            )
        except OSError as error:
            words = f"cannot start {self.config.bubblewrap!r}: {error.strerror}. {ONLY_THERE}: {INSTALL}"
            raise NotReady(words, code="sandbox_unavailable") from error
        child.returncode = 0  # reaped by Process, for its CPU time; Popen shall not wait for it
        self.outer = Process(child.pid)
        self._closing.push_async_callback(self._end_outer)

    def _pipes(self, theirs: contextlib.ExitStack) -> tuple[int, int, int]:
        """Make the three standard streams; returns the child's ends."""
        stdin, ours_in = os.pipe()
        theirs.callback(os.close, stdin)
        self.stdin = Input(ours_in)
        self._closing.callback(self.stdin.close)
        ours_out, stdout = os.pipe()
        theirs.callback(os.close, stdout)
        self.stdout = Output(ours_out)
        self._closing.callback(self.stdout.close)
        ours_err, stderr = os.pipe()
        theirs.callback(os.close, stderr)
        self.stderr = Output(ours_err)
        self._closing.callback(self.stderr.close)
        return stdin, stdout, stderr

    async def _enter(self, info: socket.socket, release: socket.socket | None) -> None:
        """Learn process 1 of the cell; as root give it its two users: root to set up, another to run as."""
        loop = asyncio.get_running_loop()
        text = b""
        while not text.rstrip().endswith(b"}"):
            data = await loop.sock_recv(info, 4096)
            if not data:
                raise await self._refusal()
            text += data
        pid = json.loads(text)["child-pid"]
        try:
            self.first = Process(pid)
        except ProcessLookupError:
            raise await self._refusal() from None
        self._closing.push_async_callback(self._end_first)
        if release is not None:
            map_users(pid, self.config.host_user)
            await loop.sock_sendall(release, b"1")

    async def _ready(self) -> None:
        data = await asyncio.get_running_loop().sock_recv(self.control, 1)
        if not data:
            raise await self._refusal()

    async def _refusal(self) -> NotReady:
        """Say why it did not start, from what bubblewrap or Python wrote."""
        self.stderr.start(ERROR_BYTES)
        await self.stderr.ended.wait()
        return NotReady(refusal_words(self.stderr.data.decode(errors="replace")), code="sandbox_unavailable")

    async def order(self, head: dict[str, object], blobs: Sequence[bytes], channels: Sequence[socket.socket]) -> None:
        """Give the waiting launcher its one order; the channels go along as open descriptors.

        Raises:
            ConnectionError: The cell has died while it waited.
        """
        self.used = True
        loop = asyncio.get_running_loop()
        data = json.dumps({**head, "sizes": [len(blob) for blob in blobs]}).encode() + b"\n"
        socket.send_fds(self.control, [data[:1]], [channel.fileno() for channel in channels])
        await loop.sock_sendall(self.control, b"".join((data[1:], *blobs)))

    async def report(self) -> dict[str, float] | None:
        """Wait until process 1 tells how the program ended; None where the cell ended without a word."""
        try:
            data = await asyncio.get_running_loop().sock_recv(self.control, 4096)
        except ConnectionError:
            return None
        return json.loads(data) if data else None

    def kill(self) -> None:
        """End everything inside at once: with process 1 the kernel ends its whole namespace; bubblewrap follows."""
        self.first.kill()

    async def _end_first(self) -> None:
        self.first.kill()
        await self.first.ended.wait()
        self.first.reap()  # ours only where bubblewrap died first and we stand in for init
        self.first.close()

    async def _end_outer(self) -> None:
        if not self.outer.ended.is_set():
            self.outer.kill()
            await self.outer.ended.wait()
        self.outer.reap()
        self.outer.close()

    async def aclose(self) -> None:
        """End it and everything in it, and give all descriptors back; safe to call twice."""
        await self._closing.aclose()


def refusal_words(error: str) -> str:
    """Turn the words of bubblewrap into ours."""
    error = error.strip() or "it ended without a word"
    if "namespace" in error or "Operation not permitted" in error or "uid map" in error:
        return (
            f"the kernel refuses the namespaces that the sandbox needs ({error}). In a container, allow user namespaces"
            " (seccomp, AppArmor); on the host, set user.max_user_namespaces above 0, and where they exist"
            " kernel.unprivileged_userns_clone=1 and kernel.apparmor_restrict_unprivileged_userns=0"
        )
    return f"the sandbox did not start: {error}"


def map_users(pid: int, host_user: int) -> None:
    """Give a new user namespace two users: root, to set the cell up, and an ordinary one, to run as.

    Raises:
        NotReady: The kernel refuses, for example because this process itself is in a namespace without that user.
    """
    users = f"0 0 1\n{command.INSIDE_USER} {host_user} 1\n"
    try:
        Path(f"/proc/{pid}/uid_map").write_text(users)
        Path(f"/proc/{pid}/gid_map").write_text(users)
    except OSError as error:
        words = f"the kernel refuses to map user {host_user} into the sandbox: {error.strerror}"
        raise NotReady(words, code="sandbox_unavailable") from error


def pair(theirs: contextlib.ExitStack) -> tuple[socket.socket, socket.socket]:
    """Two joined sockets: ours, and the child's, which is closed with ``theirs``."""
    ours, other = socket.socketpair()
    ours.setblocking(False)
    theirs.callback(other.close)
    return ours, other


def _filled(content: bytes | None, theirs: contextlib.ExitStack) -> int | None:
    """A pipe from which ``content`` can be read once."""
    if content is None:
        return None
    reading, writing = os.pipe()
    theirs.callback(os.close, reading)
    with os.fdopen(writing, "wb") as file:
        file.write(content)
    return reading
