"""A first score of how hard a task looks, 0 to 1: plain weights over plain signs, each named in the result.

It is a rule of thumb and not learned; a learned scorer takes its place through ``Scorer``.
"""

import math
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from cothink.core.request import Request
from cothink.routing import signs
from cothink.routing.config import Weights
from cothink.routing.kind import KindName, TaskKind, excerpt, kind_of


class Difficulty(msgspec.Struct, frozen=True):
    """How hard a task looks.

    Args:
        score: 0 (easy) to 1 (hard).
        parts: What each sign added, by its name in words.
        why: In words, where a scorer says more than its parts do.
        explores: The other model is tried this once, so that its outcomes are known too.
    """

    score: float
    parts: dict[str, float]
    why: str = ""
    explores: bool = False

    @property
    def words(self) -> str:
        """Why, in words: the parts that weigh most, where the scorer says no more."""
        if self.why:
            return self.why
        largest = sorted(self.parts.items(), key=lambda part: -abs(part[1]))[:3]
        return ", ".join(name for name, weight in largest if weight) or "nothing hard about it"


class Scorer(Protocol):
    """Says how hard a request looks."""

    def score(self, request: Request) -> Difficulty:
        """Return the difficulty of a request, with its parts. Fast, and without any call to a model."""
        ...


@dataclass(frozen=True, slots=True)
class PlainScorer:
    """The sum of plain weights, held between 0 and 1."""

    weights: Weights = field(default_factory=Weights)

    def score(self, request: Request) -> Difficulty:
        """Return the difficulty of a request, with its parts."""
        text = excerpt(request.question)
        kind = kind_of(request)
        parts = {name: round(value, 3) for name, value in self._parts(request, text, kind).items() if value}
        return Difficulty(round(min(1.0, max(0.0, sum(parts.values()))), 3), parts)

    def _parts(self, request: Request, text: str, kind: TaskKind) -> dict[str, float]:
        weigh = self.weights
        numbers = len(signs.NUMBER.findall(text)) + len(signs.NUMBER_WORD.findall(text))
        steps = len(signs.STEP.findall(text))
        constraints = len(signs.CONSTRAINT.findall(text))
        equations = text.count("=") if kind.name == "equation" else 0
        signs_count = sum(len(message.text) for message in request.messages)
        return {
            _KIND_WORDS[kind.name]: getattr(weigh, kind.name),
            _counted(equations, "equation"): weigh.equation_more * min(max(equations - 1, 0), 4),
            _counted(numbers, "number"): weigh.number * min(numbers, 10),
            _counted(steps, "step"): weigh.step * min(steps, 8),
            _counted(constraints, "constraint"): weigh.constraint * min(constraints, 8),
            "a long text": weigh.length * max(0.0, math.log2(max(signs_count, 1) / 1_000)),
            "higher maths": weigh.maths if signs.MATHS.search(text) else 0.0,
            "a word that hard tasks use": weigh.hard_word if signs.HARD.search(text) else 0.0,
            "code without examples": weigh.no_examples if kind.name == "code" and not kind.has_examples else 0.0,
            "a language other than English and Chinese": weigh.language if kind.language == "other" else 0.0,
            _counted(len(request.messages), "turn"): weigh.turn * min(max(len(request.messages) - 1, 0), 10),
        }


_KIND_WORDS: dict[KindName, str] = {
    "json_schema": "JSON by a schema",
    "arithmetic": "arithmetic",
    "equation": "an equation",
    "code": "code",
    "quoting": "quotes from a text",
    "closed": "a short answer",
    "open": "an open question",
}


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
