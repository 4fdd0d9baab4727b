"""R1 and the pro answer at the same time; evidence decides between them, and what was not followed is kept.

Source of the idea that answers of different models are worth more than more answers of one: the two fail on different
questions. A majority alone decides nothing: first what a check says, then who agrees with whom.
"""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass

import msgspec

from cothink.core.answer import Answer, collect
from cothink.core.engine import Model, Stream
from cothink.core.errors import CoThinkError
from cothink.core.request import Request
from cothink.core.run import Verification
from cothink.strategies.checks import Judgement
from cothink.strategies.expert import RAN_OUT, within
from cothink.strategies.members import refuse
from cothink.strategies.pair import Pair
from cothink.strategies.prompts import judge
from cothink.verify.agreement import check_agreement

# One more vote of R1 never outweighs the pro, two do.
WEIGHT = {"r1": 1.0, "pro": 1.5}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One answer with what exact checks say of it."""

    by: str
    answer: Answer
    judged: Judgement

    @property
    def verdict_words(self) -> str:
        """The check's evidence, for a judge and for the trace."""
        return f"{self.judged.verdict.standing}: {self.judged.verdict.evidence}"


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidate that is given, why, and those that say something else."""

    candidate: Candidate
    why: str
    verification: Verification
    dissent: tuple[Candidate, ...] = ()

    @property
    def is_open(self) -> bool:
        """Neither a check nor agreement decided, so a judge may."""
        return bool(self.dissent) and self.verification == "unverified"


class Fusion(Pair):
    """Both models answer, k times R1 and m times the pro; checks, agreement, then a judge decide."""

    async def stream(self, request: Request) -> Stream:
        """Answer as one model.

        Where money, time or a model runs out, the answer is the best of those that came.

        Raises:
            Unsupported: The client asked for log-probs.
            CoThinkError: Nobody answered.
        """
        refuse(request)
        request.run.strategy = "fusion"
        async with aclosing(self._told(await self._fused(request), request)) as answer:
            async for chunk in answer:
                yield chunk

    async def _fused(self, request: Request) -> Answer:
        candidates = await self._candidates(request)
        choice = choose(candidates)
        run = request.run
        if choice.is_open and self._config.fusion_judge:
            written = await self._judged(request, candidates)
            if written is not None:
                choice = Choice(written, "the pro judged", written.judged.verification, choice.dissent)
        run.verification = choice.verification
        run.decision = f"{choice.candidate.by} is given: {choice.why}"
        run.trace.note("answered", {"by": choice.candidate.by, "because": choice.why})
        for other in choice.dissent:
            run.trace.note("dissent", {"by": other.by, "check": other.verdict_words})
        if choice.dissent:
            run.warn(f"Not all agreed: {len(choice.dissent)} of {len(candidates)} answers say something else.")
        return choice.candidate.answer

    async def _candidates(self, request: Request) -> list[Candidate]:
        """Ask both models at the same time; those that fail are left out and noted.

        Raises:
            CoThinkError: All failed: the first one's error.
        """
        asked = [(f"r1:{n}", self._team.r1, self._r1_request(request, n)) for n in range(self._config.fusion_r1)]
        if self._team.r1_unable(request) is not None:
            asked = []
        if (unable := self._team.pro_unable(self._team.pro_request(request))) is None:
            to_pro = [self._numbered(self._team.pro_request(request), n) for n in range(self._config.fusion_pro)]
            asked += [(f"pro:{n}", self._team.pro, sub) for n, sub in enumerate(to_pro)]
        elif not asked:
            self._team.pro_alone(request)
        else:
            request.run.warn(f"The pro was not asked: {unable}.")
        request.run.progress.note(f"R1 and the pro answer, {len(asked)} times in all")
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_attempt(model, sub)) for _, model, sub in asked]
        got = [(by, task.result()) for (by, _, _), task in zip(asked, tasks, strict=True)]
        candidates = [
            Candidate(by, answer, await self._checks.inspect(request, answer))
            for by, answer in got
            if isinstance(answer, Answer)
        ]
        if not candidates:
            raise next(answer for _, answer in got if not isinstance(answer, Answer))
        for by, failed in got:
            if isinstance(failed, CoThinkError):
                if isinstance(failed, RAN_OUT):
                    request.run.stopped_by = request.run.stopped_by or failed.code
                request.run.trace.note("sub_call_failed", {"by": by, "code": failed.code})
        return candidates

    async def _judged(self, request: Request, candidates: list[Candidate]) -> Candidate | None:
        """The pro's synthesis of all answers; None where it cannot be had."""
        request.run.progress.note("The answers differ and no check decides; the pro judges")
        shown = [(candidate.answer.text, candidate.verdict_words) for candidate in candidates]
        messages = judge(self._team.question(request), shown, most_chars=self._config.max_draft_chars)
        sub = self._numbered(self._team.pro_request(request, messages), self._config.fusion_pro)
        if self._team.pro_unable(sub) is not None:
            return None
        answer = await _attempt(self._team.pro, sub)
        if not isinstance(answer, Answer) or not answer.text.strip():
            return None
        return Candidate("judge", answer, await self._checks.inspect(request, answer))

    def _r1_request(self, request: Request, number: int) -> Request:
        """R1's answer number n to the client's question, in the client's form; from the second on drawn warmer."""
        sub = self._numbered(self._team.draft_request(request), number)
        warmth = self._config.sample_temperature
        cold = sub.sampling.temperature is not None and sub.sampling.temperature < warmth
        if number and cold and self._team.r1.capabilities.sampling:
            return msgspec.structs.replace(sub, sampling=msgspec.structs.replace(sub.sampling, temperature=warmth))
        return sub

    def _numbered(self, sub: Request, number: int) -> Request:
        return msgspec.structs.replace(sub, sample=number, stream=False)


