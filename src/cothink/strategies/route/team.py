"""Cascade routing: the router says who begins, and after each answer the expected gain says whether to go on."""

from collections.abc import Sequence
from functools import partial

import msgspec

from cothink.core.answer import Answer, collect
from cothink.core.chunk import Usage
from cothink.core.engine import Model, Seen
from cothink.core.price import usd
from cothink.core.request import Request
from cothink.core.verdict import Verdict
from cothink.routing.kind import kind_of
from cothink.strategies.cascade import Cascade
from cothink.strategies.checks import TABLE, Checks, Drafted, Judgement
from cothink.strategies.config import StrategiesConfig
from cothink.strategies.early.escalation import EarlyEscalation
from cothink.strategies.exact import recompute
from cothink.strategies.expert import MARGIN_S, Escalation, expert
from cothink.strategies.route.belief import AnswerCheck, Chances, Priors, after_verdict, held, moved, together
from cothink.strategies.route.gain import Move, Stakes, Step, price_of
from cothink.traffic.reserve import Count
from cothink.verify.agreement import Kind as AgreementKind
from cothink.verify.agreement import check_agreement
from cothink.verify.puzzles.check import check_puzzle

_LEAST_TOKENS = 200  # an answer of the pro that is shorter is of no use
_TOLD = frozenset({"json_schema", "quoting"})


