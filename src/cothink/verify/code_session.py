"""Two cells that talk: one holds the program, one holds the tests; the outcome comes from the second alone.

Why two: in one process a program can change ``assert``, read the expected value from the stack, or exit with 0. Here
it has no line on which a verdict travels, and values come to the tests as copied data.
"""

import asyncio
import json
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from cothink.verify.code_report import CheckStatus, CodeCheck
from cothink.verify.sandbox.config import Limits
from cothink.verify.sandbox.result import RunResult
from cothink.verify.sandbox.run import Order
from cothink.verify.sandbox.sandbox import Sandbox

CANDIDATE = "from cothink.verify.sandbox.inside.candidate import main\nmain({source})\n"
JUDGE = "import json\nfrom cothink.verify.sandbox.inside.judge import main\nmain(json.loads({work}))\n"
REPORT_BYTES = 4 * 1024 * 1024
GRACE_S = 2.0
PROBING = "made inputs"
STATUSES: dict[str, CheckStatus] = {"pass": "pass", "fail": "fail", "not_run": "not_run"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a session: the checks, how both cells ended, and what came of each made input that was tried."""

    checks: tuple[CodeCheck, ...]
    candidate: RunResult
    judge: RunResult
    probes: tuple[Mapping[str, Any], ...] = ()


async def hold(sandbox: Sandbox, program: str, work: Mapping[str, Any], limits: Limits) -> Outcome:
    """Run a program against examples and tests.

    Args:
        sandbox: Where both run.
        program: The program's source.
        work: What `inside.judge.main` takes.
        limits: Of the program's cell; the tests have the same, and a little more time.

    Raises:
        NotReady: The sandbox cannot run programs.
    """
    with ExitStack() as closing:
        line, other_line = socket.socketpair()
        ours, report = socket.socketpair()
        for end in (line, other_line, ours, report):
            closing.callback(end.close)
        ours.setblocking(False)
        orders = (
            Order(limits, CANDIDATE.format(source=ascii(program)).encode(), channels=(line,)),
            Order(
                replace(limits, wall_s=limits.wall_s + GRACE_S),
                JUDGE.format(work=ascii(json.dumps(work))).encode(),
                channels=(other_line, report),
            ),
        )
        try:
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(_read(ours))
                try:
                    candidate, judge = await sandbox.run_together(orders)
                finally:
                    report.close()  # ends the reading where the tests never had it
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
        events = reading.result()
        probes = tuple(event for event in events if "probe" in event)
        return Outcome(tuple(_checks(events, candidate, judge)), candidate, judge, probes)


async def _read(report: socket.socket) -> list[dict[str, Any]]:
    """Read the events to the end of the line; a last one that is cut off is left out."""
    loop = asyncio.get_running_loop()
    data = bytearray()
    while len(data) < REPORT_BYTES:
        part = await loop.sock_recv(report, 65536)
        if not part:
            break
        data += part
    return [json.loads(line) for line in bytes(data).split(b"\n")[:-1]]


def _checks(events: list[dict[str, Any]], candidate: RunResult, judge: RunResult) -> list[CodeCheck]:
    """Turn events into checks; a check that began and did not end is the one that the session ended on."""
    checks, begun, done = [], None, None
    for event in events:
        if "begin" in event:
            begun = event["begin"]
        elif "done" in event:
            done = event
        elif "probing" in event:
            begun = PROBING
        elif "probe" in event:
            begun = None
        else:
            detail = _with_cause(event["detail"], candidate)
            checks.append(CodeCheck(event["name"], STATUSES[event["status"]], detail))
            begun = None
    if done is None:
        checks.append(_cut(begun or ("tests" if checks else "load"), candidate, judge))
    elif done["reason"] and begun == PROBING:
        checks.append(CodeCheck(PROBING, "doubt", _with_cause(done["reason"], candidate)))
    elif done["reason"]:
        checks.append(CodeCheck("the rest", "not_run", _with_cause(done["reason"], candidate)))
    return checks


def _with_cause(detail: str, candidate: RunResult) -> str:
    """Where the program's process is gone, say what became of it."""
    if "ended its process" not in detail:
        return detail
    return f"{detail} ({candidate.words})"


def _cut(name: str, candidate: RunResult, judge: RunResult) -> CodeCheck:
    """The session ended before its end: the program's fault where its cell was stopped, else the tests' own."""
    # A judge that waits for the program ends when that is gone; one that runs on hangs in the tests themselves.
    # The kernel may kill it at its limit of processor time before we see it over.
    tests_hang = judge.status in ("timeout", "cpu") or (judge.status == "killed" and judge.cpu_s > candidate.cpu_s)
    if (
        candidate.status not in ("exited", "broken") and not tests_hang
    ):  # a made input may lie beyond what the task allows
        return CodeCheck(name, "doubt" if name == PROBING else "fail", candidate.words)
    error = judge.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    return CodeCheck(name, "not_run", f"the tests did not end: {judge.words} {error}".strip())
