"""R1 thinks; once its signs are bad the pro starts beside it. Whoever has an answer that holds first is given.

R1 wins where its answer passes its check, the pro where its answer comes first and no check refutes it; the other one
is cancelled. Nothing is worse than without it: where the pro cannot start, or fails, R1 goes on as if nothing had been.
The tasks run in a coroutine and nothing is yielded here (PEP 789).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from cothink.core.answer import Answer
from cothink.core.chunk import Chunk
from cothink.core.engine import Seen
from cothink.core.errors import CoThinkError
from cothink.core.request import Request
from cothink.routing.kind import kind_of
from cothink.strategies.checks import Checks, Drafted
from cothink.strategies.early.leg import Leg
from cothink.strategies.early.race import Race
from cothink.strategies.early.signs import Signs
from cothink.strategies.early.usual import Usual
from cothink.strategies.expert import Escalation
from cothink.strategies.members import Members

Settled = Drafted | Escalation | Answer
Work = Callable[[Seen], Awaitable[Drafted | Escalation]]
"""R1's part of a cascade: its draft, with all that checks and further answers of R1 say of it."""


class EarlyEscalation:
    """Runs R1's part of a cascade and starts the pro early where R1's signs are bad.

    Args:
        team: R1 and the pro; its settings say which signs are watched.
        checks: Judge the pro's answer.
    """

    def __init__(self, team: Members, checks: Checks) -> None:
        self._team = team
        self._checks = checks
        self._config = team.config.early
        self._usual = Usual(self._config.usual_answers)

    async def run(self, request: Request, work: Work, at_once: str | None = None) -> Settled:
        """Return R1's draft, the pro's turn (its call may have begun), or the pro's answer.

        Args:
            request: The client's request.
            work: R1's part.
            at_once: Why the pro begins together with R1, where it does: then no sign is waited for.

        Raises:
            CoThinkError: What R1's part raises.
        """
        kind = kind_of(request).name
        signs = Signs(self._config, self._usual.of(kind), request.run.deadline.clock)
        bad = asyncio.get_running_loop().create_future()
        race = Race(request, self._team.r1.name, signs, self._config.signs, bad)

        def seen(chunk: Chunk) -> None:
            signs.see(chunk)
            race.look()

        if at_once is not None:
            bad.set_result(at_once)
        race.r1 = asyncio.ensure_future(work(seen))
        try:
            settled = await self._raced(race)
        finally:
            await race.end()
        if isinstance(settled, Drafted) and settled.holds:
            self._usual.learn(kind, signs.thought_tokens)
        return settled

    async def _raced(self, race: Race) -> Settled:
        if not await _is_bad(race):
            return await race.r1
        to_pro, pro, run = self._team.pro_request(race.request), self._team.pro, race.run
        least = self._config.least_answer_tokens
        unable = self._team.pro_unable(to_pro) or self._team.unaffordable(to_pro, pro, least)
        if unable is not None:
            race.tell(f"the pro was not started early: {unable}")
            run.progress.note(f"{race.bad.result()}; but the pro cannot start beside R1: {unable}")
            return await race.r1
        run.progress.note(f"{race.bad.result()}; the pro starts beside R1")
        run.trace.note("early_start", {"to": pro.name, "sign": race.bad.result()})
        leg = Leg(pro.engine.stream(to_pro))
        race.start(leg)
        both: set[asyncio.Future[Any]] = {race.r1, leg.task}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if race.r1.done():
            return await self._r1_first(race, leg, to_pro)
        if leg.error is None:
            return await self._pro_first(race, leg)
        race.tell(f"the pro failed ({leg.error.code}), so R1 went on alone")
        return await race.r1

    async def _r1_first(self, race: Race, leg: Leg, to_pro: Request) -> Settled:
        """R1 is done: its answer stands, or the pro goes on with its head start."""
        drafted = race.r1.result()
        if isinstance(drafted, Drafted) and drafted.holds:
            await race.end()
            race.tell("R1's answer passed its check first", "r1")
            return drafted
        if leg.error is not None:
            race.tell(f"the pro failed ({leg.error.code}), so the cascade went on without it")
            return drafted
        now_s, run = race.run.deadline.elapsed_s, race.run

        def tell() -> None:
            by_pro = any(step.name == "answered" and step.detail["by"] == "pro" for step in run.steps)
            words = "R1's answer did not stand, and the pro had begun already"
            race.tell(words, "pro" if by_pro else "r1", needed_at_s=now_s)

        run.progress.note("R1's answer does not stand; the pro is at it already")
        race.leg = None  # from here on whoever reads it ends it
        if isinstance(drafted, Escalation):
            return Escalation(to_pro, begun=leg, at_end=tell)
        usable = drafted.answer if drafted.answer.text.strip() or drafted.answer.tool_calls else None
        return Escalation(to_pro, usable, drafted.judged.verdict.evidence, begun=leg, at_end=tell)

    async def _pro_first(self, race: Race, leg: Leg) -> Settled:
        """The pro is done first: it wins, unless a check refutes its answer."""
        run = race.run
        race.done_at_s = run.deadline.elapsed_s
        try:
            answer = leg.answer()
        except CoThinkError as error:
            race.tell(f"the pro failed ({error.code}), so R1 went on alone")
            return await race.r1
        judged = await self._checks.inspect(race.request, answer, step="check_pro")
        because = "the pro's answer came first"
        if judged.verdict.falls:
            run.progress.note("The pro's answer came first, and a check finds fault with it; R1 goes on")
            drafted = await _patiently(race)
            if isinstance(drafted, Drafted) and drafted.holds:
                race.tell("a check refuted the pro's answer, and R1's passed its own", "r1")
                return drafted
            run.warn(f"The check finds fault with the pro's answer too. {judged.verdict.evidence}")
            because = "neither answer passed its check, so the pro's is given"
        needed_at_s = run.deadline.elapsed_s
        await race.end()
        run.verification = judged.verification
        run.trace.note("answered", {"by": "pro", "model": self._team.pro.name})
        race.tell(because, "pro", needed_at_s=needed_at_s)
        return answer


async def _is_bad(race: Race) -> bool:
    """Wait until enough signs are bad; False where R1 was done before."""
    either: set[asyncio.Future[Any]] = {race.r1, race.bad}
    while not race.bad.done():
        await asyncio.wait(either, timeout=race.signs.due_in_s(), return_when=asyncio.FIRST_COMPLETED)
        if race.r1.done():
            return False
        race.look()
    return True


async def _patiently(race: Race) -> Drafted | Escalation | None:
    """R1's part, while it is not stalled and there is time; an answer of the pro is at hand."""
    while not race.r1.done():
        known = [wait_s for wait_s in (race.signs.due_in_s(), race.time_s) if wait_s is not None]
        await asyncio.wait({race.r1}, timeout=min(known, default=None))
        if not race.r1.done() and (race.time_s == 0 or "stalled" in race.signs.bad()):
            return None
    return None if race.r1.exception() is not None else race.r1.result()
