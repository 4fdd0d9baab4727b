"""R1 answers, the pro only audits: it accepts, or names patches that are applied to R1's words."""

from contextlib import aclosing

import msgspec

from cothink.core.answer import Answer, collect
from cothink.core.engine import Stream
from cothink.core.errors import CoThinkError
from cothink.core.request import Request
from cothink.core.run import Verification
from cothink.strategies import prompts
from cothink.strategies.checks import Judgement
from cothink.strategies.expert import Escalation, within
from cothink.strategies.members import refuse
from cothink.strategies.pair import Pair
from cothink.strategies.patches import Audit, BadPatch, apply, read_audit


class Review(Pair):
    """R1's answer with the pro's audit. One audit, at most one rewriting, nothing more.

    The exact part of the checks informs the audit and judges the patched text.
    """

    async def stream(self, request: Request) -> Stream:
        """Answer as one model.

        Where money, time or the pro runs out, the answer is R1's, marked ``unverified``.

        Raises:
            Unsupported: The client asked for log-probs.
            CoThinkError: Nothing was answered, or the pro failed after its first words had gone out.
        """
        refuse(request)
        request.run.strategy = "review"
        async with aclosing(self._told(await self._decide(request), request)) as answer:
            async for chunk in answer:
                yield chunk

    async def _decide(self, request: Request) -> Answer | Escalation:
        draft = await self._team.draft(request)
        if isinstance(draft, Escalation):
            return draft
        judged = await self._checks.inspect(request, draft)
        if draft.tool_calls and judged.verdict.stands:
            return self._settle(request, draft, "verified")
        if draft.tool_calls or not draft.text.strip():
            request.run.progress.note(f"{judged.verdict.evidence} The pro answers")
            return self._team.pro_alone(request)
        request.run.progress.note("R1 answered; the pro audits")
        audit = await self._audit(request, draft, judged)
        if audit is None:  # the check's own word still holds
            return self._settle(request, draft, "refuted" if judged.verification == "refuted" else "unverified")
        request.run.trace.note("audit", audit)
        return await self._follow(request, draft, judged, audit)

    async def _audit(self, request: Request, draft: Answer, judged: Judgement) -> Audit | None:
        """The pro's audit; None where there is none, and a warning says why."""
        run = request.run
        messages = prompts.audit(request.messages, draft.text, judged.verdict)
        sub = self._team.audit_request(request, messages, prompts.AUDIT_FORMAT)
        unable = self._team.pro_unable(sub)
        if unable is not None:
            run.warn(f"The answer was not audited: {unable}.")
            return None
        try:
            answer = await within(run, collect(self._team.pro.engine.stream(sub)))
        except CoThinkError as error:
            run.stopped_by = run.stopped_by or error.code
            run.warn(f"The answer was not audited. {error.message}")
            return None
        audit = read_audit(answer.text)
        if audit is None:
            run.warn("The answer was not audited: the audit could not be read.")
        return audit

    async def _follow(self, request: Request, draft: Answer, judged: Judgement, audit: Audit) -> Answer | Escalation:
        """Do what the audit says."""
        run = request.run
        if audit.verdict == "accept":
            if judged.verdict.falls:
                run.warn(f"The auditor accepted what a check finds fault with. {judged.verdict.evidence}")
                return self._settle(request, draft, judged.verification)
            return self._settle(request, draft, "verified")
        if audit.patches:
            try:
                text = apply(draft.text, audit.patches, most=self._config.max_patches)
            except BadPatch as error:
                run.trace.note("bad_patch", str(error))
            else:
                patched = msgspec.structs.replace(draft, text=text, logprobs=())
                again = await self._checks.inspect(request, patched)
                if not again.verdict.falls:
                    run.progress.note(f"The pro's {len(audit.patches)} patches were applied")
                    return self._settle(request, patched, "verified")
                run.trace.note("bad_patch", again.verdict)
        return await self._rewrite(request, draft, audit)

    async def _rewrite(self, request: Request, draft: Answer, audit: Audit) -> Answer | Escalation:
        """A whole new answer, once, where patches cannot mend the draft."""
        found = audit.findings or tuple(f"“{patch.search}” should be “{patch.replace}”" for patch in audit.patches)
        if self._config.on_bad_patch == "pro":
            to_pro = self._team.pro_request(request)
            return Escalation(to_pro, draft, "; ".join(found))
        request.run.progress.note("The pro found fault; R1 rewrites")
        messages = prompts.rewrite(request.messages, draft.text, found or ("It is not right as it stands.",))
        mended = await self._team.try_r1(self._team.again_request(request, messages), "R1 could not rewrite.")
        if mended is None or not mended.text.strip():
            request.run.warn(f"The audit found fault that was not mended: {'; '.join(found)[:500]}")
            return self._settle(request, draft, "refuted" if mended is not None else "unverified")
        again = await self._checks.inspect(request, mended)
        return self._settle(request, mended, "refuted" if again.verification == "refuted" else "unverified")

    def _settle(self, request: Request, answer: Answer, verification: Verification) -> Answer:
        request.run.verification = verification
        request.run.trace.note("answered", {"by": "r1", "model": self._team.r1.name})
        return answer
