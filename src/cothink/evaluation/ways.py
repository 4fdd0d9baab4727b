"""The ways of answering that can be replayed, by name: the product's own strategies and what stands beside them."""

from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import cache

from cothink.core.answer import Answer, collect
from cothink.core.answer import replay as replayed
from cothink.core.engine import Engine, Model, Stream
from cothink.core.errors import CoThinkError, SettingError
from cothink.core.request import Request
from cothink.evaluation.replay import Build
from cothink.routing.config import RoutingConfig
from cothink.routing.difficulty import Scorer
from cothink.routing.scorers import scorer_of
from cothink.strategies.cascade import Cascade
from cothink.strategies.checks import Checks
from cothink.strategies.config import StrategiesConfig
from cothink.strategies.direct import Direct
from cothink.strategies.fusion import Fusion
from cothink.strategies.learned import LearnedCheck, learned_check
from cothink.strategies.route.belief import RouterPriors, by_learned
from cothink.strategies.route.team import CascadeRouting
from cothink.verify.agreement import check_agreement


def count(request: Request) -> int:
    """Recorded answers have no limit of tokens, so none are counted."""
    return len(request.messages)


@dataclass(frozen=True, slots=True)
class Vote:
    """One model k times; the most frequent final answer, the first of equals. What its money buys without a team."""

    model: Model
    k: int

    async def stream(self, request: Request) -> Stream:
        """Answer with a member of the largest group.

        Raises:
            CoThinkError: No answer was to be had.
        """
        answers: list[Answer] = []
        for number in range(self.k):
            try:
                answers.append(await collect(self.model.engine.stream(request.ask(request.messages, sample=number))))
            except CoThinkError:
                if not answers:
                    raise
                break
        async with aclosing(replayed(_elected(answers))) as chunks:
            async for chunk in chunks:
                yield chunk


def _elected(answers: list[Answer]) -> Answer:
    chosen = check_agreement([answer.text for answer in answers], kind="closed").representative
    return answers[chosen or 0]


def build(name: str, config: StrategiesConfig | None = None) -> Build:
    """Return what makes the strategy of a name: ``r1``, ``pro``, ``cascade``, ``r1x3``, ``prox2`` …

    ``cascade-learned`` and ``route-learned`` have the learned check on: the one of ``config``, else the shipped one.

    Raises:
        SettingError: There is no such way; the message lists them.
    """
    learned = _learned(config) if name in {"cascade-learned", "route-learned"} else None
    role, _, times = name.partition("x")
    if role in {"r1", "pro"} and times.isdigit() and 1 <= int(times) <= 32:
        return lambda r1, pro: Vote(r1 if role == "r1" else pro, int(times))
    builds: dict[str, Build] = {
        "r1": lambda r1, pro: Direct(r1, name="r1", count=count),
        "pro": lambda r1, pro: Direct(pro, name="pro", count=count),
        "cascade": lambda r1, pro: _cascade(r1, pro, config),
        "route": lambda r1, pro: _route(r1, pro, config),
        "route-learned": lambda r1, pro: _route(r1, pro, config, learned),
        "cascade-learned": lambda r1, pro: _cascade(r1, pro, config, learned),
        "fusion": lambda r1, pro: _fusion(r1, pro, config, 1),
        "fusion3": lambda r1, pro: _fusion(r1, pro, config, 3),
    }
    if name not in builds:
        raise SettingError(
            f"There is no way of answering {name!r}; there are {', '.join(builds)}, and r1xK and proxK for a vote.",
            param="strategy",
        )
    return builds[name]


def _fusion(r1: Model, pro: Model, config: StrategiesConfig | None, times: int) -> Engine:
    """A judge writes what nobody recorded, so there is none here."""
    asked = replace(config or StrategiesConfig(), fusion_r1=times, fusion_pro=times, fusion_judge=False)
    return Fusion(r1, pro, checks=Checks(config), count=count, config=asked)


def _route(r1: Model, pro: Model, config: StrategiesConfig | None, learned: LearnedCheck | None = None) -> Engine:
    """With the router that is shipped; recorded answers have no price, so the settings' least costs stand in."""
    priors = RouterPriors(_shipped())
    answers = None if learned is None else by_learned(learned)
    return CascadeRouting(r1, pro, priors=priors, checks=Checks(config), count=count, config=config, answers=answers)


@cache
def _shipped() -> Scorer:
    return scorer_of(RoutingConfig())


def _cascade(r1: Model, pro: Model, config: StrategiesConfig | None, learned: LearnedCheck | None = None) -> Engine:
    return Cascade(r1, pro, checks=Checks(config, learned=learned), count=count, config=config)


def _learned(config: StrategiesConfig | None) -> LearnedCheck | None:
    """The check that the settings name, else the shipped one."""
    asked = config or StrategiesConfig()
    return learned_check(asked if asked.learned_check != "off" else replace(asked, learned_check="shipped"))
