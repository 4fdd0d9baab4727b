"""What is believed of an answer: chances before it, by the router; after it, by what checks and agreement say."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from cothink.core.answer import Answer
from cothink.core.request import Request
from cothink.routing.difficulty import Scorer
from cothink.strategies.checks import Judgement, exact_of, is_weighed
from cothink.strategies.exact import STEPS
from cothink.strategies.learned import LearnedCheck

_LEAST, _MOST = 0.02, 0.98  # nothing is certain
# How much likelier a verdict is where the answer is right than where it is wrong.
_VERIFIED, _REFUTED = 50.0, 1 / 50
_BROKEN = 1 / 50  # cut off, empty or refused
_DOUBTED = 0.4  # log-probs, which only find fault
_STEPS_HOLD = 1.5  # right steps, which may be the wrong ones


@dataclass(frozen=True, slots=True)
class Chances:
    """How likely R1's answer and the pro's are right, each 0 to 1, and why, in words."""

    r1: float
    pro: float
    why: str = ""


class Priors(Protocol):
    """Says before anything is asked how likely each model solves a request."""

    def chances(self, request: Request) -> Chances:
        """Return the chances. Fast, and without any call to a model."""
        ...


AnswerCheck = Callable[[Request, Answer, Judgement, Sequence[str]], Chances | None]
"""Says how likely R1's answer is right and the pro's would be, from the answer itself, what exact checks say of it and
R1's further answers; None where it has no say. A learned check stands here."""


def by_learned(check: LearnedCheck) -> AnswerCheck:
    """The learned check of the cascade as a word on R1's answers, where it has a say."""

    def said(request: Request, draft: Answer, judged: Judgement, others: Sequence[str]) -> Chances | None:
        if not is_weighed(judged, draft):
            return None
        found = check.weigh(request.question, draft, exact_of(judged), others)
        return Chances(found.p_right, found.p_pro, f"the learned check, which knows such tasks by {found.known:.0%}")

    return said


@dataclass(frozen=True, slots=True)
class RouterPriors:
    """Chances by a score of difficulty: the learned router's own, else by rule of thumb.

    Args:
        scorer: A score whose parts may hold both chances.
    """

    scorer: Scorer

    def chances(self, request: Request) -> Chances:
        """Return the chances."""
        found = self.scorer.score(request)
        r1, pro = found.parts.get("R1's chance"), found.parts.get("the pro's chance")
        if r1 is None or pro is None:  # a plain score: hard tasks are harder for both, and less so for the pro
            r1, pro = 0.95 - 0.7 * found.score, 0.95 - 0.4 * found.score
        return Chances(held(r1), held(pro), found.words)


def held(chance: float) -> float:
    """Return a chance that leaves room for what is not known."""
    return min(_MOST, max(_LEAST, chance))


def after_verdict(prior: float, judged: Judgement) -> float:
    """Return how likely an answer is right once exact checks have judged it."""
    verdict = judged.verdict
    if judged.verification == "verified":
        ratio = _VERIFIED
    elif judged.verification == "refuted":
        ratio = _REFUTED
    elif verdict.check == "completeness" and verdict.falls:
        ratio = _BROKEN
    elif verdict.falls:
        ratio = _DOUBTED
    else:
        ratio = _STEPS_HOLD if verdict.stands and verdict.check == STEPS else 1.0
    odds = ratio * prior / (1 - prior)
    return held(odds / (1 + odds))


def together(first: float, second: float, alike: float) -> tuple[float, float]:
    """Return the second one's chance where the first is right, and where it is wrong.

    Args:
        first: The first one's chance.
        second: The second one's.
        alike: Their correlation.
    """
    shared = alike * math.sqrt(first * (1 - first) * second * (1 - second))
    return min(1.0, second + shared / first), max(0.0, second - shared / (1 - first))


def moved(before: Chances, p: float, alike: float) -> Chances:
    """Return both chances once R1's is ``p``: where R1 fails, the pro is likelier to fail, too."""
    if_right, if_wrong = together(held(before.r1), held(before.pro), alike)
    return Chances(held(p), held(p * if_right + (1 - p) * if_wrong), before.why)