class CascadeRouting(Cascade):
    """R1, the pro or both begin; then, as long as the expected gain is worth its price, somebody else answers.

    Args:
        r1: The model that the user hosts.
        pro: The hosted expert.
        priors: Say how likely each solves a request.
        checks: The table of checks; here only their exact part is used.
        count: Estimates a prompt's tokens.
        config: See `StrategiesConfig`, above all ``route``.
        answers: A learned check of R1's answers; verdicts and agreement alone decide where None.
    """

    name = "route"

    def __init__(  # keyword arguments, each one part of the team
        self,
        r1: Model,
        pro: Model,
        *,
        priors: Priors,
        checks: Checks,
        count: Count,
        config: StrategiesConfig | None = None,
        answers: AnswerCheck | None = None,
    ) -> None:
        super().__init__(r1, pro, checks=checks, count=count, config=config)
        self._priors = priors
        self._answers = answers
        self._both = EarlyEscalation(self._team, checks)

    async def _decide(self, request: Request) -> Answer | Escalation:
        prior = self._priors.chances(request)
        stakes = self._stakes(request)
        first = stakes.first(prior, self._may_begin(request))
        self._note(request, first)
        if first.step == "pro":
            return self._team.pro_alone(request)
        work = partial(self._weighed, request, prior, stakes)
        if first.step == "both":
            settled = await self._both.run(request, work, "both begin at once")
        else:
            settled = await (self._early.run(request, work) if self._early is not None else work(None))
        if not isinstance(settled, Drafted):
            return settled
        if settled.holds:
            if settled.judged.verification == "refuted":
                request.run.warn(f"R1's answer is given though a check finds fault. {settled.judged.verdict.evidence}")
            return self._stands(request, settled.answer, settled.judged)
        return await self._with_pro(request, settled.answer, settled.judged)

    async def _weighed(
        self, request: Request, prior: Chances, stakes: Stakes, seen: Seen | None
    ) -> Drafted | Escalation:
        """R1's answers, until the expected gain says that the best of them is given, or that the pro is asked."""
        draft = await self._team.draft(request, seen)
        if isinstance(draft, Escalation):
            return draft
        judged = await self._checks.inspect(request, draft)
        now = self._believed(request, prior, draft, judged, ())
        texts = [draft.text]
        while True:
            move = stakes.next(now, self._may_follow(request, len(texts)), prior.r1)
            self._note(request, move)
            if move.step != "r1":
                return Drafted(draft, judged, is_given=move.step == "stop")
            sub = self._team.warmed(self._team.draft_request(request))
            sub = msgspec.structs.replace(sub, sample=len(texts), stream=False)
            other = await self._team.try_r1(sub, "R1 could not be asked again.")
            if other is None:
                move = stakes.next(now, self._may_follow(request, self._config.route.most_samples), prior.r1)
                self._note(request, move)
                return Drafted(draft, judged, is_given=move.step == "stop")
            texts.append(other.text)
            again = await self._checks.inspect(request, other)
            draft, judged, now = self._better(request, prior, now, (draft, judged), (other, again), texts)

    def _better(
        self,
        request: Request,
        prior: Chances,
        now: Chances,
        one: tuple[Answer, Judgement],
        other: tuple[Answer, Judgement],
        texts: Sequence[str],
    ) -> tuple[Answer, Judgement, Chances]:
        """The likelier of two answers of R1, and what is believed of it now."""
        route = self._config.route
        if_right, if_wrong = together(now.r1, held(prior.r1), route.alike_r1)
        row = TABLE[one[1].kind.name]
        agreed = None if row.samples is None else _agreed(one[0].text, other[0].text, row.samples)
        if agreed is not None:
            both_wrong = (1 - now.r1) * (1 - if_wrong) * route.same_fault
            p = now.r1 * if_right / max(1e-9, now.r1 * if_right + both_wrong)
            chosen, p = one, after_verdict(held(p), other[1])
            if chosen[1].verification == "unverified":
                request.run.trace.note("check", agreed)
                chosen = one[0], Judgement(agreed, "stand_unverified", one[1].kind)
        else:
            p_other = after_verdict(held((1 - now.r1) * if_wrong), other[1])
            p_one = held(now.r1 * (1 - if_right)) if row.samples is not None else now.r1
            chosen, p = (other, p_other) if p_other > p_one else (one, p_one)
        believed = self._said(request, *chosen, [text for text in texts if text != chosen[0].text])
        return *chosen, believed or moved(now, held(p), route.alike_pro)

    def _believed(
        self, request: Request, prior: Chances, draft: Answer, judged: Judgement, others: Sequence[str]
    ) -> Chances:
        """What is believed once R1 has answered."""
        said = self._said(request, draft, judged, others)
        if said is not None:
            return said
        return moved(prior, after_verdict(held(prior.r1), judged), self._config.route.alike_pro)

    def _said(self, request: Request, draft: Answer, judged: Judgement, others: Sequence[str]) -> Chances | None:
        """The learned check's word, where there is one; a proof needs none."""
        if self._answers is None or judged.verification == "verified":
            return None
        said = self._answers(request, draft, judged, others)
        return None if said is None else Chances(held(said.r1), held(said.pro), said.why)

    async def _with_pro(self, request: Request, draft: Answer, judged: Judgement) -> Answer | Escalation:
        """The pro's answer; where a check could tell the two apart, the one that it does not refute."""
        settled = self._escalate(request, draft, judged)
        if not isinstance(settled, Escalation) or request.stream or settled.draft is None:
            return settled
        answer = await collect(expert(settled, self._team.pro))
        if answer is settled.draft or answer.text == draft.text:
            return answer
        again = await self._checks.inspect(request, answer)
        run = request.run
        if again.verification == "refuted" and judged.verification != "refuted":
            run.warn(f"A check finds fault with the pro's answer, so R1's is given. {again.verdict.evidence}")
            run.decision = f"{run.decision}; a check refutes the pro's answer, so R1's is given"
            return self._stands(request, draft, judged)
        run.verification = run.verification or again.verification
        return answer

    def _may_begin(self, request: Request) -> set[Step]:
        """Who may begin; R1, where nobody can, so that its own words say why."""
        to_pro = self._team.pro_request(request)
        no_r1 = self._team.r1_unable(self._team.draft_request(request))
        no_pro = self._team.pro_unable(to_pro) or self._team.unaffordable(to_pro, self._team.pro, _LEAST_TOKENS)
        if no_pro is not None:
            request.run.trace.note("route_limits", {"pro": no_pro})
            return {"r1"}
        return {"pro"} if no_r1 is not None else {"r1", "pro", "both"}

    def _may_follow(self, request: Request, samples: int) -> set[Step]:
        """What limits and time still allow."""
        run, may = request.run, set[Step]()
        left_s = run.deadline.left_s
        if run.ledger.calls_left == 0 or (left_s is not None and left_s <= MARGIN_S):
            run.trace.note("route_limits", {"words": "no call or no time is left"})
            return may
        if samples < self._config.route.most_samples:
            may.add("r1")
        to_pro = self._team.pro_request(request)
        no_pro = self._team.pro_unable(to_pro) or self._team.unaffordable(to_pro, self._team.pro, _LEAST_TOKENS)
        if no_pro is None:
            may.add("pro")
        else:
            run.trace.note("route_limits", {"pro": no_pro})
        return may

    def _stakes(self, request: Request) -> Stakes:
        route, kind = self._config.route, kind_of(request)
        tells = (
            kind.name in _TOLD
            or (kind.name == "code" and kind.has_examples)
            or not check_puzzle(request.question, "?").unsure
            or recompute(request.question, "Answer: 0") is not None
        )
        dial = self._config.dial if request.dial is None else request.dial
        prompt, most = self._team.count(request), request.sampling.max_tokens

        def cost(model: Model, tokens: int, least_usd: float) -> float:
            usage = Usage(prompt, tokens if most is None else min(tokens, most))
            return max(least_usd, usd(model.price.cost_nanousd(usage)))

        return Stakes(
            value_usd=route.value_usd,
            price=price_of(dial),
            r1_usd=cost(self._team.r1, route.r1_tokens, route.r1_call_usd),
            pro_usd=cost(self._team.pro, route.pro_tokens, route.pro_call_usd),
            tells=tells,
            compares=TABLE[kind.name].samples is not None,
            config=route,
        )

    def _note(self, request: Request, move: Move) -> None:
        run = request.run
        run.trace.note("route", move)
        run.progress.note(move.words)
        run.decision = move.words if run.decision is None else f"{run.decision}. Then: {move.words}"


def _agreed(one: str, other: str, kind: AgreementKind) -> Verdict | None:
    """The verdict on two answers that are the same; None where they differ or one cannot be read."""
    found = check_agreement([one, other], kind=kind)
    return None if found.unread or len(found.groups) > 1 else found.verdict
