"""The parent of the workers: starts them, starts them again, and passes signals on.

It runs no event loop and no thread, so forking it is safe at any time, and a new worker begins as the first did. It
holds the listening sockets of each worker (SO_REUSEPORT spreads clients over them), so who waits in the queue of a
worker that died is served by its successor.
"""

import contextlib
import ctypes
import gc
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cothink.gateway.http1.sockets import close
from cothink.gateway.http1.workers import NEVER, Household, Run, WorkerContext, WorkersGaveUp

log = logging.getLogger(__name__)

HEARD = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD, signal.SIGUSR1})
PR_SET_PDEATHSIG = 1
YOUNG_S = 1.0  # a process that dies younger than this failed to start
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 10.0
FAILED_STARTS = 5


@dataclass(slots=True)
class _Child:
    name: str
    number: int
    live: Callable[["_Child"], None]
    sockets: list[socket.socket]
    generation: int = -1
    pid: int | None = None
    started_at: float = 0.0
    starts_at: float = 0.0
    failed_starts: int = 0
    is_ready: bool = False
    was_ready: bool = False


class Family:
    """The parent. See ``serve_workers``."""

    def __init__(self, run: Run, sets: list[list[socket.socket]], household: Household) -> None:
        self._run = run
        self._sets = sets
        self._household = household
        self._workers = [_Child(f"worker {i}", i, self._work, sets[i]) for i in range(len(sets))]
        self._keeper = _Child("keeper", len(sets), self._keep, []) if household.keep is not None else None
        self._stops_at: float | None = None
        self._gave_up: str | None = None
        self._has_told = False
        self._pid = os.getpid()
        self._ear, self._mouth = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def watch(self) -> None:
        """Wait for signals, never for anything else: they are blocked, so none is lost or comes at a bad moment."""
        gc.collect()
        gc.freeze()  # so that the children's collections do not copy the pages that they share with us
        before = signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
        try:
            while self._stops_at is None or any(child.pid for child in self._all()):
                self._start_due(before)
                heard = signal.sigtimedwait(HEARD, self._pause_s())
                if heard is not None:
                    self._hear(heard.si_signo)
                if self._stops_at is not None and time.monotonic() >= self._stops_at:
                    self._send(signal.SIGKILL, self._all())
                self._bury()
        finally:
            self._send(signal.SIGKILL, self._all())
            for child in self._all():
                if child.pid is not None:
                    os.waitpid(child.pid, 0)
            close(self._sets)
            os.close(self._ear)
            os.close(self._mouth)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            gc.unfreeze()
        if self._gave_up is not None:
            raise WorkersGaveUp(self._gave_up)

    def _all(self) -> list[_Child]:
        """Every child, in the order of starting."""
        return ([self._keeper] if self._keeper is not None else []) + self._workers

    def _pause_s(self) -> float:
        now = time.monotonic()
        due = [child.starts_at for child in self._wanted() if child.pid is None]
        if self._stops_at is not None:
            due = [self._stops_at] if now < self._stops_at else [now + 0.1]
        return min(60.0, max(0.0, min(due, default=now + 60.0) - now))

    def _wanted(self) -> list[_Child]:
        return [child for child in self._all() if child is not self._keeper or self._household.is_keeper_wanted()]

    def _hear(self, signo: int) -> None:
        if signo == signal.SIGHUP:
            if self._stops_at is None and self._household.reload():
                self._send(signal.SIGHUP, self._all())
        elif signo == signal.SIGUSR1:
            self._note_ready()
        elif signo != signal.SIGCHLD:
            if self._stops_at is None:
                self._stop()
            else:
                self._stops_at = time.monotonic()

    def _note_ready(self) -> None:
        said = b""
        with contextlib.suppress(BlockingIOError):
            said = os.read(self._ear, 4096)
        for child in self._all():
            if child.number in said:
                child.is_ready = child.was_ready = True
        if not self._has_told and all(child.was_ready for child in self._wanted()):
            self._has_told = True
            self._household.ready()

    def _stop(self) -> None:
        """End all workers; without our copies of the sockets, each refuses clients as soon as it stops listening."""
        self._stops_at = time.monotonic() + self._household.stop_within_s
        close(self._sets)
        self._send(signal.SIGTERM, self._workers)
        self._end_keeper()

    def _end_keeper(self) -> None:
        """End the keeper, once nobody needs it any more."""
        if self._keeper is not None and not any(worker.pid for worker in self._workers):
            self._send(signal.SIGTERM, [self._keeper])

    def _send(self, signo: signal.Signals, children: list[_Child]) -> None:
        for child in children:
            if child.pid is not None:
                os.kill(child.pid, signo)

    def _bury(self) -> None:
        """Note who died; one signal may stand for several deaths."""
        has_died = False
        for pid, status in _dead():
            child = next((child for child in self._all() if child.pid == pid), None)
            if child is None:  # left to us by one of ours, as to process 1 of a container
                continue
            has_died = True
            child.pid, child.is_ready = None, False
            code = os.waitstatus_to_exitcode(status)
            if self._stops_at is None:
                how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
                self._plan_successor(child, code)
                after = "" if self._gave_up else f"; it is started again in {self._pause_s():.1f} s"
                log.error("The process of %s (pid %d) %s%s.", child.name, pid, how, after)
            elif code not in (0, -signal.SIGTERM, -signal.SIGKILL):
                log.error("The process of %s (pid %d) ended with %d.", child.name, pid, code)
        if has_died and self._stops_at is not None:
            self._end_keeper()

    def _plan_successor(self, child: _Child, code: int) -> None:
        now = time.monotonic()
        child.failed_starts = child.failed_starts + 1 if now - child.started_at < YOUNG_S else 0
        if not child.was_ready and (code == NEVER or child.failed_starts >= FAILED_STARTS):
            times = "" if code == NEVER else f" {FAILED_STARTS} times in a row"
            self._gave_up = f"{child.name.capitalize()} failed to start{times}."
            self._stop()
            return
        pause_s = FIRST_PAUSE_S * 2.0 ** (child.failed_starts - 1) if child.failed_starts else 0.0
        child.starts_at = now + min(pause_s, LONGEST_PAUSE_S)

    def _start_due(self, mask: set[int | signal.Signals]) -> None:
        if self._stops_at is not None:
            return
        now = time.monotonic()
        for child in self._wanted():
            if child.pid is None and child.starts_at <= now:
                child.generation += 1
                child.started_at = now
                child.pid = self._fork(child, mask)

    def _fork(self, child: _Child, mask: set[int | signal.Signals]) -> int:
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            self._be(child, parent, mask)
        return pid

    def _be(self, child: _Child, parent: int, mask: set[int | signal.Signals]) -> None:
        """Be a child. Never returns: the parent's clean-up is not the child's."""
        code = 1
        try:
            ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
            close([sockets for sockets in self._sets if sockets is not child.sockets])
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the parent decides
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            if os.getppid() == parent:  # else it died before the first line
                child.live(child)
                code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:  # whatever it was, this process ends with it
            log.exception("The process of %s failed", child.name)
        finally:
            logging.shutdown()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _work(self, child: _Child) -> None:
        context = WorkerContext(
            index=child.number,
            workers=len(self._workers),
            generation=child.generation,
            say_ready=lambda: self._say_ready(child),
        )
        self._run(child.sockets, context)

    def _keep(self, child: _Child) -> None:
        if self._household.keep is not None:
            self._household.keep(lambda: self._say_ready(child))

    def _say_ready(self, child: _Child) -> None:
        """Tell the parent, from within the child."""
        if os.getppid() == self._pid:
            os.write(self._mouth, bytes([child.number]))
            os.kill(self._pid, signal.SIGUSR1)


def _dead() -> Iterator[tuple[int, int]]:
    """Yield who has died, with the status of each."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:  # nobody is left
            return
        if pid == 0:
            return
        yield pid, status
