"""A second replica is asked where the first one is slower than it nearly always is; whoever speaks first answers.

Source: Dean and Barroso, The Tail at Scale (2013). The tries run in tasks that feed bounded queues: nothing is yielded
within a cancel scope (PEP 789).
"""

import asyncio
from collections.abc import Awaitable
from contextlib import aclosing
from typing import Final

from cothink.core.answer import Answer
from cothink.core.chunk import Chunk
from cothink.core.engine import Seen, Stream, Whole
from cothink.core.request import Request
from cothink.traffic.pool import Pool
from cothink.traffic.queue_config import HedgeConfig
from cothink.traffic.replica import Replica
from cothink.traffic.retry import Allowance

P95: Final = 0.95


class Hedge:
    """An Engine over a pool.

    Args:
        pool: Its replicas; each of the two tries is a call of the pool, so breakers and retries hold for it.
        config: See `HedgeConfig`. Switched off, a call goes straight to the pool.
    """

    def __init__(self, pool: Pool, config: HedgeConfig | None = None) -> None:
        self._pool = pool
        self._config = config = config or HedgeConfig()
        self._allowance = Allowance(config.share, config.burst)
        hosted = any(one.zone == "hosted" for one in pool.replicas)
        self._is_on = config.enabled and len(pool.replicas) > 1 and (config.hosted or not hosted)
        can = pool.whole is not None
        self.whole: Whole | None = self._answer if self._is_on and can else pool.whole
        for one in pool.replicas if self._is_on else ():
            one.latency.counts_times = True
        self.hedged = 0  # calls that were asked twice
        self.won = 0  # of these, how many the second replica answered

    def stream(self, request: Request) -> Stream:
        """Answer from whichever of at most two replicas speaks first.

        Raises:
            CoThinkError: What the pool raises; where two were asked, only once both have failed.
        """
        if not self._is_on:
            return self._pool.stream(request)
        self._allowance.pay_in()
        wait_s = self.wait_s()
        return self._pool.stream(request) if wait_s is None else self._race(request, wait_s)

    def wait_s(self) -> float | None:
        """Return how long the first replica may take: the best P95 of them all; None where too few calls tell it."""
        known = [
            one.latency.percentile_s(P95) for one in self._pool.replicas if one.latency.count >= self._config.samples
        ]
        return max(self._config.wait_least_s, min(known)) if known else None

    async def _answer(self, request: Request, seen: Seen) -> Answer:
        """Answer in one piece, as `stream` does in many: the first that is whole, or begins to come, is the answer."""
        self._allowance.pay_in()
        wait_s = self.wait_s()
        if wait_s is None:
            return await self._pool.answer(request, seen)
        return await _WholeRace(self, request, seen).run(wait_s)

    def second(self, request: Request, tried: list[Replica], seen: Seen, wait_s: float) -> asyncio.Task[Answer] | None:
        """Ask another replica for a whole answer, where one is there and the share allows it."""
        if not self._may(tried):
            return None
        self._note(request, tried, wait_s)
        return asyncio.create_task(self._pool.answer(request, seen, tried))

    def first(self, request: Request, tried: list[Replica], seen: Seen) -> Awaitable[Answer]:
        """Ask the first replica for a whole answer."""
        return self._pool.answer(request, seen, tried)

    def _note(self, request: Request, tried: list[Replica], wait_s: float) -> None:
        self.hedged += 1
        request.run.trace.note("hedge", {"slow": tried[-1].name, "after_s": round(wait_s, 3)})

    async def _race(self, request: Request, wait_s: float) -> Stream:
        tried: list[Replica] = []
        legs = [_Leg(self._pool.open(request, tried), self._config.backlog)]
        try:
            await asyncio.wait((legs[0].first,), timeout=wait_s)
            if not legs[0].first.done() and self._may(tried):
                self._note(request, tried, wait_s)
                legs.append(_Leg(self._pool.open(request, tried), self._config.backlog))
            winner = await _first(legs)
            self.won += winner is not legs[0]
            for leg in legs:
                if leg is not winner:
                    leg.task.cancel()
            async with aclosing(winner.read()) as chunks:
                async for chunk in chunks:
                    yield chunk
        finally:
            await _end(legs)

    def _may(self, tried: list[Replica]) -> bool:
        """Another replica is there, and the share of hedged calls allows it."""
        return bool(self._pool.fit_now(tried)) and self._allowance.take()