def choose(candidates: list[Candidate]) -> Choice:
    """Decide by evidence: an answer that a check upholds, else the heaviest group among those that no check refutes.

    Args:
        candidates: At least one, R1's first.
    """
    upheld = [one for one in candidates if one.judged.verification == "verified"]
    if upheld:
        first = upheld[0]
        others = tuple(one for one in candidates if one not in upheld)
        return Choice(first, f"a check upholds it ({first.judged.verdict.check})", "verified", others)
    standing = [one for one in candidates if one.judged.verification != "refuted"] or candidates
    groups = _groups(standing)
    best = max(groups, key=lambda group: (sum(WEIGHT[one.by[:-2]] for one in group), group[-1].by.startswith("pro")))
    given = best[-1]  # of an agreeing pair the pro's wording
    others = tuple(one for one in candidates if one not in best)
    if len(standing) < len(candidates) and len(groups) == 1:
        return Choice(given, "a check refutes the others", given.judged.verification, others)
    if len({one.by[:-2] for one in best}) == 2:
        return Choice(given, "R1 and the pro agree", given.judged.verification, others)
    why = "most weight agrees on it" if len(best) > 1 else "the pro's answer weighs more than one of R1's"
    return Choice(given, why, given.judged.verification, others)


def _groups(candidates: list[Candidate]) -> list[list[Candidate]]:
    """Those that give one answer stand together; what cannot be read stands alone."""
    kind = "maths" if candidates[0].judged.kind.name in {"arithmetic", "equation"} else "closed"
    agreement = check_agreement([one.answer.text for one in candidates], kind=kind)  # type: ignore[arg-type]
    groups = [[candidates[place] for place in group.members] for group in agreement.groups]
    return groups + [[candidates[place]] for place in agreement.unread]


async def _attempt(model: Model, sub: Request) -> Answer | CoThinkError:
    """The answer, or the error: one call's failure must not end the others."""
    try:
        return await within(sub.run, collect(model.engine.stream(sub)))
    except CoThinkError as error:
        return error
