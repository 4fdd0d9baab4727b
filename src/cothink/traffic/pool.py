"""Many replicas of one model as one engine: choose, call, watch, and try another one before the first chunk.

Retry, balance and breaker are one class, since every generator around a stream costs each of its chunks.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from cothink.core.answer import Answer
from cothink.core.chunk import Chunk
from cothink.core.engine import Engine, Seen, Stream, Whole, Zone
from cothink.core.errors import CoThinkError, NotReady, SettingError, UpstreamBroken, UpstreamBusy, UpstreamTimeout
from cothink.core.events import Emit, ignore
from cothink.core.request import Request
from cothink.traffic.balance import Chooser, chooser
from cothink.traffic.balance_config import PoolConfig
from cothink.traffic.breaker import CLOSED, Breaker
from cothink.traffic.replica import Replica
from cothink.traffic.retry import Retry, is_replicas_fault, rest_s

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]

NO_END: Final = "The model's server stopped before the end of its answer."


def replica(  # keyword arguments, each one fact of a server
    name: str,
    engine: Engine,
    config: PoolConfig,
    *,
    weight: int = 1,
    zone: Zone = "site",
    cache_blocks: int | None = None,
    emit: Emit = ignore,
) -> Replica:
    """Return a replica with its own breaker. See `Replica`."""
    breaker = Breaker(name, config.breaker, emit=emit)
    return Replica(name, engine, breaker, weight=weight, zone=zone, cache_blocks=cache_blocks)


class Pool:
    """An Engine over the replicas of one model.

    Args:
        replicas: At least one, each in this pool only.
        config: See `PoolConfig`.
        clock: Seconds that only grow.
        sleep: Waits before a second try of the same replica.
        chance: Returns 0 to 1, for the jitter.

    Raises:
        SettingError: There is no replica, or two have one name.
    """

    def __init__(
        self,
        replicas: Sequence[Replica],
        config: PoolConfig | None = None,
        *,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        names = [replica.name for replica in replicas]
        if not names or len(set(names)) < len(names):
            raise SettingError(
                f"replicas are {names}; allowed is one or more, each with its own name.", param="replicas"
            )
        self.replicas = tuple(replicas)
        self.config = config = config or PoolConfig()
        self._chooser: Chooser = chooser(self.replicas, config)
        self.retry = Retry(config.retry, chance=chance)
        self._clock = clock
        self._sleep = sleep
        self.whole: Whole | None = self.answer if all(one.whole for one in self.replicas) else None

    def stream(self, request: Request) -> Stream:
        """Answer from one of the replicas.

        Raises:
            NotReady: No replica may be asked now.
            CoThinkError: What the last try raised.
        """
        return self.open(request, [])

    async def open(self, request: Request, tried: list[Replica]) -> Stream:
        """Answer, from none of the replicas in ``tried`` while there are others; whoever is asked is added to it."""
        self.retry.allowance.pay_in()
        clock = self._clock
        first_s = self.config.first_s if request.stream else None
        tries = 0
        fault: CoThinkError | None = None
        while True:
            started_at = clock()
            one = self._choose(request, tried, started_at)
            if one is None:
                raise fault or self._nobody(started_at)
            tried.append(one)
            tries += 1
            ticket = one.begin(started_at)
            has_begun = has_ended = False
            try:
                async with aclosing(one.engine.stream(request)) as inner:
                    try:
                        first = await (anext(inner) if first_s is None else _within(anext(inner), first_s))
                    except StopAsyncIteration:
                        raise UpstreamBroken(NO_END) from None
                    has_begun = True
                    has_ended = first.finish is not None
                    ticket = one.answer(ticket, clock() - started_at)
                    yield first
                    async for chunk in inner:
                        if chunk.finish is not None:
                            has_ended = True
                        yield chunk
                if not has_ended:
                    raise UpstreamBroken(NO_END)  # noqa: TRY301  # one place takes all faults of a try
                one.succeed(ticket)
                return  # noqa: TRY300  # an `else` here would stand far from what it ends
            except CoThinkError as error:
                this = _Try(one, ticket, started_at, has_begun, has_ended)
                pause_s = self._failed(this, error, request, tried, tries)
                if pause_s is None:
                    raise
                fault = error
            except BaseException as error:  # whatever ends a call, the replica's books are closed
                self._left(_Try(one, ticket, started_at, has_begun, has_ended), error, request)
                raise
            if pause_s:
                await self._sleep(pause_s)

    async def answer(self, request: Request, seen: Seen, tried: list[Replica] | None = None) -> Answer:
        """Answer in one piece, as `open` does in many: a piece that was seen is the first chunk."""
        self.retry.allowance.pay_in()
        has_begun = has_ended = False  # it came in pieces after all

        def told(chunk: Chunk) -> None:
            nonlocal has_begun, has_ended
            has_begun = True
            has_ended = has_ended or chunk.finish is not None
            seen(chunk)

        tried = [] if tried is None else tried
        tries = 0
        fault: CoThinkError | None = None
        while True:
            started_at = self._clock()
            one = self._choose(request, tried, started_at)
            if one is None or one.whole is None:
                raise fault or self._nobody(started_at)
            tried.append(one)
            tries += 1
            ticket = one.begin(started_at)
            try:
                answer = await one.whole(request, told)
            except CoThinkError as error:
                this = _Try(one, ticket, started_at, has_begun, has_ended)
                pause_s = self._failed(this, error, request, tried, tries)
                if pause_s is None:
                    raise
                fault = error
            except BaseException as error:  # whatever ends a call, the replica's books are closed
                self._left(_Try(one, ticket, started_at, has_begun, has_ended), error, request)
                raise
            else:
                one.complete(ticket, self._clock() - started_at)
                return answer
            if pause_s:
                await self._sleep(pause_s)

    def fit(self, tried: Sequence[Replica], now: float) -> Sequence[Replica]:
        """Return the replicas that may be asked now and were not tried."""
        if not tried:  # nearly always all are fit: seen without a call each
            for one in self.replicas:
                if one.is_out or one.rest_until > now or one.breaker.state != CLOSED:
                    break
            else:
                return self.replicas
        return [one for one in self.replicas if one not in tried and one.is_fit(now)]

    def fit_now(self, tried: Sequence[Replica]) -> Sequence[Replica]:
        """Return what `fit` does, by the pool's own clock."""
        return self.fit(tried, self._clock())

    def _choose(self, request: Request, tried: Sequence[Replica], now: float) -> Replica | None:
        replicas = self.replicas
        if len(replicas) == 1 and replicas[0].is_fit(now):
            return replicas[0]
        fit = self.fit(tried, now) or (self.fit((), now) if tried else ()) or self._last_hope(now)
        return self._chooser.choose(request, fit, now) if fit else None

    def _last_hope(self, now: float) -> Sequence[Replica]:
        """Return whom to ask where the checks took out every replica: then the checks may be wrong."""
        if not all(one.is_out for one in self.replicas):
            return ()
        return [one for one in self.replicas if one.may_be_well(now)]

    def _failed(
        self, this: "_Try", error: CoThinkError, request: Request, tried: Sequence[Replica], tries: int
    ) -> float | None:
        """Close the books of a try that failed; return the pause before the next one, None where there is none."""
        now = self._clock()
        one = this.replica
        if not is_replicas_fault(error):
            one.drop(this.ticket)
            return None
        one.fail(this.ticket, now)
        if wait_s := rest_s(error, self.config.breaker.open_most_s):
            one.rest(now + wait_s)
        if this.has_begun:
            return None
        pause_s = self.retry.pause_s(
            error,
            zone=one.zone,
            tries=tries,
            has_other=bool(self.fit(tried, now)),
            left_s=request.run.deadline.left_s,
        )
        if pause_s is not None:
            detail = {"replica": one.name, "error": error.code, "pause_s": round(pause_s, 3)}
            request.run.trace.note("retry", detail)
        return pause_s

    def _left(self, this: "_Try", error: BaseException, request: Request) -> None:
        """Close the books of a try that a hang-up, a deadline or a fault of ours ended."""
        now = self._clock()
        latency = this.replica.latency
        waited_us = int((now - this.started_at) * 1e6)
        if not this.has_begun and waited_us > latency.mean_us:
            latency.add(waited_us)  # it would have taken at least as long
        if this.has_ended:
            this.replica.succeed(this.ticket)
        elif is_replicas_fault(error) or this.was_silent(request, now):
            this.replica.fail(this.ticket, now)
        else:
            this.replica.drop(this.ticket)

    def _nobody(self, now: float) -> CoThinkError:
        wait_s = min(one.fit_in_s(now) for one in self.replicas)
        words = "No server of this model can be asked now."
        if all(now < one.rest_until for one in self.replicas):
            return UpstreamBusy(words, retry_after_s=wait_s)
        return NotReady(words, retry_after_s=wait_s)


async def _within(wait: Awaitable[Chunk], first_s: float) -> Chunk:
    """Wait for the first chunk, not longer than that."""
    try:
        async with asyncio.timeout(first_s):
            return await wait
    except TimeoutError as error:
        raise UpstreamTimeout(f"The model's server said nothing for {first_s:g} s.") from error


@dataclass(frozen=True, slots=True)
class _Try:
    """One attempt that did not end well."""

    replica: Replica
    ticket: int
    started_at: float
    has_begun: bool
    has_ended: bool

    def was_silent(self, request: Request, now: float) -> bool:
        """The run ran out of time, and this replica used up most of it without a word."""
        deadline = request.run.deadline
        if self.has_begun or deadline.overdue is None:
            return False
        return now - self.started_at >= deadline.elapsed_s / 2
