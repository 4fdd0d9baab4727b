"""The pro speaks to the client; where it cannot, or not in time, R1's draft is given."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

from cothink.core.answer import Answer, collect, replay
from cothink.core.engine import Engine, Model, Stream
from cothink.core.errors import CoThinkError, DeadlinePassed, LimitReached, NotReady, StoreAway, UpstreamError
from cothink.core.request import Request
from cothink.core.run import Run

T = TypeVar("T")
MARGIN_S = 0.5  # what is left of a run's time when a team stops waiting, to give out what there is
RAN_OUT = (LimitReached, DeadlinePassed)
"""Money or time is over: nothing more can be asked of anyone."""
FAILED = (UpstreamError, NotReady, StoreAway)
"""A model's servers failed, or nobody knows what money is left for it: another model may still answer."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """The pro is to speak.

    Args:
        to_pro: The call that the pro gets.
        draft: R1's answer, if it has one that can be shown where the pro fails.
        doubt: What a check found against the draft.
        begun: The answer to this call, where it has begun already.
        at_end: Called once the answer is whole, before its last chunk.
    """

    to_pro: Request
    draft: Answer | None = None
    doubt: str = ""
    begun: Engine | None = None
    at_end: Callable[[], None] | None = None


async def within(run: Run, work: Awaitable[T]) -> T:
    """Wait for a sub-call while there is time, and leave a moment to give out what there is.

    Raises:
        DeadlinePassed: The run's time is over, less that moment.
    """
    left_s = run.deadline.left_s
    if left_s is None:
        return await work
    try:
        async with asyncio.timeout(max(0.0, left_s - MARGIN_S)) as timeout:
            return await work
    except TimeoutError:
        if not timeout.expired():
            raise
        words = f"The run may take {run.deadline.times.whole_s:g} s in all, and they are nearly over."
        raise DeadlinePassed(words) from None


async def expert(case: Escalation, pro: Model) -> Stream:
    """The pro's answer; where it fails before its first word, the draft.

    A client that reads word by word has the pro's words as they come, so a failure after the first is an error. For one
    that does not, the whole is fetched first, and a failure at any place falls back on the draft.

    Raises:
        CoThinkError: There is no draft to fall back on, or a word has gone out.
    """
    draft, sub = case.draft, case.to_pro
    run = sub.run
    run.trace.note("asked", {"model": pro.name})
    is_spoken = False
    try:
        stream = (case.begun or pro.engine).stream(sub)
        if not sub.stream:
            stream = replay(await _patiently(case, collect(stream)))
        async with aclosing(stream):
            while True:
                following = anext(stream, None)
                chunk = await (following if is_spoken else _patiently(case, following))
                if chunk is None:
                    break
                is_spoken = is_spoken or bool(chunk.text or chunk.tool_calls or chunk.refusal)
                if chunk.finish is not None and not is_spoken and draft is not None:
                    break
                yield chunk
    except CoThinkError as error:  # whatever it was, the client gets the best answer so far
        if is_spoken or draft is None:
            raise
        _fall_back(run, case, f"The pro could not answer, so this is R1's draft. {error.message}", error.code)
    else:
        if is_spoken or draft is None:
            run.trace.note("answered", {"by": "pro", "model": pro.name})
            return
        _fall_back(run, case, "The pro's answer was empty, so this is R1's draft.", None)
    async with aclosing(replay(draft)) as rest:
        async for chunk in rest:
            yield chunk


async def _patiently(case: Escalation, work: Awaitable[T]) -> T:
    """Wait in time where there is a draft to fall back on; else as long as the run's own watchdog lets us."""
    return await (work if case.draft is None else within(case.to_pro.run, work))


def _fall_back(run: Run, case: Escalation, words: str, code: str | None) -> None:
    run.stopped_by = run.stopped_by or code
    run.verification = "unverified"
    run.warn(f"{words} A check said of it: {case.doubt}" if case.doubt else words)
    run.trace.note("answered", {"by": "r1", "because": words})
