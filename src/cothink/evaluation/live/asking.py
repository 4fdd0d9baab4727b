"""One task put to one model: turn by turn, tried again where that may help, under the cap on cost, all counted."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from cothink.core.answer import Answer, collect
from cothink.core.chunk import Chunk, Usage
from cothink.core.errors import CoThinkError, DeadlinePassed, SettingError, UpstreamRefused
from cothink.core.ledger import Limits
from cothink.core.messages import Message
from cothink.core.price import NANOS_PER_DOLLAR
from cothink.core.request import Request, Sampling
from cothink.core.run import Run
from cothink.evaluation.live.purse import CapReached, Purse
from cothink.evaluation.live.target import Target
from cothink.evaluation.sets.task import Task
from cothink.traffic.retry import is_retryable

FATAL = frozenset({"upstream_auth", "upstream_quota", "model_not_found", "invalid_api_key", "upstream_forbidden"})
"""No second try and no other task mends these: the run ends."""
LIMIT = "run_cost_limit"


class Fatal(CoThinkError):
    """Every further call would fail as this one did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How tasks are put.

    Args:
        tries: The most for one turn.
        wait_s: The pause before the second; it doubles. A server's Retry-After goes before it.
        wait_most_s: The longest pause.
        timeout_s: The longest time of one answer.
        sleep: Waits; tests pass one that does not.
        chance: 0 to 1, for the jitter of pauses.
        clock: Seconds that only grow.
    """

    tries: int = 5
    wait_s: float = 1.0
    wait_most_s: float = 120.0
    timeout_s: float = 900.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = lambda: 0.5
    clock: Callable[[], float] = time.perf_counter

    def pause_s(self, error: CoThinkError, tries: int) -> float:
        """How long to wait after so many tries."""
        pause = min(self.wait_most_s, self.wait_s * 2.0 ** (tries - 1)) * (0.5 + 0.5 * self.chance())
        return max(pause, min(error.retry_after_s or 0.0, self.wait_most_s))


@dataclass(slots=True)
class Told:
    """What became of a task: the replies so far, and what they took."""

    replies: list[str] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    first_s: float | None = None
    first_text_s: float | None = None
    cost_usd: float = 0.0
    is_priced: bool = True
    calls: Counter[str] = field(default_factory=Counter)
    tokens: Counter[str] = field(default_factory=Counter)
    tries: int = 0
    verification: str | None = None
    finish: str | None = None
    error: CoThinkError | None = None


async def put(task: Task, target: Target, sampling: Sampling, sample: int, how: How, purse: Purse) -> Told:
    """Put a task, every turn of it; an error ends it and is told.

    Raises:
        Capped: The cap on cost left no room.
        Fatal: No other call would fare better.
        SettingError: There is a cap, and what this model costs cannot be known.
    """
    told = Told()
    messages: list[Message] = []
    for turn in task.turns:
        messages.append(Message("user", turn))
        try:
            answer = await _turn(tuple(messages), target, sampling, sample, how, purse, told)
        except CapReached as error:
            raise Capped(error.message, told.cost_usd) from error
        if answer is None:
            break
        told.replies.append(answer.text)
        messages.append(Message("assistant", answer.text))
    return told


class Capped(CapReached):
    """The cap ended a task that had begun; its money is to be written down."""

    def __init__(self, message: str, cost_usd: float) -> None:
        super().__init__(message)
        self.cost_usd = cost_usd


async def _turn(
    messages: tuple[Message, ...],
    target: Target,
    sampling: Sampling,
    sample: int,
    how: How,
    purse: Purse,
    told: Told,
) -> Answer | None:
    """Ask until there is an answer; None, with the error in `told`, where there is none."""
    for number in range(1, how.tries + 1):
        request = Request(
            model=target.name,
            messages=messages,
            run=Run(f"eval-{target.name}-{sample}"),
            sampling=sampling,
            dial=target.dial,
            sample=sample,
        )
        told.tries += 1
        answer, error = await _try(request, target, how, purse, told)
        if answer is not None:
            return answer
        assert error is not None  # noqa: S101 - a try gives one of both
        if isinstance(error, CapReached):
            raise error
        _refuse_fatal(error, target)
        if not is_retryable(error) or number == how.tries:
            told.error = error
            return None
        await how.sleep(how.pause_s(error, number))
    return None


async def _try(
    request: Request, target: Target, how: How, purse: Purse, told: Told
) -> tuple[Answer | None, CoThinkError | None]:
    held = await purse.take(target.name, target.worst_usd(request))
    if target.is_held and purse.most_usd is not None:
        limits = Limits(cost_nanousd=int(held * NANOS_PER_DOLLAR))
        request.run.ledger.limits = limits
    began = how.clock()
    first: list[float] = []
    words: list[float] = []

    def seen(chunk: Chunk) -> None:
        if not first and chunk.has_content:
            first.append(how.clock() - began)
        if not words and chunk.text:
            words.append(how.clock() - began)

    answer: Answer | None = None
    error: CoThinkError | None = None
    cost: float | None = 0.0
    try:
        async with asyncio.timeout(how.timeout_s):
            answer = await collect(target.engine.stream(request), seen)
    except TimeoutError:
        error = DeadlinePassed(f"No whole answer came within {how.timeout_s:g} s.")
    except CoThinkError as failure:
        error = failure
    finally:
        cost = target.cost_usd(request.run)
        await purse.settle(target.name, held, cost or 0.0)
    seconds = how.clock() - began
    _count(told, request.run, answer, cost)
    if cost is None and purse.most_usd is not None:
        raise SettingError(
            f"--most-usd is set, but what {target.name} costs is not known: give --price {target.name}=IN,OUT.",
            param="price",
        )
    if LIMIT in (request.run.stopped_by, error.code if error else None):
        return None, CapReached(f"An answer of {target.name} did not fit under the cap of ${purse.most_usd:.6f}.")
    if answer is not None:
        _time(told, answer, seconds, first, words)
        told.verification = request.run.verification
    return answer, error


def _count(told: Told, run: Run, answer: Answer | None, cost: float | None) -> None:
    """Add what a try used, whether it succeeded or not."""
    if cost is None:
        told.is_priced = False
    told.cost_usd += cost or 0.0
    for entry in run.ledger.entries:
        told.calls[entry.model] += 1
        told.tokens[entry.model] += entry.usage.completion_tokens if entry.usage else 0
    told.usage += run.ledger.usage if run.ledger.entries else (answer.usage if answer and answer.usage else Usage())


def _time(told: Told, answer: Answer, seconds: float, first: list[float], words: list[float]) -> None:
    if not told.replies:  # the first turn
        told.first_s = first[0] if first else None
        told.first_text_s = words[0] if words else None
    told.seconds += seconds
    told.finish = answer.finish


def _refuse_fatal(error: CoThinkError, target: Target) -> None:
    """Raise where every other task would end in the same way."""
    if error.code in FATAL or (isinstance(error, UpstreamRefused) and "(404)" in error.message):
        raise Fatal(f"{target.name}: {error.message} The run ends; what is written stays.", code=error.code)
