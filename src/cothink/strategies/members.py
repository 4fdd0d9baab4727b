"""The two members of a team, R1 and the pro, and the sub-calls that they get."""

from dataclasses import dataclass

import msgspec

from cothink.core.answer import Answer, collect
from cothink.core.engine import Model, Seen
from cothink.core.errors import CoThinkError, LimitReached, Unsupported
from cothink.core.messages import ResponseFormat
from cothink.core.request import Request
from cothink.routing.capability import able, check
from cothink.routing.kind import TaskKind, kind_of
from cothink.strategies.config import StrategiesConfig
from cothink.strategies.expert import FAILED, RAN_OUT, Escalation, within
from cothink.strategies.prompts import Messages, final_line, has_own_form, with_schema, with_words
from cothink.traffic.reserve import Count, reserve
from cothink.verify.schema import check_schema

_MATHS = frozenset({"arithmetic", "equation"})
_TOP_LOGPROBS = 2  # the first choice and its rival make the margin


@dataclass(frozen=True, slots=True)
class Members:
    """The pair, and how a team asks them.

    Args:
        r1: The model that the user hosts.
        pro: The hosted expert.
        count: Estimates a prompt's tokens.
        config: See `StrategiesConfig`.
    """

    r1: Model
    pro: Model
    count: Count
    config: StrategiesConfig

    def r1_unable(self, sub: Request) -> str | None:
        """In words why R1 cannot take this call; a draft's form leaves out what R1 lacks and nobody needs."""
        return able(sub, self.r1, self.count)

    def pro_unable(self, sub: Request) -> str | None:
        """In words why the pro cannot take this call."""
        return able(sub, self.pro, self.count)

    def unaffordable(self, sub: Request, model: Model, least_tokens: int) -> str | None:
        """In words why the run's limits do not pay for this call with an answer of so many tokens."""
        ledger = sub.run.ledger
        if ledger.calls_left == 0:
            return f"this run may make {ledger.limits.calls} calls, and has made them"
        if ledger.tokens_left is None and ledger.nanousd_left is None:
            return None
        try:
            reserve(
                sub,
                model.price,
                model=model.name,
                prompt_tokens=self.count(sub),
                most_tokens=model.capabilities.max_output_tokens,
                floor_tokens=least_tokens,
            )
        except LimitReached as error:
            return error.message.rstrip(".")
        return None

    def pro_alone(self, request: Request) -> Escalation:
        """The pro answers without a draft.

        Raises:
            BadRequest: It cannot either.
        """
        to_pro = self.pro_request(request)
        check(to_pro, self.pro, self.count)
        return Escalation(to_pro)

    async def try_r1(self, sub: Request, words: str) -> Answer | None:
        """R1's answer to one more call; None where there is none, and the trace says so."""
        try:
            return await within(sub.run, collect(self.r1.engine.stream(sub)))
        except CoThinkError as error:
            if isinstance(error, RAN_OUT):
                sub.run.stopped_by = sub.run.stopped_by or error.code
            sub.run.trace.note("sub_call_failed", {"code": error.code, "words": words})
        return None

    async def draft(self, request: Request, seen: Seen | None = None) -> Answer | Escalation:
        """R1's first answer, told to ``seen`` as it comes; where R1 cannot or its servers fail, the pro's turn."""
        run = request.run
        sub = self.draft_request(request)
        unable = self.r1_unable(sub)
        if unable is not None:
            run.decision = f"{unable}, so the pro answers alone"
            run.progress.note(run.decision)
            return self.pro_alone(request)
        try:
            draft = await collect(self.r1.engine.stream(sub), seen)
        except FAILED as error:
            if not self.config.pro_if_r1_fails:
                raise
            run.trace.note("draft_failed", {"code": error.code})
            run.warn(f"R1 could not answer, so the pro answers alone. {error.message}")
            return self.pro_alone(request)
        run.trace.note("draft", {"by": self.r1.name, "finish": draft.finish})
        return draft

    def question(self, request: Request) -> Messages:
        """The conversation that both members get. A maths answer with its result on a line of its own can be checked; a
        user's own form goes first."""
        return self._question(request, kind_of(request))

    def _question(self, request: Request, kind: TaskKind) -> Messages:
        if self.config.final_line and kind.name in _MATHS and not request.tools and not has_own_form(request):
            return with_words(request.messages, final_line(kind.language))
        return request.messages

    def draft_request(self, request: Request) -> Request:
        """R1's first answer, in the form that the client asked for."""
        kind = kind_of(request)
        sub = self._sub_call(request, self.r1, self._question(request, kind))
        wants_logprobs = kind.name == "closed" or (self.config.early.enabled and self.config.early.mean_logprob < 0)
        if wants_logprobs and self.r1.capabilities.logprobs and not request.tools:
            return msgspec.structs.replace(sub, logprobs=True, top_logprobs=_TOP_LOGPROBS)
        return sub

    def sample_request(self, request: Request, number: int) -> Request:
        """Another answer of R1 to the same question. It is compared and never shown, so its form is ours."""
        kind = kind_of(request)
        messages = request.messages
        if kind.name in _MATHS:
            messages = with_words(messages, final_line(kind.language))
        return self.warmed(request.ask(messages, sample=number))

    def warmed(self, sub: Request) -> Request:
        """The same call of R1, drawn warm enough to differ, where it would be colder and R1 can."""
        cold = sub.sampling.temperature is not None and sub.sampling.temperature < self.config.sample_temperature
        if cold and self.r1.capabilities.sampling:
            sampling = msgspec.structs.replace(sub.sampling, temperature=self.config.sample_temperature)
            return msgspec.structs.replace(sub, sampling=sampling)
        return sub

    def pro_request(self, request: Request, messages: Messages | None = None) -> Request:
        """The pro's answer to the client, in the client's form."""
        sub = self._sub_call(request, self.pro, messages or self.question(request))
        return msgspec.structs.replace(sub, stream=request.stream)

    def again_request(self, request: Request, messages: Messages) -> Request:
        """R1's second try, in the client's form."""
        return self._sub_call(request, self.r1, messages)

    def audit_request(self, request: Request, messages: Messages, form: ResponseFormat) -> Request:
        """The pro's audit, as JSON where the pro can be held to it."""
        sub = request.ask(messages, response_format=form if self.pro.capabilities.json_schema else None)
        sampling = msgspec.structs.replace(sub.sampling, max_tokens=None)  # the client's length is that of the answer
        return msgspec.structs.replace(sub, sampling=sampling)

    def _sub_call(self, request: Request, model: Model, messages: Messages) -> Request:
        form = request.response_format if request.wants_json else None
        if form is not None and not model.capabilities.json_schema:
            messages, form = with_schema(messages, form), None
        return request.ask(messages, tools=request.tools, response_format=form)


def refuse(request: Request) -> None:
    """Turn away what no team can do, before anything is spent.

    Raises:
        Unsupported: Log-probs: the answer may be one model's, another's or patched, so it has none of its own.
        BadRequest: The JSON schema is invalid.
    """
    if request.logprobs:
        raise Unsupported(
            f"{request.model} is a team of models and gives no log-probs; ask r1 or pro for them.", param="logprobs"
        )
    form = request.response_format
    if form is not None and form.json_schema is not None:
        check_schema("null", form.json_schema.schema)
