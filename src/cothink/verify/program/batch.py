"""Many programs from a file of JSON lines: in parallel, resumable, and one bad row never stops the rest."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from cothink.core.errors import BadRequest, NotReady
from cothink.verify.code_entry import entry_point_of
from cothink.verify.program.check import Task
from cothink.verify.program.report import ProgramCheck, ProgramReport

Judge = Callable[[Task, str], Awaitable[ProgramReport]]
LARGEST_ROW = 8 * 1024 * 1024


class Row(msgspec.Struct):
    """One program of the file."""

    id: str | int
    prompt: str
    program: str
    entry_point: str | None = None
    tests: str | None = None


class Judged(msgspec.Struct, omit_defaults=True):
    """One line of the result; ``error`` says why a row could not be judged."""

    id: str | int | None
    verdict: str
    score: float
    checks: tuple[ProgramCheck, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How a batch went."""

    done: int
    skipped: int
    bad: int


async def judge_all(
    source: Path, target: Path, judge: Judge, *, parallel: int, tell: Callable[[Judged], None]
) -> Tally:
    """Judge every row that the target does not hold yet, and add it there.

    Args:
        source: JSON lines ``{id, prompt, program, entry_point, tests?}``.
        target: JSON lines ``{id, verdict, score, checks}``; a last line that was cut off is dropped.
        judge: Judges one program.
        parallel: How many at the same time.
        tell: Told of each row as it is done.

    Raises:
        BadRequest: The source cannot be read.
        NotReady: Programs cannot be run here at all.
    """
    if not source.is_file():  # noqa: ASYNC240 - a command of its own, nothing else waits
        raise BadRequest(f"batch is {str(source)!r}, which is no file", param="batch")
    done = _done(target)
    turns = asyncio.Semaphore(parallel)
    counts = {"done": 0, "skipped": 0, "bad": 0}
    with target.open("a", encoding="utf-8") as out:

        async def one(number: int, line: bytes) -> None:
            try:
                judged = await _row(number, line, done, judge)
            finally:
                turns.release()
            if judged is None:
                counts["skipped"] += 1
                return
            counts["bad" if judged.error else "done"] += 1
            out.write(msgspec.json.encode(judged).decode() + "\n")
            out.flush()
            tell(judged)

        try:
            async with asyncio.TaskGroup() as group:
                for number, line in _lines(source):
                    await turns.acquire()
                    group.create_task(one(number, line))
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
    return Tally(**counts)


async def _row(number: int, line: bytes, done: set[str], judge: Judge) -> Judged | None:
    """Judge one row; None where it was judged before."""
    try:
        row = msgspec.json.decode(line, type=Row)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        known = _id(line)
        return None if known is not None and _key(known) in done else _bad(known, f"line {number}: {error}")
    if _key(row.id) in done:
        return None
    try:
        entry_point = row.entry_point or entry_point_of(row.prompt, row.program, row.tests)
        report = await judge(Task(row.prompt, entry_point, row.tests), row.program)
    except NotReady:
        raise
    except Exception as error:  # noqa: BLE001 - told in the row's own line: one bad row never stops the run
        return _bad(row.id, f"{type(error).__name__}: {error}")
    return Judged(row.id, report.verdict, report.score, report.checks)


def _bad(row_id: str | int | None, words: str) -> Judged:
    return Judged(row_id, "unsure", 0.5, (), words[:500])


def _id(line: bytes) -> str | int | None:
    try:
        found: Any = json.loads(line).get("id")
    except (ValueError, AttributeError, RecursionError):
        return None
    return found if isinstance(found, str | int) else None


def _key(row_id: str | int) -> str:
    return f"{type(row_id).__name__} {row_id}"


def _lines(source: Path) -> Iterator[tuple[int, bytes]]:
    with source.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield number, line if len(line) <= LARGEST_ROW else line[:100]


def _done(target: Path) -> set[str]:
    """The rows that a run before has judged; what it was writing when it ended is cut away."""
    if not target.exists():
        return set()
    data = target.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        target.write_bytes(whole)
    found = set()
    for line in whole.splitlines():
        known = _id(line)
        if known is not None:
            found.add(_key(known))
    return found
