"""Runs tasks of code through ways of answering: what each gets right, what it spends. A run that was cut goes on."""

import asyncio
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cothink.core.answer import Answer, collect, replay
from cothink.core.engine import Engine, Stream
from cothink.core.errors import CoThinkError
from cothink.core.ledger import Limits
from cothink.core.messages import Message
from cothink.core.price import usd
from cothink.core.request import Request, Sampling
from cothink.core.run import Run
from cothink.evaluation.code_grade import passes
from cothink.evaluation.code_tasks import CodeTask, Suite
from cothink.verify.code_entry import wanted_function
from cothink.verify.program.check import Task, check_program
from cothink.verify.sandbox.sandbox import Sandbox


class LiveRow(msgspec.Struct, kw_only=True):
    """One task by one way.

    Args:
        weighted: Completion tokens, each times the weight of its model: what it costs where prices are unknown.
        steps: The same by who did what, where a team tells it (``pro repair``).
    """

    way: str
    bench: str
    task: str
    right: bool
    why: str
    seconds: float
    calls: dict[str, int]
    tokens: dict[str, int]
    cost_usd: float
    weighted: float
    steps: dict[str, float] = {}
    verification: str | None = None
    error: str | None = None
    program: str = ""


@dataclass(frozen=True, slots=True)
class Twice:
    """One model, and once more where the verifier refuses the first answer: what its money buys without a team.

    Args:
        engine: The model.
        sandbox: Where the verifier runs.
        tries: The most answers.
        warm: The temperature of further answers.
    """

    engine: Engine
    sandbox: Sandbox
    tries: int = 2
    warm: float = 0.6

    async def stream(self, request: Request) -> Stream:
        """The first answer that is not refused, else the one with the highest score."""
        best: tuple[float, Answer] | None = None
        task = Task(request.question, wanted_function(request.question))
        for number in range(self.tries):
            sub = request.ask(request.messages, sample=number)
            if number:
                sub = msgspec.structs.replace(
                    sub, sampling=msgspec.structs.replace(sub.sampling, temperature=self.warm)
                )
            answer = await collect(self.engine.stream(sub))
            report = await check_program(task, answer.text, sandbox=self.sandbox)
            if best is None or report.score > best[0]:
                best = (report.score, answer)
            if report.verdict != "fail":
                break
        assert best is not None  # noqa: S101 - tries is at least one
        async with aclosing(replay(best[1])) as chunks:
            async for chunk in chunks:
                yield chunk


@dataclass(frozen=True, slots=True)
class Terms:
    """What is the same for every task and way.

    Args:
        suite: The tests that grade.
        sandbox: Where programs run.
        sampling: Of every way.
        weights: What a completion token of each model weighs.
        limits: Of one run.
        parallel: Answers at the same time.
        most_s: Seconds after which nothing further is begun.
    """

    suite: Suite
    sandbox: Sandbox
    sampling: Sampling
    weights: Mapping[str, float]
    limits: Limits = Limits(calls=12)
    parallel: int = 1
    most_s: float = math.inf


async def run_live(
    chosen: Sequence[CodeTask], ways: Mapping[str, Engine], terms: Terms, out: Path, tell: Callable[[LiveRow], None]
) -> list[LiveRow]:
    """Ask every way for every task that the file does not hold yet, several at once, the tasks in turn.

    What ended in an error is asked again, and its newer row counts.

    Args:
        chosen: The tasks.
        ways: Name -> what answers.
        terms: See `Terms`.
        out: JSON lines, one a task and way; a last line that was cut off is dropped.
        tell: Told of each row.
    """
    found = read_live(out)
    done = {(row.way, row.bench, row.task) for row in found if row.error is None}
    left = [(task, name) for task in chosen for name in ways if (name, task.bench, task.name) not in done]
    turns = asyncio.Semaphore(terms.parallel)
    ends_at = time.monotonic() + terms.most_s
    with await asyncio.to_thread(out.open, "a", encoding="utf-8") as file:

        async def one(task: CodeTask, name: str) -> None:
            async with turns:
                if time.monotonic() > ends_at:
                    return
                row = await _one(task, name, ways[name], terms)
            file.write(msgspec.json.encode(row).decode() + "\n")
            file.flush()
            found.append(row)
            tell(row)

        async with asyncio.TaskGroup() as group:
            for task, name in left:
                group.create_task(one(task, name))
    return found


def read_live(path: Path) -> list[LiveRow]:
    """The rows of a run before; what it was writing when it ended is cut away."""
    if not path.exists():
        return []
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        path.write_bytes(whole)
    return [msgspec.convert(json.loads(line), LiveRow) for line in whole.splitlines()]


async def _one(task: CodeTask, name: str, engine: Engine, terms: Terms) -> LiveRow:
    run = Run(f"{name}-{task.name}", limits=terms.limits)
    messages = (Message("user", task.question),)
    request = Request(model=name, messages=messages, run=run, sampling=terms.sampling, stream=False)
    began = time.perf_counter()
    error, text = None, ""
    try:
        text = (await collect(engine.stream(request))).text
    except CoThinkError as failure:
        error = failure.message
    seconds = time.perf_counter() - began
    right, why = await passes(task, text, terms.suite, terms.sandbox) if text else (False, error or "an empty answer")
    calls: dict[str, int] = {}
    tokens: dict[str, int] = {}
    for entry in run.ledger.entries:
        calls[entry.model] = calls.get(entry.model, 0) + 1
        used = entry.usage.completion_tokens if entry.usage else 0
        tokens[entry.model] = tokens.get(entry.model, 0) + used
    return LiveRow(
        way=name,
        bench=task.bench,
        task=task.name,
        right=right,
        why=why[:300],
        seconds=round(seconds, 3),
        calls=calls,
        tokens=tokens,
        cost_usd=usd(run.ledger.cost_nanousd),
        weighted=sum(terms.weights.get(model, 1.0) * used for model, used in tokens.items()),
        steps=_steps(run, terms.weights),
        verification=run.verification,
        error=error,
        program=text,
    )


def _steps(run: Run, weights: Mapping[str, float]) -> dict[str, float]:
    """What each kind of step came to; a step's first word is its kind."""
    found: dict[str, float] = {}
    for step in run.steps:
        if step.name == "coded":
            by, kind = step.detail["by"], step.detail["step"].split()[0]
            name = f"{by} {kind}"
            found[name] = found.get(name, 0.0) + weights.get(by, 1.0) * step.detail["tokens"]
    return found
