"""Asks each replica now and then whether it is well, beside the traffic, and takes it out and in again."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence

from cothink.core.errors import CoThinkError
from cothink.core.events import Emit, StateChanged, ignore
from cothink.traffic.queue_config import HealthConfig
from cothink.traffic.replica import Replica

log = logging.getLogger(__name__)
Probe = Callable[[Replica], Awaitable[None]]
Sleep = Callable[[float], Awaitable[None]]


class HealthChecks:
    """Rounds of checks over the replicas of one or more pools.

    Args:
        replicas: Who is checked.
        probe: Returns where the replica is well; raises CoThinkError or OSError where it is not. It is cancelled when
            it takes too long.
        config: See `HealthConfig`.
        emit: Told when a replica goes out or comes in.
        sleep: Waits between two rounds.
        chance: Returns 0 to 1, for the jitter.
    """

    def __init__(  # keyword arguments: two facts, settings, and what tests put in place
        self,
        replicas: Sequence[Replica],
        probe: Probe,
        config: HealthConfig | None = None,
        *,
        emit: Emit = ignore,
        sleep: Sleep = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._replicas = tuple(replicas)
        self._probe = probe
        self._config = config or HealthConfig()
        self._emit = emit
        self._sleep = sleep
        self._chance = chance
        self._in_row = dict.fromkeys(self._replicas, 0)  # checks in a row that speak against what it is now

    async def run(self) -> None:
        """Check for ever; whoever starts this task cancels it."""
        while True:
            await self.check()
            await self._sleep(self._config.every_s * (1 + self._config.jitter * self._chance()))

    async def check(self) -> None:
        """Check each replica once, some at a time."""
        gate = asyncio.Semaphore(self._config.at_once)
        async with asyncio.TaskGroup() as group:
            for replica in self._replicas:
                group.create_task(self._check_one(replica, gate))

    async def _check_one(self, replica: Replica, gate: asyncio.Semaphore) -> None:
        async with gate:
            try:
                async with asyncio.timeout(self._config.timeout_s):
                    await self._probe(replica)
            except TimeoutError:
                self._learn(replica, f"no answer within {self._config.timeout_s:g} s")
            except (CoThinkError, OSError) as error:
                self._learn(replica, type(error).__name__)
            else:
                self._learn(replica, None)

    def _learn(self, replica: Replica, fault: str | None) -> None:
        """Count a check; turn the replica's state after enough of one kind."""
        is_well = fault is None
        if is_well != replica.is_out:
            self._in_row[replica] = 0
            return
        self._in_row[replica] += 1
        needed = self._config.successes if is_well else self._config.failures
        if self._in_row[replica] < needed:
            return
        self._in_row[replica] = 0
        replica.is_out = not is_well
        words = fault or "it answers its checks again"
        log.warning("replica %s is %s: %s", replica.name, "in" if is_well else "out", words)
        self._emit(StateChanged(part=f"replica {replica.name}", state="in" if is_well else "out", words=words))
