"""What ends a run early: the client hangs up, or a limit of time passes. Nothing is done for a chunk.

The watch cancels the request's own task, so every generator is closed from inside, and says afterwards why it did.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from types import TracebackType
from typing import Any

from cothink.core.deadline import Deadline
from cothink.core.errors import DeadlinePassed
from cothink.gateway.faults import ClientLeft

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


class Watch:
    """Guards the work inside its ``with``, in the task that enters it.

    Args:
        receive: The ASGI callable, after the whole body was read: what still comes is that the client left.
        deadline: The run's clock. One timer sleeps until it could be due and looks again.

    Raises:
        ClientLeft: On the way out, when the client hung up.
        DeadlinePassed: On the way out, when a limit passed.
    """

    __slots__ = (
        "_deadline",
        "_future",
        "_is_over",
        "_listening",
        "_loop",
        "_overdue",
        "_receive",
        "_task",
        "_timer",
        "left",
    )

    def __init__(self, receive: Receive, deadline: Deadline) -> None:
        self._receive = receive
        self._deadline = deadline
        self._timer: asyncio.TimerHandle | None = None
        self._overdue: str | None = None
        self._is_over = False
        self.left = False

    def __enter__(self) -> "Watch":
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("A watch is entered inside a task.")
        self._task = task
        self._loop = task.get_loop()
        self._listening: Coroutine[Any, Any, Message] | None = None
        self._listen()
        self._look()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()
        if self._listening is not None:
            self._listening.close()
        if (self.left or self._overdue) and (kind is None or issubclass(kind, asyncio.CancelledError)):
            self._task.uncancel()
            if self.left:
                raise ClientLeft from None
            raise DeadlinePassed(self._overdue or "") from None

    def stop_listening(self) -> None:
        """Let the client go: from here the answer is whole. The limits of time still hold."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    def _listen(self) -> None:
        """Wait for the client to leave without a task of its own: that would cost each request about 4 us.

        ``receive`` is stepped by hand; it waits on one future, and is stepped again when that is done.
        """
        waiting = self._receive()
        self._listening = waiting if asyncio.iscoroutine(waiting) else _as_coroutine(waiting)
        self._step()

    def _step(self, done: "asyncio.Future[Any] | None" = None) -> None:
        if self._is_over or self._listening is None:
            return
        try:
            future = self._listening.send(None)
        except StopIteration as heard:
            self._listening = None
            if heard.value["type"] == "http.disconnect":
                self.left = True
                self._task.cancel()
            else:
                self._loop.call_soon(self._listen_again)
            return
        if future is None:  # a bare yield: step again in the loop's next round
            self._loop.call_soon(self._step)
        else:
            future.add_done_callback(self._step)

    def _listen_again(self) -> None:
        if not self._is_over:
            self._listen()

    def _look(self) -> None:
        due_in_s = self._deadline.due_in_s
        if due_in_s is None:
            return
        if due_in_s <= 0 and (words := self._deadline.overdue):
            self._overdue = words
            self._task.cancel()
        else:
            # content may come meanwhile, and from then on the shorter limit between two pieces holds
            idle_s = self._deadline.times.idle_s
            wait_s = due_in_s if idle_s is None else min(due_in_s, idle_s)
            self._timer = self._loop.call_later(max(wait_s, 0.001), self._look)


def has_left(receive: Receive) -> bool:
    """Say whether the client has left by now, without waiting: ``receive`` answers at once where it has."""
    waiting = receive()
    asking = waiting if asyncio.iscoroutine(waiting) else _as_coroutine(waiting)
    try:
        asking.send(None)
    except StopIteration as heard:
        return bool(heard.value["type"] == "http.disconnect")
    finally:
        asking.close()
    return False


async def _as_coroutine(waiting: Awaitable[Message]) -> Message:
    return await waiting
