"""What a further answer is worth and what it costs: the next step is the one with the greatest value less its cost.

Source of the idea to decide anew after each answer whether another model pays: Dekoninck et al., A Unified Approach to
Routing and Cascading for LLMs (2024). The chances are ours: two answers fail together to a degree, agreement speaks for
both, and where an exact check tells which of two is right, the better one is given.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

import msgspec

from cothink.strategies.route.belief import Chances, held, moved, together
from cothink.strategies.route.config import RouteConfig

Step = Literal["stop", "r1", "pro", "both"]
_MOST_PRICE = 1_000.0  # money counts so much more than quality where the dial is 0
# Where an exact check exists: how often it upholds a right answer and a wrong one; the rest it leaves open or refutes.
_UPHOLDS_RIGHT, _UPHOLDS_WRONG = 0.85, 0.02


class Move(msgspec.Struct, frozen=True):
    """One decision, as the trace keeps it.

    Args:
        step: What is done: ``stop``, ``r1`` (once, or once more), ``pro``, or ``both`` at once.
        p_right: How likely the best answer so far is right; 0 before the first.
        gain: How much likelier the answer given in the end is right by this step.
        cost_usd: What the step is expected to cost, with what waiting costs.
        words: Why, with the numbers.
    """

    step: Step
    p_right: float
    gain: float
    cost_usd: float
    words: str


@dataclass(frozen=True, slots=True)
class Stakes:
    """What is at stake in one request.

    Args:
        value_usd: What a right answer is worth.
        price: How much a dollar spent counts against a dollar of worth; by the dial.
        r1_usd: What a call of R1 is expected to cost.
        pro_usd: What a call of the pro is expected to cost.
        tells: An exact check tells right answers of this kind from wrong ones.
        compares: Answers of this kind can be compared.
        config: See `RouteConfig`.
    """

    value_usd: float
    price: float
    r1_usd: float
    pro_usd: float
    tells: bool
    compares: bool
    config: RouteConfig

    def first(self, prior: Chances, may: Collection[Step]) -> Move:
        """Choose who begins.

        Args:
            prior: The chances before anything is asked.
            may: What limits and abilities allow: at least one of ``r1``, ``pro`` and ``both``.
        """
        order: tuple[Step, ...] = ("r1", "pro", "both")
        worth = {step: self._begin(step, prior, may) for step in order if step in may}
        step = max(worth, key=lambda one: round(worth[one], 9))  # of equals the first: R1, then the pro
        others = "; ".join(f"{_NAMES[one]} ${worth[one]:.4f}" for one in worth)
        chances = f"R1 solves it with {prior.r1:.0%}, the pro with {prior.pro:.0%}"
        usd = (step != "pro") * self.r1_usd + (step != "r1") * self.pro_usd
        gain = prior.r1 if step == "r1" else prior.pro if step == "pro" else self._with_pro(prior)
        words = f"{chances}; {_NAMES[step]} first, by worth less cost: {others}"
        return Move(step, 0.0, round(gain, 4), round(usd, 6), words)

    def next(self, now: Chances, may: Collection[Step], fresh: float) -> Move:
        """Decide after an answer.

        Args:
            now: How likely R1's best answer is right, and the pro's would be.
            may: What limits and abilities allow beside ``stop``.
            fresh: R1's chance with another answer, before anything was known of this one.
        """
        gains = {"pro": (self._with_pro(now) - now.r1, self._cost(self.pro_usd, self.config.pro_s))}
        gains["r1"] = self._by_sample(now, fresh, "pro" in may), self._cost(self.r1_usd, self.config.r1_s)
        net = {step: self.value_usd * gain - self.price * usd for step, (gain, usd) in gains.items() if step in may}
        step = max(net, key=lambda one: net[one], default="stop")
        chosen: Step = step if net and net[step] > 0 else "stop"  # type: ignore[assignment]  # keys are steps
        told = "; ".join(self._told(one, *gains[one]) for one in ("r1", "pro") if one in may)
        words = f"R1's answer is right with {now.r1:.0%}; {told or 'nothing more can be asked'}: {_DONE[chosen]}"
        gain, usd = gains.get(chosen, (0.0, 0.0))
        return Move(chosen, round(now.r1, 4), round(gain, 4), round(usd, 6), words)

    def _told(self, step: str, gain: float, usd: float) -> str:
        sign = ">" if self.value_usd * gain > self.price * usd else "≤"
        whom = "R1 once more" if step == "r1" else "the pro"
        return (
            f"{whom}: {100 * gain:+.1f} points × ${self.value_usd:g} = ${self.value_usd * gain:.4f} {sign} "
            f"{self.price:.2g} × ${usd:.4f}"
        )

    def _cost(self, usd: float, seconds: float) -> float:
        return usd + self.config.second_usd * seconds

    def _with_pro(self, now: Chances) -> float:
        """How likely the better of R1's answer and the pro's is right, as far as that can be told."""
        if_right, if_wrong = together(now.r1, now.pro, self.config.alike_pro)
        if self.tells:
            return 1 - (1 - now.r1) * (1 - if_wrong)
        return now.r1 * if_right + max(now.r1 * (1 - if_right), (1 - now.r1) * if_wrong)

    def _best(self, before: Chances, p: float, may_pro: bool) -> float:
        """The worth, in right answers, of the best of stopping and the pro, once R1's chance has moved to ``p``."""
        if not may_pro or not self.value_usd:
            return p
        cost = self.price * self._cost(self.pro_usd, self.config.pro_s) / self.value_usd
        return max(p, self._with_pro(moved(before, p, self.config.alike_pro)) - cost)

    def _by_sample(self, now: Chances, fresh: float, may_pro: bool) -> float:
        """What another answer of R1 brings, in right answers: the pro after it, and what that costs, included."""
        p = held(now.r1)
        if_right, if_wrong = together(p, held(fresh), self.config.alike_r1)
        if self.tells:
            found = (1 - p) * if_wrong * _UPHOLDS_RIGHT
            return found * held(1.0) + (1 - found) * self._best(now, p / (1 - found), may_pro) - p
        if not self.compares:
            return 0.0
        agree = p * if_right + (1 - p) * (1 - if_wrong) * self.config.same_fault
        if agree in (0.0, 1.0):
            return 0.0
        same = self._best(now, held(p * if_right / agree), may_pro)
        other = self._best(now, held(max(p * (1 - if_right), (1 - p) * if_wrong) / (1 - agree)), may_pro)
        return agree * same + (1 - agree) * other - p

    def _begin(self, step: Step, prior: Chances, may: Collection[Step]) -> float:
        """What beginning so is worth, less what it costs, in dollars."""
        config, value = self.config, self.value_usd
        r1_cost = self.price * self._cost(self.r1_usd, config.r1_s)
        if step == "pro":
            return value * prior.pro - self.price * self._cost(self.pro_usd, config.pro_s)
        if step == "both":
            slower_s = max(config.r1_s, config.pro_s)
            good = self._after_r1(prior, lambda p: self._with_pro(moved(prior, p, config.alike_pro)))
            return value * good - self.price * self._cost(self.r1_usd + self.pro_usd, slower_s)
        may_pro = "pro" in may
        after = self._after_r1(prior, lambda p: self._best(prior, p, may_pro))
        if not self.tells and config.most_samples > 1 and value:
            after = max(after, prior.r1 + self._by_sample(prior, prior.r1, may_pro) - r1_cost / value)
        return value * after - r1_cost

    def _after_r1(self, prior: Chances, follow: Callable[[float], float]) -> float:
        """The worth, in right answers, of an answer of R1 and of what follows it where no check upholds it."""
        if not self.tells:
            return follow(prior.r1)
        upheld = prior.r1 * _UPHOLDS_RIGHT + (1 - prior.r1) * _UPHOLDS_WRONG
        left = prior.r1 * (1 - _UPHOLDS_RIGHT) / (1 - upheld)
        return prior.r1 * _UPHOLDS_RIGHT + (1 - upheld) * follow(left)


def price_of(dial: float) -> float:
    """Return how much a dollar spent counts against a dollar of worth: as much at 0.5, nothing at 1."""
    return min(_MOST_PRICE, (1 - dial) / dial) if dial > 0 else _MOST_PRICE


_NAMES = {"r1": "R1", "pro": "the pro", "both": "both at once"}
_DONE: dict[Step, str] = {"stop": "it is given", "r1": "R1 answers again", "pro": "the pro is asked", "both": ""}
