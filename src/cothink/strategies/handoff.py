"""R1 plans, the pro writes: the pro gets R1's plan as a summary, never its raw thoughts. Experimental.

Nothing shows yet that this beats `review`; measure it on your own traffic before you route to it.
"""

from contextlib import aclosing

from cothink.core.answer import Answer
from cothink.core.engine import Stream
from cothink.core.request import Request
from cothink.strategies.expert import Escalation
from cothink.strategies.members import refuse
from cothink.strategies.pair import Pair
from cothink.strategies.prompts import follow_plan, plan


class Handoff(Pair):
    """R1 writes a short plan; the pro answers with it at hand, or without where R1 has none."""

    async def stream(self, request: Request) -> Stream:
        """Answer as one model.

        Raises:
            Unsupported: The client asked for log-probs.
            CoThinkError: The pro failed, or cannot take the request.
        """
        refuse(request)
        request.run.strategy = "handoff"
        async with aclosing(self._told(await self._planned(request), request)) as answer:
            async for chunk in answer:
                yield chunk

    async def _planned(self, request: Request) -> Escalation:
        drawn = await self._plan(request)
        if drawn is None or not drawn.text.strip():
            request.run.warn("R1 gave no plan, so the pro answers without one.")
            return self._team.pro_alone(request)
        messages = follow_plan(self._team.question(request), drawn.text, most_chars=self._config.max_draft_chars)
        sub = self._team.pro_request(request, messages)
        if self._team.pro_unable(sub) is not None:
            return self._team.pro_alone(request)
        request.run.progress.note("R1's plan is ready; the pro writes")
        return Escalation(sub)

    async def _plan(self, request: Request) -> Answer | None:
        if self._team.r1_unable(self._team.draft_request(request)) is not None:
            return None
        request.run.progress.note("R1 plans")
        sub = request.ask(plan(request.messages), max_tokens=self._config.plan_tokens)
        return await self._team.try_r1(sub, "R1 could not be asked for a plan.")
