"""What ends a run early: the client hangs up, or a limit of time passes. Nothing is done for a chunk.

A watch cancels the request's own task, so every generator is closed from inside, and says afterwards why it did.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from types import TracebackType
from typing import Any

from cothink.core.deadline import Deadline, Times
from cothink.core.errors import DeadlinePassed
from cothink.gateway.edge.faults import ClientLeft
from cothink.gateway.http1.exchange import Exchange

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
OnHangUp = Callable[[Callable[[], None] | None], None]


class Patrol:
    """Looks after the time of every run that is under way: one timer for all of them, none while there is none.

    Args:
        times: The limits; their shortest decides how often it looks, so a limit is at most an eighth late.
    """

    def __init__(self, *times: Times) -> None:
        limits = [s for t in times for s in (t.whole_s, t.first_s, t.idle_s) if s is not None]
        self._every_s = min(max(min(limits, default=8.0) / 8, 0.005), 1.0)
        self._has_limits = bool(limits)
        self.watches: set[Watch] = set()  # of the runs under way: each comes and goes by itself
        self.is_asleep = True
        self._timer: asyncio.TimerHandle | None = None
        self.loop: asyncio.AbstractEventLoop | None = None

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look from now on, as long as there are runs."""
        if self._has_limits:
            self.loop = loop
            self.is_asleep = False
            self._timer = loop.call_later(self._every_s, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        for watch in tuple(self.watches):
            watch.look()
        self.is_asleep = not self.watches
        self._timer = loop.call_later(self._every_s, self._look, loop) if self.watches else None


class Watch:
    """Guards the work inside its ``with``, in the task that enters it.

    Args:
        receive: The ASGI callable, after the whole body was read: what still comes is that the client left.
        deadline: The run's clock.
        patrol: Looks at the clock now and then.
        on_hang_up: The server's own way to say that the client left; without it ``receive`` is listened to.
        exchange: Our own server's side of the request, where nothing stands between: it calls `leave` by itself.

    Raises:
        ClientLeft: On the way out, when the client hung up.
        DeadlinePassed: On the way out, when a limit passed.
    """

    __slots__ = ("_deadline", "_ear", "_exchange", "_on_hang_up", "_overdue", "_patrol", "_receive", "_task", "left")

    def __init__(
        self,
        receive: Receive,
        deadline: Deadline,
        patrol: Patrol,
        on_hang_up: OnHangUp | None = None,
        exchange: Exchange | None = None,
    ) -> None:
        self._receive = receive
        self._deadline = deadline
        self._patrol = patrol
        self._on_hang_up = on_hang_up
        self._exchange = exchange
        self._ear: _Ear | None = None
        self._overdue: str | None = None
        self.left = False

    def __enter__(self) -> "Watch":
        loop = asyncio.get_running_loop()
        exchange = self._exchange
        task = asyncio.current_task(loop) if exchange is None or exchange.task is None else exchange.task
        if task is None:
            raise RuntimeError("A watch is entered inside a task.")
        self._task = task
        patrol = self._patrol
        patrol.watches.add(self)
        if patrol.is_asleep or patrol.loop is not loop:
            patrol.begin(loop)
        if exchange is not None:
            exchange.hang_up = self.leave
        elif self._on_hang_up is not None:
            self._on_hang_up(self.leave)
        else:
            self._ear = _Ear(self._receive, self.leave, loop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._patrol.watches.discard(self)
        if self._exchange is not None:
            self._exchange.hang_up = None
        else:
            self.stop_listening()
        # an engine may answer the cancel with an error of its own: the reason is ours all the same
        if (self.left or self._overdue) and (kind is None or issubclass(kind, asyncio.CancelledError | Exception)):
            self._task.uncancel()
            if self.left:
                raise ClientLeft from None
            raise DeadlinePassed(self._overdue or "") from None

    def stop_listening(self) -> None:
        """Let the client go: from here the answer is whole. The limits of time still hold."""
        if self._exchange is not None:
            self._exchange.hang_up = None
        elif self._on_hang_up is not None:
            self._on_hang_up(None)
        elif self._ear is not None:
            self._ear.close()
            self._ear = None

    def leave(self) -> None:
        """The client left: end the work."""
        if not (self.left or self._overdue):
            self.left = True
            self._task.cancel()

    def look(self) -> None:
        """End the work if a limit of time has passed."""
        if not (self.left or self._overdue) and (words := self._deadline.overdue):
            self._overdue = words
            self._task.cancel()


class _Ear:
    """Waits for the client to leave without a task of its own: that would cost each request ten times as much.

    ``receive`` is stepped by hand; it waits on one future, and is stepped again when that is done.
    """

    __slots__ = ("_heard", "_loop", "_receive", "_waiting")

    def __init__(self, receive: Receive, heard: Callable[[], None], loop: asyncio.AbstractEventLoop) -> None:
        self._receive = receive
        self._heard = heard
        self._loop = loop
        self._waiting: Coroutine[Any, Any, Message] | None = None
        self._listen()

    def close(self) -> None:
        """Hear nothing more."""
        if self._waiting is not None:
            self._waiting.close()
            self._waiting = None

    def _listen(self) -> None:
        waiting = self._receive()
        self._waiting = waiting if asyncio.iscoroutine(waiting) else _as_coroutine(waiting)
        self._step()

    def _step(self, _done: "asyncio.Future[Any] | None" = None) -> None:
        if self._waiting is None:
            return
        try:
            future = self._waiting.send(None)
        except StopIteration as end:
            if end.value["type"] == "http.disconnect":
                self._waiting = None
                self._heard()
            else:  # more of a body that was read to its end: nothing that we wait for
                self._loop.call_soon(self._listen_again)
            return
        if future is None:  # a bare yield: step again in the loop's next round
            self._loop.call_soon(self._step)
        else:
            future.add_done_callback(self._step)

    def _listen_again(self) -> None:
        if self._waiting is not None:
            self._listen()


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
