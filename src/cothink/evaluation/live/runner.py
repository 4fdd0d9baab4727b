"""A live run: every task to every model, so many at once; what is in the file already is not asked again."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cothink.core.request import Sampling
from cothink.evaluation.grade import grade
from cothink.evaluation.live.asking import Capped, How, Told, put
from cothink.evaluation.live.memory import peak_bytes
from cothink.evaluation.live.purse import CapReached, Purse
from cothink.evaluation.live.rows import Row, RowFile, Spent, Terms
from cothink.evaluation.live.target import Target
from cothink.evaluation.sets.task import Task
from cothink.verify.sandbox.sandbox import Sandbox

MOST_ERRORS_IN_A_ROW = 25


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be asked.

    Args:
        tasks: The tasks, in order.
        targets: The models.
        samples: How often each task is put to each model.
        terms: What is the same for all rows.
        concurrency: How many answers are waited for at once.
        most_usd: The cap on cost, over all that the file holds; None is none.
    """

    tasks: Sequence[Task]
    targets: Sequence[Target]
    terms: Terms
    samples: int = 1
    concurrency: int = 4
    most_usd: float | None = None

    @property
    def jobs(self) -> list["Job"]:
        """Every answer that is wanted: task by task, so that all models stand on the same tasks if it ends early."""
        return [
            Job(task, target, sample)
            for task in self.tasks
            for sample in range(self.samples)
            for target in self.targets
        ]


@dataclass(frozen=True, slots=True)
class Job:
    """One answer that is wanted."""

    task: Task
    target: Target
    sample: int

    @property
    def key(self) -> tuple[str, str, str, int]:
        """The key of its row."""
        return (self.task.set, self.task.id, self.target.name, self.sample)


@dataclass(slots=True)
class Ended:
    """How a run ended.

    Args:
        missing: How many wanted rows the file does not hold.
        stopped: Why it ended early, in words; None where it did not.
    """

    missing: int
    stopped: str | None = None


def digest(tasks: Sequence[Task]) -> str:
    """Return a short digest of what is asked and how it is graded."""
    said = hashlib.sha256()
    for task in tasks:
        said.update(repr((task.id, task.turns, task.kind, task.truths)).encode())
    return said.hexdigest()[:16]


async def run(
    plan: Plan, file: RowFile, how: How, *, sandbox: Sandbox | None = None, tell: Callable[[Row], None]
) -> Ended:
    """Ask for every row that the file lacks.

    Args:
        plan: What is wanted.
        file: Where rows go, each as soon as it is there.
        how: Tries, pauses, times.
        sandbox: Where programs are graded.
        tell: Told of each row.

    Raises:
        Fatal: A server does not let us in, or has no such model.
        SettingError: The file has other terms, or a cap is set and a price is not known.
    """
    file.begin(plan.terms)
    jobs = [job for job in plan.jobs if job.key not in file.done]
    purse = Purse(plan.most_usd, file.kept.cost_usd)
    work = _Work(plan, file, how, sandbox, tell, iter(jobs), purse)
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(plan.concurrency, len(jobs))):
                group.create_task(work.work())
    except ExceptionGroup as several:
        raise several.exceptions[0] from None
    return Ended(sum(job.key not in file.done for job in jobs), work.stopped)


@dataclass(slots=True)
class _Work:
    plan: Plan
    file: RowFile
    how: How
    sandbox: Sandbox | None
    tell: Callable[[Row], None]
    jobs: Iterator[Job]
    purse: Purse
    stopped: str | None = None
    errors: int = 0

    async def work(self) -> None:
        """Take job after job until there is none, or the run is to end."""
        while self.stopped is None:
            job = next(self.jobs, None)
            if job is None:
                return
            try:
                await self._one(job)
            except CapReached as cap:
                self.stopped = self.stopped or cap.message
                if isinstance(cap, Capped) and cap.cost_usd:
                    self.file.spend(Spent(set=job.task.set, model=job.target.name, cost_usd=cap.cost_usd))

    async def _one(self, job: Job) -> None:
        terms = self.plan.terms
        sampling = Sampling(temperature=terms.temperature, max_tokens=terms.max_tokens, seed=terms.seed + job.sample)
        began_at = time.time()
        told = await put(job.task, job.target, sampling, job.sample, self.how, self.purse)
        row = _row(job, told, began_at)
        if told.error is None:
            await self._grade(job.task, told, row)
        self.file.add(row)
        self.errors = self.errors + 1 if row.error else 0
        if self.errors >= MOST_ERRORS_IN_A_ROW:
            self.stopped = f"{self.errors} errors in a row, the last of {row.model}: {row.error}"
        self.tell(row)

    async def _grade(self, task: Task, told: Told, row: Row) -> None:
        found = await grade(task, told.replies, self.sandbox)
        row.right, row.got, row.why, row.score = found.right, found.got, found.why, found.score
        row.facts = [(fact.asked - fact.told, kept) for fact, kept in zip(task.facts, found.recalled, strict=True)]


def _row(job: Job, told: Told, began_at: float) -> Row:
    task, error, used = job.task, told.error, told.usage
    return Row(
        set=task.set,
        id=task.id,
        model=job.target.name,
        sample=job.sample,
        kind=task.kind,
        group=task.group,
        answer="\n\n".join(told.replies[-len(task.facts) :] if task.facts else told.replies[-1:]),
        prompt_tokens=used.prompt_tokens,
        completion_tokens=used.completion_tokens,
        reasoning_tokens=used.reasoning_tokens,
        cached_tokens=used.cached_tokens,
        began_at=round(began_at, 3),
        seconds=round(told.seconds, 4),
        first_s=None if told.first_s is None else round(told.first_s, 4),
        first_text_s=None if told.first_text_s is None else round(told.first_text_s, 4),
        cost_usd=told.cost_usd if told.is_priced else None,
        calls=dict(told.calls),
        tokens=dict(told.tokens),
        tries=told.tries,
        verification=told.verification,
        finish=told.finish,
        memory_bytes=peak_bytes(job.target.files) if job.target.files else None,
        error=None if error is None else error.message[:500],
        code=None if error is None else error.code,
    )
