"""One process for each core: what a worker is, and who starts them.

``cothink serve --workers N`` uses it. The parent is in ``family.py``. Linux only, for PR_SET_PDEATHSIG (man 2 prctl).
"""

import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

NEVER = 78  # EX_CONFIG of sysexits.h: it cannot start, and a second try would not help


class WorkersGaveUp(RuntimeError):
    """A process could not be started; its own words are in the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerContext:
    """Which worker this is.

    Args:
        index: 0 to ``workers - 1``; a successor has the index of the one that died.
        workers: How many there are.
        generation: How often this one was started again.
        say_ready: Tells the parent that this worker serves.
    """

    index: int
    workers: int
    generation: int
    say_ready: Callable[[], None] = lambda: None


Run = Callable[[Sequence[socket.socket], WorkerContext], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """What the parent does beside starting workers.

    Args:
        stop_within_s: How long workers may take to end; then they are killed. A second SIGTERM kills them at once.
        reload: Called on SIGHUP, in the parent; where it returns False, workers hear nothing of it.
        ready: Called once, when every process is ready for the first time.
        keep: Runs in a process of its own that starts before the workers and ends after them, such as one that holds
            model processes for all. It is given ``say_ready``, and ends on SIGTERM.
        is_keeper_wanted: Asked at the start and after each reload.
    """

    stop_within_s: float = 60.0
    reload: Callable[[], bool] = lambda: True
    ready: Callable[[], None] = lambda: None
    keep: Callable[[Callable[[], None]], None] | None = None
    is_keeper_wanted: Callable[[], bool] = lambda: True


def serve_workers(run: Run, sets: list[list[socket.socket]], household: Household | None = None) -> None:
    """Call ``run`` in a process for each set of sockets, until SIGTERM or SIGINT.

    Args:
        run: Serves on bound sockets until SIGTERM, which it handles as it sees fit (a drain), and SIGHUP. It starts
            its own event loop, and gets SIGTERM, too, when the parent is killed. ``SystemExit(NEVER)`` says that a
            second try would not help.
        sets: What ``sockets.bind`` returned. They are owned from here on.
        household: What the parent does beside.

    Raises:
        RuntimeError: Threads run in this process, so it cannot fork safely.
        WorkersGaveUp: A process that was never ready died five times in a row within a second of its start, or said
            that it never will be. What was ready once is started again for ever, slower each time.
    """
    from cothink.gateway.http1.family import Family

    if threading.active_count() > 1:
        raise RuntimeError("Workers are forked, so they must be started before any thread is.")
    Family(run, sets, household or Household()).watch()
