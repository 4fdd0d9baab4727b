"""Builds the virtual models over bound ones: the pair's teams, the site's, and the one that scores applications."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from cothink.core.engine import Engine, Model, TokenCounter
from cothink.core.request import Request
from cothink.risk.cases import CaseWriter
from cothink.risk.scored import open_scoring
from cothink.routing.capability import joined
from cothink.routing.policy import Policy
from cothink.routing.scorers import scorer_of
from cothink.settings import Settings
from cothink.store.cases import open_cases
from cothink.strategies import registry
from cothink.strategies.auto import Auto
from cothink.strategies.cascade import Cascade
from cothink.strategies.checks import Checks
from cothink.strategies.code import SandboxedCode
from cothink.strategies.coding.team import Coding
from cothink.strategies.direct import Direct
from cothink.strategies.fusion import Fusion
from cothink.strategies.handoff import Handoff
from cothink.strategies.learned import learned_check
from cothink.strategies.local import Local
from cothink.strategies.longdoc.team import LongDoc
from cothink.strategies.review import Review
from cothink.strategies.risk import NAME as RISK
from cothink.strategies.risk import RiskTeam
from cothink.strategies.route.belief import RouterPriors, by_learned
from cothink.strategies.route.team import CascadeRouting
from cothink.verify.sandbox.sandbox import Sandbox

LOCAL = "cothink-local"


@dataclass(frozen=True, slots=True)
class Teams:
    """Makes virtual models.

    Args:
        settings: How they work.
        sandbox: Where model-written code runs.
        count: Estimates the tokens of a prompt.
        counter: Counts the tokens of a text.
    """

    settings: Settings
    sandbox: Sandbox
    count: Callable[[Request], int]
    counter: TokenCounter

    def pair(self, r1: Model, pro: Model) -> list[Model]:
        """The teams of R1 and the pro."""
        config, count = self.settings.strategies, self.count
        learned = learned_check(config)
        checks = Checks(config, code=SandboxedCode(self.sandbox), learned=learned)
        cascade = Cascade(r1, pro, checks=checks, count=count, config=config)
        review = Review(r1, pro, checks=checks, count=count, config=config)
        scorer = scorer_of(self.settings.routing)
        policy = Policy(r1, pro, count=count, config=self.settings.routing, scorer=scorer)
        auto = Auto(
            policy,
            {
                "r1": Direct(r1, name="r1", count=count),
                "pro": Direct(pro, name="pro", count=count),
                "cascade": cascade,
                "review": review,
            },
        )
        route = CascadeRouting(
            r1,
            pro,
            priors=RouterPriors(scorer),
            checks=checks,
            count=count,
            config=config,
            answers=None if learned is None else by_learned(learned),
        )
        engines: dict[str, Engine] = {
            "cothink-auto": auto,
            "cothink-cascade": cascade,
            "cothink-review": review,
            "cothink-route": route,
            "cothink-fusion": Fusion(r1, pro, checks=checks, count=count, config=config),
            "cothink-handoff": Handoff(r1, pro, checks=checks, count=count, config=config),
            "cothink-longdoc": LongDoc(r1, pro, otherwise=cascade, count=count, counter=self.counter, config=config),
            "cothink-code": Coding(r1, pro, sandbox=self.sandbox, count=count, config=config),
        }
        engines |= registry.build(registry.installed(), r1.engine, pro.engine)
        both = joined(r1, pro)
        return [Model(name=name, engine=engine, capabilities=both, price=pro.price) for name, engine in engines.items()]

    def local(self, site: Sequence[Model]) -> Model:
        """`cothink-local` over the models of the site; the pro takes part where it stands there, too."""
        first = site[0]
        other = next((model for model in site[1:] if model.name == "pro"), None)
        config = self.settings.strategies
        checks = Checks(config, code=SandboxedCode(self.sandbox))
        engine = Local(first, other, checks=checks, count=self.count, config=config)
        return Model(name=LOCAL, engine=engine, capabilities=joined(first, other or first), price=first.price)

    def risk(self, r1: Model, pro: Model, stack: AsyncExitStack) -> Model:
        """The team that scores applications.

        Raises:
            SettingError: The scorecard that the settings name cannot be opened.
        """
        config, scoring = self.settings.risk, open_scoring(self.settings.risk)
        writer = None
        if scoring is not None:
            cases = open_cases(self.settings.store)
            stack.push_async_callback(cases.aclose)
            writer = CaseWriter(cases, config, scoring.portrait)
        team = RiskTeam(r1, pro, scoring=scoring, config=config, cases=writer)
        return Model(name=RISK, engine=team, capabilities=joined(r1, pro), price=pro.price)
