import asyncio

import pytest
from traffic_fakes import Clock, replicas

from cothink.core.errors import UpstreamUnreachable
from cothink.engines.fake import fake
from cothink.traffic.health import HealthChecks
from cothink.traffic.queue_config import HealthConfig


class Server:
    """What a probe finds."""

    def __init__(self):
        self.ill = set()
        self.silent = set()
        self.running = self.most = 0

    async def probe(self, replica):
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(0)
            if replica.name in self.silent:
                await asyncio.Event().wait()
            if replica.name in self.ill:
                raise UpstreamUnreachable("no")
        finally:
            self.running -= 1


def checks(count=2, **settings):
    server, events, clock = Server(), [], Clock()
    config = HealthConfig(**{"failures": 2, "timeout_s": 0.02, **settings})
    all_replicas = replicas([fake() for _ in range(count)])
    one = HealthChecks(all_replicas, server.probe, config, emit=events.append, sleep=clock.sleep, chance=lambda: 0.5)
    return one, server, all_replicas, events, clock


async def test_a_replica_goes_out_after_failed_checks_and_comes_in_when_well():
    one, server, (a, b), events, _ = checks()
    server.ill = {"a"}
    await one.check()
    assert not a.is_out
    await one.check()
    assert (a.is_out, a.is_fit(0.0), b.is_out) == (True, False, False)
    server.ill = set()
    await one.check()
    assert a.is_fit(0.0)
    assert [(event.part, event.state) for event in events] == [("replica a", "out"), ("replica a", "in")]


async def test_a_single_failed_check_between_good_ones_changes_nothing():
    one, server, (a, _), events, _ = checks()
    for _ in range(4):
        server.ill = {"a"}
        await one.check()
        server.ill = set()
        await one.check()
    assert not a.is_out
    assert events == []


async def test_a_silent_replica_fails_its_check_and_holds_nobody_up():
    one, server, (a, b), _, _ = checks()
    server.silent = {"a"}
    await one.check()
    await one.check()
    assert (a.is_out, b.is_out) == (True, False)
    assert server.running == 0


async def test_only_so_many_checks_run_at_once():
    one, server, _, _, _ = checks(count=10, at_once=3)
    await one.check()
    assert server.most == 3


async def test_rounds_go_on_with_a_spread_pause_until_cancelled():
    one, server, _, _, clock = checks(every_s=10.0, jitter=0.2)
    third = asyncio.Event()

    async def pause(seconds):
        await clock.sleep(seconds)
        await asyncio.sleep(0)
        if len(clock.slept) == 3:
            third.set()

    one._sleep = pause
    task = asyncio.create_task(one.run())
    await asyncio.wait_for(third.wait(), 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert clock.slept[:3] == [11.0, 11.0, 11.0]
    assert server.running == 0
