"""R1 and the pro answer at the same time; evidence decides between them, and what was not followed is kept.

Source of the idea that answers of different models are worth more than more answers of one: the two fail on different
questions. A majority alone decides nothing: first what a check says, then who agrees with whom.
"""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

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

Role = Literal["r1", "pro", "judge"]
# One more vote of R1 never outweighs the pro, two do. A judge speaks last and is not weighed.
WEIGHT: dict[Role, float] = {"r1": 1.0, "pro": 1.5}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One answer with what exact checks say of it."""

    role: Role
    number: int
    answer: Answer
    judged: Judgement

    @property
    def by(self) -> str:
        """Who gave it, by role and number: ``r1:0``; a judge's is the only one."""
        return self.role if self.role == "judge" else f"{self.role}:{self.number}"

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
        asked, run = self._asked(request), request.run
        run.progress.note(f"R1 and the pro answer, {len(asked)} times in all")
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_attempt(self._model(role), sub)) for role, sub in asked]
        candidates: list[Candidate] = []
        failed: list[CoThinkError] = []
        for (role, sub), task in zip(asked, tasks, strict=True):
            said = task.result()
            if isinstance(said, Answer):
                candidates.append(Candidate(role, sub.sample, said, await self._checks.inspect(request, said)))
                continue
            failed.append(said)
            if isinstance(said, RAN_OUT):
                run.stopped_by = run.stopped_by or said.code
            run.trace.note("sub_call_failed", {"by": f"{role}:{sub.sample}", "code": said.code})
        if not candidates:
            raise failed[0]
        return candidates

    def _asked(self, request: Request) -> list[tuple[Role, Request]]:
        """The calls to make, each with its number as its sample.

        Raises:
            BadRequest: Neither model can take the request.
        """
        asked: list[tuple[Role, Request]] = []
        to_r1 = self._team.draft_request(request)
        if self._team.r1_unable(to_r1) is None:  # answers after the first are drawn warmer, so that they can differ
            asked += [("r1", _numbered(to_r1, 0))]
            asked += [("r1", _numbered(self._team.warmed(to_r1), n)) for n in range(1, self._config.fusion_r1)]
        to_pro = self._team.pro_request(request)
        unable = self._team.pro_unable(to_pro)
        if unable is None:
            asked += [("pro", _numbered(to_pro, number)) for number in range(self._config.fusion_pro)]
        elif asked:
            request.run.warn(f"The pro was not asked: {unable}.")
        else:
            self._team.pro_alone(request)  # raises, with what the pro lacks
        return asked

    def _model(self, role: Role) -> Model:
        return self._team.r1 if role == "r1" else self._team.pro

    async def _judged(self, request: Request, candidates: list[Candidate]) -> Candidate | None:
        """The pro's synthesis of all answers; None where it cannot be had."""
        request.run.progress.note("The answers differ and no check decides; the pro judges")
        shown = [(candidate.answer.text, candidate.verdict_words) for candidate in candidates]
        messages = judge(self._team.question(request), shown, most_chars=self._config.max_draft_chars)
        sub = _numbered(self._team.pro_request(request, messages), self._config.fusion_pro)
        if self._team.pro_unable(sub) is not None:
            return None
        answer = await _attempt(self._team.pro, sub)
        if not isinstance(answer, Answer) or not answer.text.strip():
            return None
        return Candidate("judge", 0, answer, await self._checks.inspect(request, answer))


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
    best = max(groups, key=lambda group: (sum(WEIGHT[one.role] for one in group), group[-1].role == "pro"))
    given = best[-1]  # of an agreeing pair the pro's wording
    others = tuple(one for one in candidates if one not in best)
    if len(standing) < len(candidates) and len(groups) == 1:
        return Choice(given, "a check refutes the others", given.judged.verification, others)
    if len({one.role for one in best}) == 2:
        return Choice(given, "R1 and the pro agree", given.judged.verification, others)
    why = "most weight agrees on it" if len(best) > 1 else "the pro's answer weighs more than one of R1's"
    return Choice(given, why, given.judged.verification, others)


def _groups(candidates: list[Candidate]) -> list[list[Candidate]]:
    """Those that give one answer stand together; what cannot be read stands alone."""
    is_maths = candidates[0].judged.kind.name in {"arithmetic", "equation"}
    agreement = check_agreement([one.answer.text for one in candidates], kind="maths" if is_maths else "closed")
    groups = [[candidates[place] for place in group.members] for group in agreement.groups]
    return groups + [[candidates[place]] for place in agreement.unread]


def _numbered(sub: Request, number: int) -> Request:
    return msgspec.structs.replace(sub, sample=number, stream=False)


async def _attempt(model: Model, sub: Request) -> Answer | CoThinkError:
    """The answer, or the error: one call's failure must not end the others."""
    try:
        return await within(sub.run, collect(model.engine.stream(sub)))
    except CoThinkError as error:
        return error
