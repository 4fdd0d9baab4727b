"""An event loop whose clock leaps: a wait takes no time, and everything happens in the order of its seconds."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(selectors.SelectSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise RuntimeError("nothing will ever happen: all tasks wait for each other")
        self.now += max(0.0, timeout)
        return super().select(0)


class LeapingLoop(asyncio.SelectorEventLoop):
    """Seconds pass only while everybody waits."""

    def __init__(self) -> None:
        self._leaping = _Selector()
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.now


def leap(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end without waiting for anything."""
    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        return runner.run(work)


def now() -> float:
    """The seconds of the loop that runs: a run's clock."""
    return asyncio.get_running_loop().time()
