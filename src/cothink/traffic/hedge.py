"""A second replica is asked where the first one is slower than it nearly always is; whoever speaks first answers.

Source: Dean and Barroso, The Tail at Scale (2013). The tries run in tasks that feed bounded queues: nothing is yielded
within a cancel scope (PEP 789).
"""

import asyncio
from contextlib import aclosing
from typing import Final

from cothink.core.chunk import Chunk
from cothink.core.engine import Stream
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
        self.whole = None if self._is_on else pool.whole
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

    async def _race(self, request: Request, wait_s: float) -> Stream:
        tried: list[Replica] = []
        legs = [_Leg(self._pool.open(request, tried), self._config.backlog)]
        try:
            await asyncio.wait((legs[0].first,), timeout=wait_s)
            if not legs[0].first.done() and self._may(tried):
                self.hedged += 1
                request.run.trace.note("hedge", {"slow": tried[-1].name, "after_s": round(wait_s, 3)})
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
