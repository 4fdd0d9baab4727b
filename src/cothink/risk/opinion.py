"""The pro's opinion of an application that it sees as closed features only: a place among applicants, and reasons.

What is sent is made here from nothing but the features and fixed words; the client's own request is not among it. The
pro does not see the scorecard's probability, so that it cannot lean on it.
"""

from typing import Annotated, Any, Final, Literal, get_args

import msgspec
from msgspec import Meta

from cothink.core.answer import Answer, collect
from cothink.core.engine import Model
from cothink.core.errors import CoThinkError, LimitReached
from cothink.core.messages import JsonSchema, Message, ResponseFormat
from cothink.core.request import Request, Sampling
from cothink.privacy.vocabulary import Cleared, ClosedPolicy
from cothink.risk.brief import Brief
from cothink.risk.config import RiskConfig
from cothink.verify.strict_json import extract_json

Code = Literal[
    "ability_to_pay",
    "debt_burden",
    "payment_history",
    "credit_history",
    "credit_seeking",
    "credit_use",
    "stability",
    "liquidity",
    "purpose",
    "loan_terms",
    "collateral",
    "life_event",
    "contradiction",
    "other",
]
Direction = Literal["raises", "lowers"]
CODES: Final[tuple[str, ...]] = get_args(Code)
_MOST_REASONS: Final = 5
_TRIES: Final = 2
_WORDS: Final = (
    "You are a credit-risk analyst. The user's message is JSON with the features of one loan application: numbers and "
    "words of closed lists. Fields that begin with form_ come from the form; fields that begin with text_ say what a "
    "reader found in the applicant's own words. null is unknown. Numbers are rounded and kept within the usual range. "
    "Judge how risky this applicant is among the applicants of this lender: score 0 is the safest of them, 50 the "
    "middle, 100 the riskiest. Give up to five reasons, the weightiest first, each with a code, the feature that it "
    "rests on, and whether it raises or lowers the risk. Do not decide on the loan. Answer with JSON only: "
    '{"score": a whole number from 0 to 100, "reasons": [{"code": …, "feature": …, "direction": "raises"}]}; a '
    "direction is raises or lowers."
)


class PartReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reason as the pro gives it: closed words only."""

    code: Code
    feature: str
    direction: Direction


class Opinion(msgspec.Struct, frozen=True):
    """What the pro says.

    Attributes:
        score: The applicant's place among the lender's applicants, 0 (the safest) to 100.
        reasons: The weightiest first.
    """

    score: Annotated[int, Meta(ge=0, le=100)]
    reasons: tuple[PartReason, ...]


class Given(msgspec.Struct, frozen=True):
    """An opinion, or why there is none: `unreadable`, `failed`; and who gave it."""

    state: Literal["given", "unreadable", "failed"]
    opinion: Opinion | None = None
    model: str | None = None


class Asking:
    """Asks the pro.

    Args:
        brief: What may leave.
        base_rate: The share of defaults among the lender's applicants.
    """

    def __init__(self, brief: Brief, base_rate: float) -> None:
        self._brief = brief
        told = f"{_WORDS} The codes: {', '.join(CODES)}. The features: {', '.join(brief.features)}."
        usual = msgspec.json.encode(brief.usual).decode()
        self._instructions = f"{told} Usual values: {usual}. About {round(base_rate * 100)} in 100 default."
        self._policy = ClosedPolicy(brief.schema, frozenset({self._instructions}))
        schema = _schema(brief.features)
        self._form = ResponseFormat(type="json_schema", json_schema=JsonSchema(name="opinion", schema=schema))

    async def ask(self, pro: Model, request: Request, features: Cleared, config: RiskConfig) -> Given:
        """Return the pro's opinion of cleared features. What fails is a state.

        Args:
            pro: The hosted expert.
            request: Whose run pays for it. Nothing else of it is sent.
            features: From `Brief.clear`.
            config: How long an opinion may be.

        Raises:
            Forbidden: The features are of another schema; nothing left.
        """
        run = request.run
        for sample in range(_TRIES):
            leaving = self.outgoing(pro, request, features, config, sample)  # what may not leave is no mere failure
            try:
                answer = await collect(pro.engine.stream(leaving))
            except CoThinkError as error:
                run.stopped_by = run.stopped_by or (error.code if isinstance(error, LimitReached) else None)
                run.trace.note("opinion_failed", {"code": error.code})
                return Given("failed")
            opinion = self.understood(answer)
            if opinion is not None:
                return Given("given", opinion, answer.model)
        run.trace.note("opinion_unreadable", {"tries": _TRIES})
        return Given("unreadable")

    def outgoing(self, pro: Model, request: Request, features: Cleared, config: RiskConfig, sample: int) -> Request:
        """Return what leaves: fixed words and cleared features, held to the policy once more.

        Raises:
            Forbidden: Something else is in it.
        """
        can = pro.capabilities
        messages = (Message("system", self._instructions), Message("user", features.text))
        most = min(config.opinion_tokens, can.max_output_tokens, max(64, can.context_tokens // 2))
        return Request(
            model=pro.name,
            messages=self._policy.admit(messages),
            run=request.run,
            sampling=Sampling(max_tokens=most),
            response_format=self._form if can.json_schema else None,
            stream=False,
            sample=sample,
        )

    def understood(self, answer: Answer) -> Opinion | None:
        """Return an opinion in closed words; None where it is none. Unknown features and repeats are left out."""
        try:
            found = msgspec.json.decode(extract_json(answer.text) or "", type=Opinion)
        except msgspec.MsgspecError:
            return None
        known = dict.fromkeys(one for one in found.reasons if one.feature in self._brief.schema.fields)
        return Opinion(found.score, tuple(known)[:_MOST_REASONS])


def _schema(features: tuple[str, ...]) -> dict[str, Any]:
    reason = {
        "type": "object",
        "additionalProperties": False,
        "required": ["code", "feature", "direction"],
        "properties": {
            "code": {"type": "string", "enum": list(CODES)},
            "feature": {"type": "string", "enum": list(features)},
            "direction": {"type": "string", "enum": list(get_args(Direction))},
        },
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["score", "reasons"],
        "properties": {
            "score": {"type": "integer", "minimum": 0, "maximum": 100},
            "reasons": {"type": "array", "items": reason, "maxItems": _MOST_REASONS},
        },
    }
