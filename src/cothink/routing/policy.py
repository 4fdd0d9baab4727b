"""Which strategy answers a request, and why in words: guards, then a user's rules, then difficulty against the dial."""

from collections.abc import Set

import msgspec

from cothink.core.engine import Model, Zone
from cothink.core.errors import BadRequest
from cothink.core.request import Request
from cothink.routing.capability import ZONES, able
from cothink.routing.config import RoutingConfig, Rule, StrategyName
from cothink.routing.difficulty import Difficulty, PlainScorer, Scorer
from cothink.routing.kind import TaskKind, kind_of
from cothink.traffic.reserve import Count

_CHECKED = frozenset(
    {"json_schema", "arithmetic", "equation", "quoting"}
)  # tasks with an exact check; code: with examples
_USEFUL_ANSWER_TOKENS = 200  # a pro that can afford less than this is not asked


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided.

    Args:
        strategy: Who answers: ``r1``, ``pro``, ``cascade`` or ``review``.
        models: The names of the models that may be asked.
        reason: Why, in words.
        score: The difficulty, where it was asked for.
        parts: What made it up.
    """

    strategy: StrategyName
    models: tuple[str, ...]
    reason: str
    score: float | None = None
    parts: dict[str, float] = {}


class Policy:
    """Decides for the pair of R1 and the pro.

    Args:
        r1: The model that the user hosts.
        pro: The hosted expert.
        count: Estimates a prompt's tokens.
        config: See `RoutingConfig`.
        scorer: Says how hard a request looks; the plain one where None.
        zones: Where requests may go.
    """

    def __init__(
        self,
        r1: Model,
        pro: Model,
        *,
        count: Count,
        config: RoutingConfig | None = None,
        scorer: Scorer | None = None,
        zones: Set[Zone] = ZONES,
    ) -> None:
        self._r1 = r1
        self._pro = pro
        self._count = count
        self._config = config or RoutingConfig()
        self._scorer = scorer or PlainScorer(self._config.weights)
        self._zones = zones

    def decide(self, request: Request) -> Decision:
        """Choose the strategy for a request. It asks no model and changes nothing.

        Raises:
            BadRequest: Neither model can answer it; the message gives both reasons.
        """
        guarded = self._guard(request)
        if guarded is not None:
            return guarded
        kind = kind_of(request)
        for name, rule in self._config.rules.items():
            if _fits(rule, request, kind):
                return self._decision(rule.strategy, f"the rule {name}: {kind.reason}")
        return self._by_difficulty(request, kind)

    def _guard(self, request: Request) -> Decision | None:
        no_r1 = able(request, self._r1, self._count, self._zones)
        no_pro = able(request, self._pro, self._count, self._zones) or self._too_dear(request)
        if no_r1 and no_pro:
            raise BadRequest(f"Neither model can answer this: {no_r1}; {no_pro}.", param=_param(request))
        if no_r1:
            return self._decision("pro", no_r1)
        return self._decision("r1", no_pro) if no_pro else None

    def _too_dear(self, request: Request) -> str | None:
        """In words, why the run cannot pay for the pro."""
        left = request.run.ledger.nanousd_left
        price = self._pro.price.output_usd
        if left is None or price <= 0:
            return None
        affordable = left // max(1, round(1000 * price))
        return f"the run's budget does not pay for {self._pro.name}" if affordable < _USEFUL_ANSWER_TOKENS else None

    def _by_difficulty(self, request: Request, kind: TaskKind) -> Decision:
        dial = self._config.dial if request.dial is None else request.dial
        difficulty = self._scorer.score(request)
        if dial <= 0:
            return self._decision("r1", "the dial is 0: always R1", difficulty)
        if dial >= 1:
            return self._decision("pro", "the dial is 1: always the pro", difficulty)
        line = round(1 - dial, 3)
        if difficulty.explores:
            other: StrategyName = "r1" if difficulty.score > line else "pro"
            return self._decision(other, f"tried this once to learn from its outcome: {difficulty.words}", difficulty)
        score = f"difficulty {difficulty.score:.2f}"
        where = f"{line:.2f} (dial {dial:g}): {difficulty.words}"
        is_checked = kind.name in _CHECKED or (kind.name == "code" and kind.has_examples)
        above = self._config.checked_band if is_checked else self._config.band
        if difficulty.score > line + above:
            return self._decision("pro", f"{score} is well over {where}", difficulty)
        if difficulty.score < line - self._config.band and not is_checked:
            return self._decision("r1", f"{score} is well under {where}", difficulty)
        why = "the answer can be checked" if is_checked else "it is near the line"
        side = "over" if difficulty.score > line else "not over"
        return self._decision("cascade", f"{score} is {side} {where}; {why}, so R1 goes first", difficulty)

    def _decision(self, strategy: StrategyName, reason: str, difficulty: Difficulty | None = None) -> Decision:
        both = (self._r1.name, self._pro.name)
        models = {"r1": both[:1], "pro": both[1:]}.get(strategy, both)
        if difficulty is None:
            return Decision(strategy=strategy, models=models, reason=reason)
        return Decision(strategy=strategy, models=models, reason=reason, score=difficulty.score, parts=difficulty.parts)


def _fits(rule: Rule, request: Request, kind: TaskKind) -> bool:
    return (
        (rule.kind is None or rule.kind == kind.name)
        and (rule.language is None or rule.language == kind.language)
        and (rule.contains is None or rule.contains.casefold() in request.question.casefold())
        and (rule.caller is None or rule.caller == request.run.caller.key)
        and (rule.longer_than is None or sum(len(message.text) for message in request.messages) > rule.longer_than)
    )


def _param(request: Request) -> str:
    return "tools" if request.tools else "messages"
