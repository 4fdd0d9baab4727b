"""Keeps one child process alive: starts it again when it dies, slower each time, and gives up in the end."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from cothink.core.errors import CoThinkError, NotReady

log = logging.getLogger("cothink.engines")


class Child(Protocol):
    """A process that is up and answers."""

    async def wait(self) -> str:
        """Return how it ended, in words, once it has."""
        ...

    async def stop(self) -> None:
        """End it, gently at first; return when it is gone."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """When to start again, and when to give up.

    Args:
        first_wait_s: The wait before the first new start; it doubles with each death in a row.
        longest_wait_s: It grows no longer than this.
        deaths: More than so many deaths within ``window_s`` seconds, and the child is given up.
    """

    first_wait_s: float = 0.2
    longest_wait_s: float = 10.0
    deaths: int = 5
    window_s: float = 60.0

    def wait_s(self, deaths: int) -> float:
        """Return how long to wait after so many deaths in a row."""
        return min(self.first_wait_s * 2.0 ** max(0, deaths - 1), self.longest_wait_s)


ChildT = TypeVar("ChildT", bound=Child)


class Supervisor(Generic[ChildT]):
    """One child, kept alive.

    Args:
        launch: Starts a child and returns it when it answers; raises a CoThinkError if it never does.
        name: What the child is, for log lines and errors.
        patience: When to start again.
        changed: Called with the new child, or with None when it went away.
        clock: Seconds that only grow.
        sleep: Waits; tests pass one that does not.
    """

    def __init__(
        self,
        launch: Callable[[], Awaitable[ChildT]],
        name: str,
        *,
        patience: Patience | None = None,
        changed: Callable[[ChildT | None], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._launch = launch
        self._name = name
        self._patience = patience or Patience()
        self._changed = changed or (lambda _child: None)
        self._clock = clock
        self._sleep = sleep
        self._child: ChildT | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._why = "was not started"
        self._given_up = False
        self._deaths: deque[float] = deque()

    async def start(self) -> ChildT:
        """Start the child and return it when it answers. The first start is tried once; a second call starts none.

        Raises:
            CoThinkError: What ``launch`` raised.
        """
        async with self._starting:
            return await self._start()

    def child(self) -> ChildT:
        """Return the child that is up.

        Raises:
            NotReady: It is away: starting, starting again, stopped or given up.
        """
        if self._child is None:
            retry_after_s = None if self._given_up else self._patience.wait_s(len(self._deaths))
            raise NotReady(f"the {self._name} {self._why}", retry_after_s=retry_after_s)
        return self._child

    async def stop(self) -> None:
        """End the child for good."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
        child, self._why = self._child, "was stopped"
        if child is not None:
            self._set(None)
            await child.stop()

    async def _start(self) -> ChildT:
        if self._keeper is not None and not self._keeper.done():
            return self.child()
        self._deaths.clear()
        self._given_up = False
        self._why = "is starting"
        try:
            child = await self._launch()
        except CoThinkError:
            self._why = "could not be started"
            raise
        self._set(child)
        self._keeper = asyncio.create_task(self._keep(child), name=f"keep {self._name}")
        return child

    def _set(self, child: ChildT | None) -> None:
        self._child = child
        self._changed(child)

    async def _keep(self, child: ChildT) -> None:
        while True:
            words = await child.wait()
            self._why = "died and is being started again"
            self._set(None)
            new = await self._start_again(words)
            if new is None:
                return
            child = new
            self._set(child)

    async def _start_again(self, words: str) -> ChildT | None:
        """Try until a child is up; return None when it is given up."""
        while True:
            self._count_death()
            log.warning("the %s died (%d in %g s): %s", self._name, len(self._deaths), self._patience.window_s, words)
            if len(self._deaths) > self._patience.deaths:
                self._given_up = True
                self._why = (
                    f"died {len(self._deaths)} times in {self._patience.window_s:g} s and was given up; see the log"
                )
                log.error("the %s is given up after %d deaths", self._name, len(self._deaths))
                return None
            await self._sleep(self._patience.wait_s(len(self._deaths)))
            try:
                return await self._launch()
            except CoThinkError as error:
                words = error.message

    def _count_death(self) -> None:
        now = self._clock()
        self._deaths.append(now)
        while now - self._deaths[0] > self._patience.window_s:
            self._deaths.popleft()
