"""One process for each core: a parent that starts workers, starts them again, and passes signals on.

The parent runs no event loop and no thread, so forking it is safe at any time, and a new worker begins as the first
did. It holds one listening socket for each worker (SO_REUSEPORT spreads clients over them), so who waits in the queue
of a worker that died is served by its successor. Linux only, for PR_SET_PDEATHSIG (man 2 prctl).
"""

import ctypes
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

log = logging.getLogger(__name__)

HEARD = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD})
PR_SET_PDEATHSIG = 1
YOUNG_S = 1.0  # a worker that dies younger than this failed to start
FIRST_PAUSE_S = 0.1
FAILED_STARTS = 5


class WorkersGaveUp(RuntimeError):
    """A worker failed to start again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerContext:
    """Which worker this is.

    Args:
        index: 0 to ``workers - 1``; a successor has the index of the one that died.
        workers: How many there are.
        generation: How often this one was started again.
    """

    index: int
    workers: int
    generation: int


Run = Callable[[socket.socket, WorkerContext], None]


def serve_workers(run: Run, *, host: str, port: int, workers: int, stop_within_s: float = 60.0) -> None:
    """Call ``run`` in so many processes until SIGTERM or SIGINT; with one worker, call it here.

    Args:
        run: Serves on a bound socket until SIGTERM, which it handles as it sees fit (a drain), and SIGHUP. It starts
            its own event loop, and gets SIGTERM, too, when the parent is killed.
        host: An address to listen on.
        port: A port; 0 takes a free one.
        workers: How many processes.
        stop_within_s: How long workers may take to end; then they are killed. A second SIGTERM kills them at once.

    Raises:
        OSError: The address cannot be bound, for one because another process listens there.
        ValueError: ``workers`` is below one.
        RuntimeError: Threads run in this process, so it cannot fork safely.
        WorkersGaveUp: A worker died five times in a row within a second of its start.
    """
    if workers < 1:
        raise ValueError(f"workers is {workers}; it must be at least 1.")
    sockets = bind(host, port, workers)
    if workers == 1:
        run(sockets[0], WorkerContext(index=0, workers=1, generation=0))
        return
    if threading.active_count() > 1:
        raise RuntimeError("Workers are forked, so they must be started before any thread is.")
    _Parent(run, sockets, stop_within_s).watch()


def bind(host: str, port: int, count: int) -> list[socket.socket]:
    """Return bound sockets that share one address and port.

    Raises:
        OSError: The address cannot be bound. SO_REUSEPORT alone would let two servers share a port unnoticed.
    """
    family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    sockets: list[socket.socket] = []
    try:
        with socket.socket(family, kind, proto) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            address = probe.getsockname()
        for _ in range(count):
            sock = socket.socket(family, kind, proto)
            sockets.append(sock)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if count > 1:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            sock.bind(address)
    except OSError:
        for sock in sockets:
            sock.close()
        raise
    return sockets


@dataclass(slots=True)
class _Worker:
    index: int
    generation: int = -1
    pid: int | None = None
    started_at: float = 0.0
    starts_at: float = 0.0
    failed_starts: int = 0


class _Parent:
    def __init__(self, run: Run, sockets: list[socket.socket], stop_within_s: float) -> None:
        self._run = run
        self._sockets = sockets
        self._stop_within_s = stop_within_s
        self._workers = [_Worker(index) for index in range(len(sockets))]
        self._stops_at: float | None = None
        self._gave_up: _Worker | None = None

    def watch(self) -> None:
        """Wait for signals, never for anything else: they are blocked, so none is lost or comes at a bad moment."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
        try:
            while self._stops_at is None or any(worker.pid for worker in self._workers):
                self._start_due(before)
                heard = signal.sigtimedwait(HEARD, self._pause_s())
                if heard is not None and heard.si_signo != signal.SIGCHLD:
                    self._hear(heard.si_signo)
                if self._stops_at is not None and time.monotonic() >= self._stops_at:
                    self._send(signal.SIGKILL)
                self._bury()
        finally:
            self._send(signal.SIGKILL)
            for worker in self._workers:
                if worker.pid is not None:
                    os.waitpid(worker.pid, 0)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if self._gave_up is not None:
            raise WorkersGaveUp(f"Worker {self._gave_up.index} failed to start {FAILED_STARTS} times in a row.")

    def _pause_s(self) -> float:
        now = time.monotonic()
        due = [worker.starts_at for worker in self._workers if worker.pid is None]
        if self._stops_at is not None:
            due = [self._stops_at] if now < self._stops_at else [now + 0.1]
        return min(60.0, max(0.0, min(due, default=now + 60.0) - now))

    def _hear(self, signo: int) -> None:
        if signo == signal.SIGHUP:
            self._send(signal.SIGHUP)
        elif self._stops_at is None:
            self._stop()
        else:
            self._stops_at = time.monotonic()

    def _stop(self) -> None:
        """End all workers; without our copies of the sockets, each refuses clients as soon as it stops listening."""
        self._stops_at = time.monotonic() + self._stop_within_s
        for sock in self._sockets:
            sock.close()
        self._send(signal.SIGTERM)

    def _send(self, signo: signal.Signals) -> None:
        for worker in self._workers:
            if worker.pid is not None:
                os.kill(worker.pid, signo)

    def _bury(self) -> None:
        """Note who died; one signal may stand for several deaths."""
        for worker in self._workers:
            if worker.pid is None:
                continue
            pid, status = os.waitpid(worker.pid, os.WNOHANG)
            if pid == 0:
                continue
            worker.pid = None
            if self._stops_at is None:
                log.error("Worker %d (pid %d) ended with %d", worker.index, pid, os.waitstatus_to_exitcode(status))
                self._plan_successor(worker)

    def _plan_successor(self, worker: _Worker) -> None:
        now = time.monotonic()
        worker.failed_starts = worker.failed_starts + 1 if now - worker.started_at < YOUNG_S else 0
        if worker.failed_starts >= FAILED_STARTS:
            self._gave_up = worker
            self._stop()
            return
        worker.starts_at = now + (FIRST_PAUSE_S * 2 ** (worker.failed_starts - 1) if worker.failed_starts else 0.0)

    def _start_due(self, mask: set[int | signal.Signals]) -> None:
        if self._stops_at is not None:
            return
        now = time.monotonic()
        for worker in self._workers:
            if worker.pid is None and worker.starts_at <= now:
                worker.generation += 1
                worker.started_at = now
                worker.pid = self._fork(worker, mask)

    def _fork(self, worker: _Worker, mask: set[int | signal.Signals]) -> int:
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            self._live(worker, parent, mask)
        return pid

    def _live(self, worker: _Worker, parent: int, mask: set[int | signal.Signals]) -> None:
        """Be a worker. Never returns: the parent's clean-up is not the worker's."""
        code = 1
        try:
            ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
            for index, sock in enumerate(self._sockets):
                if index != worker.index:
                    sock.close()
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the parent decides
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            if os.getppid() == parent:  # else it died before the first line
                context = WorkerContext(index=worker.index, workers=len(self._workers), generation=worker.generation)
                self._run(self._sockets[worker.index], context)
                code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:  # whatever it was, this process ends with it
            log.exception("Worker %d failed", worker.index)
        finally:
            logging.shutdown()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
