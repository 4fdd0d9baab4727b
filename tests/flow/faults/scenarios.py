"""One function a fault: it brings the fault about, and returns what became of every request."""

import json
import os
import signal
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flow.processes import Gateway, Load, Upstream, ask, post, r1, read, until

PACED = {"text": "word " * 30, "gap_s": 0.01}  # an answer of a third of a second
POOL = {"policy": "least_busy", "breaker": {"open_s": 0.5}}
CLIENTS = 8


@dataclass(frozen=True)
class Outcome:
    """What a fault did.

    ``came`` counts requests by what the client got: ``whole``; ``error 502`` and the like, or ``event``, an error in
    mid-stream; ``cut`` or ``nothing``: lost without a word; ``refused``: the port was closed. ``healed_s`` is the time
    from the fault to the last request that was not whole; ``slowest_s`` the longest wait for a whole answer after it.
    """

    came: Counter[str]
    healed_s: float = 0.0
    slowest_s: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def asked(self) -> int:
        return sum(self.came.values())

    @property
    def told(self) -> int:
        return sum(count for word, count in self.came.items() if word == "event" or word.startswith("error"))

    @property
    def lost(self) -> int:
        return self.came["cut"] + self.came["nothing"]


def settings(*upstreams: Upstream, pool: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"r1": r1(*upstreams), "traffic": {"pool": {**POOL, **(pool or {})}}, **more}


def under_load(gateway: Gateway, fault: Callable[[], None], after: int = 60, **body: Any) -> Outcome:
    """Bring the fault about while clients ask, and go on for so many requests."""
    with Load(gateway.port, CLIENTS, **body) as load:
        load.wait(CLIENTS * 2)
        at = time.monotonic()
        fault()
        load.wait(after)
    return outcome(load, at)


def outcome(load: Load, at: float, **facts: Any) -> Outcome:
    late = [(ended_at - at, word, took_s) for ended_at, word, took_s in load.log if ended_at >= at]
    return Outcome(
        load.came,
        healed_s=max((s for s, word, _ in late if word not in ("whole", "refused")), default=0.0),
        slowest_s=max((took_s for _, word, took_s in late if word == "whole"), default=0.0),
        facts=facts,
    )


def replica_killed_in_mid_stream() -> Outcome:
    """SIGKILL to one of two model servers while both are in the middle of streams."""
    with Upstream(**PACED) as doomed, Upstream(**PACED) as other, Gateway(settings(doomed, other)) as gateway:
        return under_load(gateway, doomed.kill, stream=True)


def replica_killed_between_answers_in_one_piece() -> Outcome:
    """The same for answers in one piece: nothing was shown yet, so each is asked again elsewhere."""
    slow = {"first_s": 0.05}
    with Upstream(**slow) as doomed, Upstream(**slow) as other, Gateway(settings(doomed, other)) as gateway:
        return under_load(gateway, doomed.kill)


def replica_that_never_answers() -> Outcome:
    """One of two accepts every request and says nothing."""
    with Upstream() as silent, Upstream() as other, Gateway(settings(silent, other, pool={"first_s": 0.4})) as gateway:
        return under_load(gateway, lambda: control(silent, fault="silent"), stream=True)


def replica_that_never_answers_in_one_piece() -> Outcome:
    """The same for answers in one piece, where the head is what is waited for."""
    with Upstream() as silent, Upstream() as other:
        bound = settings(silent, other)
        bound["r1"]["head_s"] = 0.4
        with Gateway(bound) as gateway:
            return under_load(gateway, lambda: control(silent, fault="silent"))


def replica_at_one_byte_a_second() -> Outcome:
    """One of two answers at one byte a second: bytes come, and no content."""
    with Upstream() as slow, Upstream() as other, Gateway(settings(slow, other, pool={"first_s": 0.4})) as gateway:
        return under_load(gateway, lambda: control(slow, fault="drip", drip_s=1.0), stream=True)


def storm_of_500_from_one() -> Outcome:
    """One of two answers 500 to everything, and is well again later."""
    with Upstream() as bad, Upstream() as other, Gateway(settings(bad, other)) as gateway:
        before = under_load(gateway, lambda: control(bad, fault="status", status=500), after=300)
        faults = bad.stats()["faults"]
        control(bad, fault="none")
        seen = bad.stats()["requests"]
        with Load(gateway.port, CLIENTS) as load:
            until(lambda: bad.stats()["requests"] >= seen + 20, "the replica is asked again")
        return Outcome(before.came + load.came, before.healed_s, before.slowest_s, {"asked_in_vain": faults})


def storm_of_429_from_all() -> Outcome:
    """Both answer 429 with Retry-After, and are well again after a while."""
    with Upstream() as one, Upstream() as two, Gateway(settings(one, two)) as gateway:

        def storm() -> None:
            for upstream in (one, two):
                control(upstream, fault="status", status=429, retry_after="1", error_code="rate_limit_exceeded")

        during = under_load(gateway, storm, after=200)
        faults = one.stats()["faults"] + two.stats()["faults"]
        for upstream in (one, two):
            control(upstream, fault="none")
        at = time.monotonic()
        until(lambda: ask(gateway.port) == "whole", "it is served again")
        return Outcome(during.came, time.monotonic() - at, facts={"asked_in_vain": faults})


