"""R1 answers; where a check finds fault, the pro answers with what was found."""

from contextlib import aclosing
from functools import partial

from cothink.core.answer import Answer
from cothink.core.engine import Model, Seen, Stream
from cothink.core.request import Request
from cothink.strategies.checks import Checks, Drafted, Judgement
from cothink.strategies.config import StrategiesConfig
from cothink.strategies.early.escalation import EarlyEscalation
from cothink.strategies.expert import Escalation
from cothink.strategies.members import refuse
from cothink.strategies.pair import Pair
from cothink.strategies.prompts import findings, repair
from cothink.traffic.reserve import Count
from cothink.verify.maths.final_answer import final_answer


class Cascade(Pair):
    """R1 first, a check by the kind of task, and the pro with the findings where the draft does not stand."""

    name = "cascade"

    def __init__(
        self, r1: Model, pro: Model, *, checks: Checks, count: Count, config: StrategiesConfig | None = None
    ) -> None:
        super().__init__(r1, pro, checks=checks, count=count, config=config)
        self._early = EarlyEscalation(self._team, checks) if self._config.early.enabled else None

    async def stream(self, request: Request) -> Stream:
        """Answer as one model.

        Where money, time or the pro runs out, the answer is the best so far, marked ``unverified``.

        Raises:
            Unsupported: The client asked for log-probs.
            CoThinkError: Nothing was answered, or the pro failed after its first words had gone out.
        """
        refuse(request)
        request.run.strategy = self.name
        async with aclosing(self._told(await self._decide(request), request)) as answer:
            async for chunk in answer:
                yield chunk

    async def _decide(self, request: Request) -> Answer | Escalation:
        """Draft, check, and decide who speaks."""
        if self._early is None:
            settled: Drafted | Escalation | Answer = await self._drafted(request)
        else:
            settled = await self._early.run(request, partial(self._drafted, request))
        if not isinstance(settled, Drafted):
            return settled
        if settled.holds:
            return self._stands(request, settled.answer, settled.judged)
        return await self._unsettled(request, settled.answer, settled.judged)

    async def _drafted(self, request: Request, seen: Seen | None = None) -> Drafted | Escalation:
        """R1's draft, told to ``seen`` as it comes, and what the checks say of it; where it can be mended, R1 tries."""
        draft = await self._team.draft(request, seen)
        if isinstance(draft, Escalation):
            return draft
        request.run.progress.note("R1 answered; checking")

        async def ask(number: int) -> Answer | None:
            return await self._team.try_r1(self._team.sample_request(request, number), "R1 could not be asked again.")

        judged = await self._checks.judge(request, draft, ask)
        if judged.is_repairable:
            draft, judged = await self._repair(request, draft, judged)
        return Drafted(draft, judged)

    async def _unsettled(self, request: Request, draft: Answer, judged: Judgement) -> Answer | Escalation:
        """What follows where the draft does not stand."""
        return self._escalate(request, draft, judged)

    def _escalate(self, request: Request, draft: Answer, judged: Judgement) -> Answer | Escalation:
        """The call to the pro, with the findings; without them where they make it too long."""
        run = request.run
        verdict = judged.verdict
        shown = self._shown(draft, judged)
        question = self._team.question(request)
        messages = findings(question, shown, verdict, most_chars=self._config.max_draft_chars)
        usable = draft if draft.text.strip() or draft.tool_calls else None
        unable: str | None = None
        for to_pro in (self._team.pro_request(request, messages), self._team.pro_request(request)):
            unable = self._team.pro_unable(to_pro)
            if unable is None:
                run.progress.note(f"{verdict.check}: {verdict.evidence} Asking the pro")
                run.trace.note("escalated", {"to": self._team.pro.name, "check": verdict.check})
                return Escalation(to_pro, usable, verdict.evidence)
        run.warn(f"The pro was not asked: {unable}. {verdict.evidence}")
        return self._stands(request, draft, judged)

    def _shown(self, draft: Answer, judged: Judgement) -> str:
        """What the pro sees of the draft. One that is cut helps nobody; a program would be copied, faults and all."""
        show, kind = self._config.show_draft, judged.kind.name
        if show == "never" or judged.verdict.check == "completeness" or (show == "auto" and kind == "code"):
            return ""
        if show == "auto" and kind in {"arithmetic", "equation", "closed"}:
            found = final_answer(draft.text)
            return found.text if found is not None else ""
        return draft.text

    def _stands(self, request: Request, draft: Answer, judged: Judgement) -> Answer:
        run = request.run
        run.verification = judged.verification
        run.trace.note("answered", {"by": "r1", "model": self._team.r1.name})
        return draft

    async def _repair(self, request: Request, draft: Answer, judged: Judgement) -> tuple[Answer, Judgement]:
        """R1's one try to mend its draft; what cannot be had leaves all as it was."""
        run = request.run
        run.progress.note(f"{judged.verdict.check}: {judged.verdict.evidence} R1 tries once more")
        sub = self._team.again_request(request, repair(request.messages, draft.text, judged.verdict))
        mended = await self._team.try_r1(sub, "R1 could not mend its draft.")
        if mended is None:
            return draft, judged
        again = await self._checks.inspect(request, mended)
        run.trace.note("repaired", again.verdict)
        is_worse = again.verdict.falls and not mended.text.strip()
        return (draft, judged) if is_worse else (mended, again)
