"""Which kind of task a prompt is, and whether such a kind was seen: naive Bayes over the hashed words of the template.

The prompts of one kind share their template, so a few hundred weights a kind tell it. How far the best kind's words lie
over those of all prompts, against how far its own prompts do, says how well the prompt is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cothink.routing.learned.features import BUCKETS

Floats = NDArray[np.float32]
Buckets = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds that were seen.

    Args:
        names: Their names.
        weights: How much more often a bucket is in a kind than in all prompts, as a logarithm; (buckets, kinds).
        prior: The logarithm of each kind's share.
        usual: For each kind, the mean and the spread of its own prompts' fit.
        sharpness: What the sum of the weights is multiplied with before it becomes a share.
        novelty: Three numbers: how `known` grows with the fit, with the fit against the usual one, and where it begins.
    """

    names: tuple[str, ...]
    weights: Floats
    prior: Floats
    usual: Floats
    sharpness: float = 1.0
    novelty: tuple[float, float, float] = (0.0, 1.5, 4.0)

    def fits(self, buckets: Buckets) -> Floats:
        """Return the mean weight of a prompt's buckets, one figure a kind."""
        if len(buckets) == 0:
            return np.zeros(len(self.names), dtype=np.float32)
        return np.asarray(self.weights[buckets].sum(0) / len(buckets), dtype=np.float32)

    def shares(self, fits: Floats, count: int) -> Floats:
        """Return how likely each kind is, given its fit and the number of buckets."""
        logits = self.sharpness * fits * np.sqrt(max(1, count)) + 0.3 * self.prior
        logits = np.exp(logits - logits.max())
        return np.asarray(logits / logits.sum(), dtype=np.float32)

    def signs(self, fits: Floats, best: int) -> tuple[float, float]:
        """Return the fit of the best kind, and the same in spreads of that kind's own prompts."""
        fit = float(fits[best])
        mean, spread = self.usual[best]
        return fit, float(np.clip((fit - mean) / spread, -12, 3))

    def known(self, fits: Floats, best: int) -> float:
        """Return 0 (nothing like it was seen) to 1 (a prompt like many)."""
        fit, away = self.signs(fits, best)
        by_fit, by_away, begin = self.novelty
        return float(1 / (1 + np.exp(-np.clip(by_fit * fit + by_away * away + begin, -30, 30))))


def learn(buckets: Sequence[Buckets], kind: NDArray[np.int64], names: Sequence[str]) -> Kinds:
    """Count which buckets are in which kind.

    Args:
        buckets: One array a prompt.
        kind: The number of each prompt's kind.
        names: The kinds' names; every one has a prompt.
    """
    counts = np.zeros((BUCKETS, len(names)), dtype=np.float64)
    for one, number in zip(buckets, kind, strict=True):
        counts[one, number] += 1
    sizes = np.bincount(kind, minlength=len(names)).astype(np.float64)
    everywhere = counts.sum(1, keepdims=True) / sizes.sum()
    share = (counts + 2 * everywhere + 0.01) / (sizes + 2.02)
    weights = np.log(share) - np.log(everywhere + 0.005)
    weights = np.clip(weights, -4, 6).astype(np.float16).astype(np.float32)
    prior = np.log(np.maximum(sizes, 1) / sizes.sum()).astype(np.float32)
    kinds = Kinds(tuple(names), weights, prior, np.tile(np.asarray([[0.0, 1.0]], dtype=np.float32), (len(names), 1)))
    return _with_usual(kinds, buckets, kind)


def _with_usual(kinds: Kinds, buckets: Sequence[Buckets], kind: NDArray[np.int64]) -> Kinds:
    fits = np.asarray([kinds.fits(one)[number] for one, number in zip(buckets, kind, strict=True)])
    usual = np.zeros((len(kinds.names), 2), dtype=np.float32)
    for number in range(len(kinds.names)):
        own = fits[kind == number]
        usual[number] = own.mean() if len(own) else 0.0, max(0.15, float(own.std()) if len(own) else 1.0)
    return Kinds(kinds.names, kinds.weights, kinds.prior, usual, kinds.sharpness, kinds.novelty)