def name_that_is_not_found() -> Outcome:
    """One of two model servers has a name that the resolver does not know."""
    with Upstream() as other:
        bound = settings(other)
        bound["r1"]["urls"].append("http://no-such-host.invalid:8000")
        with Gateway(bound) as gateway:
            return under_load(gateway, lambda: None)


def every_replica_gone_and_another_model_stands_in() -> Outcome:
    """All servers of a model are killed; the model that its settings name answers in its place, and it is said."""
    with Upstream(first_s=0.02) as doomed, Upstream(text="the small one") as small:
        bound = {"r1": r1(doomed, fallback=["small"]), "models": {"small": r1(small)}, "traffic": {"pool": POOL}}
        with Gateway(bound) as gateway:
            found = under_load(gateway, doomed.kill)
            said = read(post(gateway.port, {}))[1]
            return Outcome(
                found.came, found.healed_s, found.slowest_s, {"is_said": b"x-cothink-fallback: r1 ->" in said}
            )


def sigterm_under_load() -> Outcome:
    """SIGTERM to a gateway of two workers while clients ask and read streams."""
    with Upstream(**PACED) as upstream, Gateway(settings(upstream), workers=2) as gateway:
        with Load(gateway.port, CLIENTS, stream=True) as load:
            load.wait(CLIENTS)
            at = time.monotonic()
            gateway.process.send_signal(signal.SIGTERM)
            gateway.process.wait(60)
            ended_s = time.monotonic() - at
        return outcome(load, at, ended_s=ended_s, code=gateway.process.returncode)


def sigterm_in_a_burst_of_connections() -> Outcome:
    """SIGTERM while as many clients as can connect: no connection that was made may be closed without an answer."""
    with Upstream() as upstream, Gateway(settings(upstream), workers=2) as gateway:
        with Load(gateway.port, 24) as load:
            load.wait(100)
            at = time.monotonic()
            gateway.process.send_signal(signal.SIGTERM)
            gateway.process.wait(60)
        return outcome(load, at, code=gateway.process.returncode)


def sigkill_of_a_worker() -> Outcome:
    """SIGKILL to one of two workers while clients read streams; nobody can save what it was answering."""
    with Upstream(**PACED) as upstream, Gateway(settings(upstream), workers=2) as gateway:
        replaced: list[float] = []

        def kill() -> None:
            at = time.monotonic()
            os.kill(gateway.children()[0], signal.SIGKILL)
            until(lambda: gateway.count("cothink_state_changes_total"), "the successor says that it serves")
            replaced.append(time.monotonic() - at)

        found = under_load(gateway, kill, stream=True)
        counted = gateway.count("cothink_runs_total")
        facts = {"counted": counted, "workers": len(gateway.children()), "replaced_s": replaced[0]}
        return Outcome(found.came, found.healed_s, found.slowest_s, facts)


def sighup_under_load() -> Outcome:
    """SIGHUP, five times, while clients read streams through two workers."""
    with Upstream(**PACED) as upstream, Gateway(settings(upstream), workers=2) as gateway:

        def reload() -> None:
            for times in range(1, 6):
                gateway.process.send_signal(signal.SIGHUP)
                until(lambda: gateway.log().count("taken anew") == 2 * times, "both took them")  # noqa: B023 - at once

        return under_load(gateway, reload, after=CLIENTS, stream=True)


def clients_that_leave() -> Outcome:
    """Two hundred clients leave in mid-stream; their calls end at the model's server, and others are served."""
    with Upstream(text="word " * 2_000, gap_s=0.01) as upstream, Gateway(settings(upstream)) as gateway:

        def leave() -> None:
            for _ in range(10):
                sock = post(gateway.port, {"stream": True})
                sock.recv(10)
                sock.close()

        at = time.monotonic()
        threads = [threading.Thread(target=leave) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        until(lambda: upstream.stats()["open"] == 0, "no call is left open")
        healed_s = time.monotonic() - at
        control(upstream, text="hi", gap_s=0.0)
        came = Counter(ask(gateway.port) for _ in range(20))
        return Outcome(came, healed_s=healed_s, facts={"left": 200, "aborted": upstream.stats()["aborted"]})


def control(upstream: Upstream, **script: Any) -> None:
    """Change what a fake server does."""
    request = urllib.request.Request(upstream.url + "/control", data=json.dumps(script).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200


ALL: tuple[Callable[[], Outcome], ...] = (
    replica_killed_in_mid_stream,
    replica_killed_between_answers_in_one_piece,
    replica_that_never_answers,
    replica_that_never_answers_in_one_piece,
    replica_at_one_byte_a_second,
    storm_of_500_from_one,
    storm_of_429_from_all,
    name_that_is_not_found,
    every_replica_gone_and_another_model_stands_in,
    sigterm_under_load,
    sigterm_in_a_burst_of_connections,
    sigkill_of_a_worker,
    sighup_under_load,
    clients_that_leave,
)
