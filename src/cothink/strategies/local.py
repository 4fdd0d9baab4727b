"""The vault: whatever the task, only models of the zone ``site`` are asked, so nothing leaves.

Where the cascade would ask the pro, R1 answers again and evidence decides; what would have been escalated is said.
"""

import dataclasses

import msgspec

from cothink.core.answer import Answer
from cothink.core.engine import Model
from cothink.core.errors import SettingError
from cothink.core.request import Request
from cothink.routing.capability import check
from cothink.strategies.cascade import Cascade
from cothink.strategies.checks import TABLE, Checks, Judgement
from cothink.strategies.config import StrategiesConfig
from cothink.strategies.early.config import EarlyConfig
from cothink.strategies.expert import Escalation
from cothink.strategies.fusion import Candidate, Choice, choose
from cothink.traffic.reserve import Count

LOCAL_ONLY = "Not escalated: local only."


class Local(Cascade):
    """A cascade that stays on the site.

    Args:
        model: Answers; on the site.
        other: A second model of the site, asked where the first one's answer does not stand; most sites have none.
        checks: The table of checks.
        count: Estimates a prompt's tokens.
        config: See `StrategiesConfig`; ``local_samples`` is how often the one model answers again.

    Raises:
        SettingError: A model is hosted.
    """

    name = "local"

    def __init__(
        self,
        model: Model,
        other: Model | None = None,
        *,
        checks: Checks,
        count: Count,
        config: StrategiesConfig | None = None,
    ) -> None:
        for one in (model, other):
            if one is not None and one.capabilities.zone != "site":
                raise SettingError(
                    f"cothink-local asks models of the zone site alone; {one.name} is {one.capabilities.zone}.",
                    param=f"{one.name}.zone",
                )
        config = config or StrategiesConfig()
        if other is None:
            config = dataclasses.replace(config, pro_if_r1_fails=False, early=EarlyConfig())
        super().__init__(model, other or model, checks=checks, count=count, config=config)
        self._is_alone = other is None

    async def _decide(self, request: Request) -> Answer | Escalation:
        if self._is_alone:  # nobody else could answer, so what it lacks is an error at once
            check(self._team.draft_request(request), self._team.r1, self._team.count)
        return await super()._decide(request)

    async def _unsettled(self, request: Request, draft: Answer, judged: Judgement) -> Answer | Escalation:
        if not self._is_alone:
            return self._escalate(request, draft, judged)
        run = request.run
        choice = await self._again(request, draft, judged)
        given = choice.candidate
        run.verification = choice.verification
        if choice.verification != "verified":
            run.warn(f"{LOCAL_ONLY} {judged.verdict.evidence}")
        run.decision = (
            f"{LOCAL_ONLY} R1's answer {given.number + 1} of {1 + len(self._numbers)} at most is given: {choice.why}"
        )
        run.trace.note("not_escalated", {"check": judged.verdict.check, "verdict": judged.verdict.standing})
        run.trace.note("answered", {"by": "r1", "model": self._team.r1.name, "because": choice.why})
        return given.answer

    @property
    def _numbers(self) -> range:
        """The samples after those that the checks may have taken to compare."""
        first = self._config.agree
        return range(first, first + self._config.local_samples)

    async def _again(self, request: Request, draft: Answer, judged: Judgement) -> Choice:
        """The draft, or one of R1's further answers, by evidence."""
        candidates = [Candidate("r1", 0, draft, judged)]
        if not _helps(judged):
            return Choice(candidates[0], "further answers could not be told apart", judged.verification)
        for number in self._numbers:
            request.run.progress.note(
                f"{judged.verdict.check}: {judged.verdict.evidence} {LOCAL_ONLY} R1 answers again"
            )
            warm = self._team.warmed(self._team.draft_request(request))
            sub = msgspec.structs.replace(warm, sample=number, stream=False)
            answer = await self._team.try_r1(sub, "R1 could not be asked again.")
            if answer is None:
                break
            again = await self._checks.inspect(request, answer)
            candidates.append(Candidate("r1", len(candidates), answer, again))
            if again.verification == "verified":
                break
        return choose(candidates)


def _helps(judged: Judgement) -> bool:
    """Further answers help where a check can tell a good one, or where they can be compared."""
    return judged.verdict.falls or TABLE[judged.kind.name].samples is not None
