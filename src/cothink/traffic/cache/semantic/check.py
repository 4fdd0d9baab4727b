"""The second check: whether the answer to one question may be given to another.

Facts first: a difference in numbers, names, negation, dates, code or order refuses. What is left is weighed by a
logistic regression over the signs of `signs.py`; its weights are in `weights.json`, made by
`benchmarks/train_pair_check.py`. A long text holds more that may differ in small, so it must be nearly certain.
"""

import json
import math
from collections import Counter
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from cothink.traffic.cache.semantic.chinese import HAN, Letters, judge, letters_of
from cothink.traffic.cache.semantic.facts import differs, left_over, left_over_after_synonyms
from cothink.traffic.cache.semantic.signs import NAMES, Side, signs
from cothink.traffic.cache.semantic.words import Words, words_of

if TYPE_CHECKING:
    from cothink.traffic.cache.semantic.embed import Matrix, Sentences

MOST_CHARS = 2_000  # of a question; what is longer has too much in it to be alike by chance
_STATEMENT, _QUESTION = (7, 13), (16, 26)  # words: up to the first the threshold holds, from the second `_CERTAIN`
_CERTAIN = 0.999
_COMMON = 0.6  # of the words of content both must hold, or one that may stand for it


@dataclass(frozen=True, slots=True)
class Judged:
    """What the check says of a pair.

    Args:
        similarity: How sure it is that both ask the same, 0 to 1; where it is as high as the threshold, it is a hit.
        reason: The fact that differs, or what was weighed.
    """

    similarity: float
    reason: str


@dataclass(frozen=True, slots=True)
class Weights:
    """The learned part: a weight for each sign, and the threshold that was calibrated with it."""

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    coefficient: tuple[float, ...]
    intercept: float
    threshold: float

    def probability(self, values: list[float]) -> float:
        """Return how likely a pair asks the same."""
        weighed = self.intercept
        for value, mean, scale, coefficient in zip(values, self.mean, self.scale, self.coefficient, strict=True):
            weighed += (value - mean) / scale * coefficient
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, weighed))))


def load_weights() -> Weights:
    """Return the weights that come with the package."""
    held: dict[str, Any] = json.loads((files(__package__) / "weights.json").read_text(encoding="utf-8"))
    if held["signs"] != list(NAMES):
        raise ValueError("weights.json is of other signs: run benchmarks/train_pair_check.py.")
    return Weights(
        tuple(held["mean"]), tuple(held["scale"]), tuple(held["coefficient"]), held["intercept"], held["threshold"]
    )


class PairCheck:
    """Judges pairs.

    Args:
        sentences: The sentence models.
        threshold: How sure it must be; None takes the calibrated value.
        weights: The learned part.
    """

    def __init__(self, sentences: "Sentences", threshold: float | None = None, weights: Weights | None = None) -> None:
        self._sentences = sentences
        self._weights = weights or load_weights()
        self.threshold = self._weights.threshold if threshold is None else threshold

    def judge(self, cached: str, new: str, wide: "Matrix | None" = None, cached_wide: "Matrix | None" = None) -> Judged:
        """Judge a pair. ``wide`` and ``cached_wide`` are the vectors of the two, where they are known already."""
        if cached == new:
            return Judged(1.0, "equal")
        if max(len(cached), len(new)) > MOST_CHARS:
            return Judged(0.0, "long")
        has_han = bool(HAN.search(cached)), bool(HAN.search(new))
        if has_han == (True, True):
            return self._chinese(letters_of(cached), letters_of(new), wide, cached_wide)
        if any(has_han):
            return Judged(0.0, "language")
        a, b = words_of(cached), words_of(new)
        if not (a.plain and b.plain):
            return Judged(0.0, "no words")
        fact = differs(a, b)
        if fact is not None:
            return Judged(0.0, fact)
        return self._weigh(self._sentences.side(cached, cached_wide), self._sentences.side(new, wide))

    def _chinese(self, a: Letters, b: Letters, wide: "Matrix | None", cached_wide: "Matrix | None") -> Judged:
        here = self._sentences.vector(a.text) if cached_wide is None else cached_wide
        there = self._sentences.vector(b.text) if wide is None else wide
        return Judged(*judge(a, b, float(here @ there)))

    def _weigh(self, a: Side, b: Side) -> Judged:
        if common_share(a.words, b.words) < _COMMON:
            return Judged(0.0, "words")
        sure = self._weights.probability(signs(a, b))
        share = _length(a.words, b.words)
        if share == 0 or self.threshold >= _CERTAIN:
            return Judged(sure, "weighed")
        stretch = ((1 - self.threshold) / (1 - _CERTAIN)) ** share  # so that what is needed meets the one threshold
        return Judged(max(0.0, 1 - (1 - sure) * stretch), "weighed, long")


def common_share(a: Words, b: Words) -> float:
    """Return the words of content that both texts hold as a share of all; 1 where there are none."""
    lone_a, lone_b, pairs = left_over_after_synonyms(*left_over(a.content, b.content))
    common = pairs + sum((Counter(a.content) & Counter(b.content)).values())
    total = common + len(lone_a) + len(lone_b)
    return common / total if total else 1.0


def _length(a: Words, b: Words) -> float:
    """How long a pair is, from 0 (short) to 1: a long text holds more that may differ in small."""
    asks = all(words.asks or words.text.rstrip().endswith("?") for words in (a, b))
    short, long = _QUESTION if asks else _STATEMENT
    return min(1.0, max(0.0, (max(len(a.plain), len(b.plain)) - short) / (long - short)))