class _WholeRace:
    """A whole answer from one of two replicas.

    The first is asked in the caller's own task: nearly always it is the only one, and then a timer is all that this
    costs. Where the second one wins, that task is cancelled, once, and the cancel is taken back.
    """

    __slots__ = ("_first_speaks", "_hedge", "_request", "_second", "_second_wins", "_seen", "_task", "_tried")

    def __init__(self, hedge: Hedge, request: Request, seen: Seen) -> None:
        self._hedge = hedge
        self._request = request
        self._seen = seen
        self._tried: list[Replica] = []
        self._second: asyncio.Task[Answer] | None = None
        self._first_speaks = self._second_wins = False
        self._task: asyncio.Task[object] | None = None

    async def run(self, wait_s: float) -> Answer:
        """Return the answer. Raises what the first one raised, where both fail or only it was asked."""
        self._task = asyncio.current_task()
        timer = asyncio.get_running_loop().call_later(wait_s, self._be_late, wait_s)
        try:
            return await self._hedge.first(self._request, self._tried, self._hear_first)
        except asyncio.CancelledError:
            second = self._second
            if second is None or not self._second_wins or self._task is None or self._task.uncancel():
                raise  # by somebody else
            return await second
        except Exception:
            timer.cancel()
            if self._second is not None and not self._first_speaks:
                self._task = None  # nothing is left to be cancelled
                await asyncio.wait((self._second,))
                if not self._second.cancelled() and self._second.exception() is None:
                    self._hedge.won += 1
                    return self._second.result()
            raise
        finally:
            timer.cancel()
            self._task = None
            if self._second is not None and not self._second.done():
                self._second.cancel()
                await asyncio.gather(self._second, return_exceptions=True)

    def _be_late(self, wait_s: float) -> None:
        """The first one is slow: ask the second."""
        if not self._first_speaks and self._tried:
            self._second = self._hedge.second(self._request, self._tried, self._hear_second, wait_s)
            if self._second is not None:
                self._second.add_done_callback(self._second_ended)

    def _second_ended(self, second: asyncio.Task[Answer]) -> None:
        if not second.cancelled() and second.exception() is None:
            self._win()

    def _hear_first(self, chunk: Chunk) -> None:
        """A piece came from the first: it is the answer."""
        self._first_speaks = True
        if self._second is not None:
            self._second.cancel()
        self._seen(chunk)

    def _hear_second(self, chunk: Chunk) -> None:
        self._win()
        self._seen(chunk)

    def _win(self) -> None:
        """The second one is the answer: end the first."""
        if self._task is not None and not self._second_wins and not self._first_speaks:
            self._second_wins = True
            self._hedge.won += 1
            self._task.cancel()


class _Leg:
    """One of the two tries: a task that feeds a bounded queue."""

    def __init__(self, stream: Stream, backlog: int) -> None:
        self._stream = stream
        self._queue: asyncio.Queue[Chunk | None] = asyncio.Queue(backlog)
        self._error: Exception | None = None
        self.first: asyncio.Future[bool] = asyncio.get_running_loop().create_future()  # whether a chunk came at all
        self.task = asyncio.create_task(self._feed())

    async def read(self) -> Stream:
        """Yield its chunks; raise what ended it."""
        while (chunk := await self._queue.get()) is not None:
            yield chunk
        if self._error is not None:
            raise self._error

    async def _feed(self) -> None:
        try:
            async with aclosing(self._stream) as inner:
                async for chunk in inner:
                    await self._queue.put(chunk)
                    self._tell(came=True)
        except Exception as error:  # noqa: BLE001  # raised again by `read`, in the reader's task
            self._error = error
        self._tell(came=False)
        await self._queue.put(None)

    def _tell(self, *, came: bool) -> None:
        if not self.first.done():
            self.first.set_result(came)


async def _first(legs: list[_Leg]) -> _Leg:
    """Wait for a leg that speaks; where all have failed, the first one tells why."""
    while True:
        for leg in legs:
            if leg.first.done() and leg.first.result():
                return leg
        silent = [leg.first for leg in legs if not leg.first.done()]
        if not silent:
            return legs[0]
        await asyncio.wait(silent, return_when=asyncio.FIRST_COMPLETED)


async def _end(legs: list[_Leg]) -> None:
    """Cancel what still runs and wait until it has closed its upstream."""
    for leg in legs:
        leg.task.cancel()
    await asyncio.gather(*[leg.task for leg in legs], return_exceptions=True)
