"""Settings of routing: the weights of difficulty, the dial, and a user's own rules."""

from dataclasses import dataclass, field, fields
from typing import Literal

from cothink.core.errors import SettingError

StrategyName = Literal["r1", "pro", "cascade", "review"]


@dataclass(frozen=True, slots=True)
class Weights:
    """What each sign adds to the difficulty; each -1 to 1.

    Args:
        json_schema: A JSON schema was asked for; so on for the kinds below it.
        equation_more: Each equation after the first, up to four.
        number: Each number, up to ten.
        step: Each word that marks a step, up to eight.
        constraint: Each word that marks a constraint, up to eight.
        length: Each doubling of the conversation over 1,000 characters.
        maths: Signs of higher mathematics.
        hard_word: A word that hard tasks use.
        no_examples: Code is asked for without examples or tests.
        language: Neither English nor Chinese.
        turn: Each turn before the last, up to ten.
    """

    json_schema: float = 0.15
    arithmetic: float = 0.15
    equation: float = 0.25
    code: float = 0.3
    quoting: float = 0.25
    closed: float = 0.1
    open: float = 0.1
    equation_more: float = 0.15
    number: float = 0.025
    step: float = 0.04
    constraint: float = 0.04
    length: float = 0.05
    maths: float = 0.2
    hard_word: float = 0.25
    no_examples: float = 0.1
    language: float = 0.05
    turn: float = 0.02

    def __post_init__(self) -> None:
        """Refuse a weight out of range, by name."""
        for one in fields(self):
            value = getattr(self, one.name)
            if not -1 <= value <= 1:
                raise SettingError(f"{one.name} is {value}; allowed is -1 to 1", param=one.name)


@dataclass(frozen=True, slots=True)
class Rule:
    """A user's own rule: where every condition that is given holds, the strategy is used.

    Args:
        strategy: Which strategy answers.
        kind: The kind of task (``code``, ``arithmetic`` …).
        language: ``en``, ``zh`` or ``other``.
        longer_than: The conversation has more characters than this.
        contains: The question holds this text, whatever its case.
        caller: The name of the key.
    """

    strategy: StrategyName
    kind: str | None = None
    language: str | None = None
    longer_than: int | None = None
    contains: str | None = None
    caller: str | None = None

    def __post_init__(self) -> None:
        """Refuse a rule without a condition, an unknown kind or an unknown language."""
        _one_of("strategy", self.strategy, ("r1", "pro", "cascade", "review"))
        kinds = ("json_schema", "arithmetic", "equation", "code", "quoting", "closed", "open")
        _one_of("kind", self.kind, (None, *kinds))
        _one_of("language", self.language, (None, "en", "zh", "other"))
        conditions = (self.kind, self.language, self.longer_than, self.contains, self.caller)
        if all(condition is None for condition in conditions):
            raise SettingError(
                "A routing rule needs a condition: kind, language, longer_than, contains or caller.", param="kind"
            )


@dataclass(frozen=True, slots=True)
class RoutingConfig:
    """How ``cothink-auto`` chooses.

    Args:
        dial: Quality against price where the request sets none, 0 (always R1) to 1 (always the pro).
        band: How far around the line between R1 and the pro the cascade is used, 0 to 1.
        checked_band: The same above the line for tasks with an exact check: there a cascade is cheap and safe.
        router: Where the learned score comes from: ``shipped``, a folder that `cothink route train` wrote, or ``plain``
            for the plain weights alone. Where the extra `routing` is missing, ``shipped`` is the plain score too.
        corrections: A file of corrections that `cothink route learn` wrote; none where empty.
        explore: The share of requests whose other model is tried, so that its outcomes are known too; 0 to 0.2.
        rules: By name, in order; the first that fits decides.
        weights: See `Weights`.
    """

    dial: float = 0.5
    band: float = 0.15
    checked_band: float = 0.4
    router: str = "shipped"
    corrections: str = ""
    explore: float = 0.0
    rules: dict[str, Rule] = field(default_factory=dict)
    weights: Weights = field(default_factory=Weights)

    def __post_init__(self) -> None:
        """Refuse a value out of range, by name."""
        for name in ("dial", "band", "checked_band"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise SettingError(f"{name} is {value}; allowed is 0 to 1", param=name)
        if not 0 <= self.explore <= 0.2:
            raise SettingError(f"explore is {self.explore}; allowed is 0 to 0.2", param="explore")
        if not self.router:
            raise SettingError("router is empty; allowed are shipped, plain, or a folder of weights", param="router")


def _one_of(name: str, value: str | None, allowed: tuple[str | None, ...]) -> None:
    if value not in allowed:
        words = ", ".join(word for word in allowed if word is not None)
        raise SettingError(f"{name} is {value!r}; allowed is {words}", param=name)
