"""What the check is told of an answer, as numbers: the exact verdict, further answers, tokens, log-probs.

What was not had has a sign of its own, so that nothing missing reads as something found.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cothink.core.verdict import Standing
from cothink.verify.agreement import normalise
from cothink.verify.puzzles.reading import answer_of

MISSING = -1.0
_MOST_OTHERS = 4
NAMES: tuple[str, ...] = (
    "stands", "falls", "others", "agree", "groups", "others_empty", "tokens", "sureness",
)  # fmt: skip
TOP: tuple[str, ...] = (
    "stands", "falls", "others", "agree", "agree_unchecked", "others_empty", "all_agree", "none_agrees",
)  # fmt: skip
_USUAL = 0.7  # about as many of R1's further answers agree as a rule, so that none asked is near the middle
MEASURED = ("tokens", "sureness")  # what few sources record: read only where the training rows had it


@dataclass(frozen=True, slots=True)
class Evidence:
    """One answer of R1 and what is known of it.

    Args:
        question: The whole question.
        answer: The whole answer, without its thought.
        exact: What an exact check says: ``unsure`` where there is none.
        others: R1's further answers to the same question.
        tokens: The completion's tokens, thought included; None where the server did not say.
        logprob: The mean log-prob of the answer's tokens; None where there is none.
    """

    question: str
    answer: str
    exact: Standing = "unsure"
    others: tuple[str, ...] = ()
    tokens: int | None = None
    logprob: float | None = None


def read(found: Evidence) -> list[float]:
    """Return the numbers of `NAMES`."""
    agree, groups, empty = _agreement(found.answer, found.others[:_MOST_OTHERS])
    return [
        float(found.exact == "stands"),
        float(found.exact == "falls"),
        float(len(found.others[:_MOST_OTHERS])),
        agree,
        groups,
        empty,
        MISSING if found.tokens is None else math.log1p(max(0, found.tokens)),
        MISSING if found.logprob is None else math.exp(min(0.0, found.logprob)),
    ]


def top(signs: Sequence[float]) -> list[float]:
    """Return the numbers of `TOP`, for a logistic model, from those of `NAMES`; what is missing is 0."""
    stands, falls, others, agree, _, empty = signs[:6]
    if not others:
        return [stands, falls, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    near = agree - _USUAL
    unchecked = 1 - stands - falls
    return [stands, falls, 1.0, near, near * unchecked, empty, float(agree >= 1), float(agree <= 0)]


def final(text: str) -> str:
    """Return a final answer without what may differ between two that are the same; empty where there is none."""
    return normalise(answer_of(text)) if text.strip() else ""


def agreeing(answer: str, others: Sequence[str]) -> int:
    """Return how many other answers are the same as this one."""
    mine = final(answer)
    return sum(final(other) == mine for other in others)


def _agreement(answer: str, others: Sequence[str]) -> tuple[float, float, float]:
    """The share of others that agree, how many different answers there are, and the share of others that are empty."""
    if not others:
        return MISSING, MISSING, MISSING
    mine, finals = final(answer), [final(other) for other in others]
    same = sum(one == mine for one in finals) if mine else 0
    return same / len(finals), float(len({mine, *finals})), sum(not one for one in finals) / len(finals)
