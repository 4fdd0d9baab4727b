"""Cost against quality: what a router gives when a threshold on its score sweeps from never to always the pro.

Source: Ong et al., RouteLLM (arXiv 2406.18665) for APGR and CPT. Rows of one score are mixed in random order, in
expectation, so that a constant score is exactly the straight line.
"""

from dataclasses import dataclass

import numpy as np

from cothink.measures.columns import Column, Floats, floats, same_length


@dataclass(frozen=True, slots=True)
class Curve:
    """Quality by share of pro calls: two arrays of shape (n + 1,), shares rising from 0 to 1."""

    share: Floats
    quality: Floats

    @property
    def area(self) -> float:
        """The mean quality over all shares."""
        return float(np.trapezoid(self.quality, self.share))

    def at(self, share: float) -> float:
        """Return the quality at a share of pro calls, 0..1."""
        return float(np.interp(share, self.share, self.quality))

    def share_for(self, quality: float) -> float:
        """Return the smallest share of pro calls that reaches the quality; nan where none does."""
        reached = np.flatnonzero(self.quality >= quality - 1e-12)
        if not reached.size:
            return float("nan")
        first = int(reached[0])
        if first == 0:
            return 0.0
        before, after = self.quality[first - 1], self.quality[first]
        part = (quality - before) / (after - before)
        return float(self.share[first - 1] + part * (self.share[first] - self.share[first - 1]))


def curve(need: Column, cheap: Column, strong: Column) -> Curve:
    """Return the curve of sending the rows of greatest need to the strong model first.

    Args:
        need: How much a row needs the strong model; any scale, shape (n,).
        cheap: The cheap model's quality on each row, 0..1 (a mean over samples may lie between).
        strong: The strong model's.

    Raises:
        ValueError: Lengths differ, or a figure is not finite.
    """
    needs, low, high = floats("need", need), floats("cheap", cheap), floats("strong", strong)
    same_length(need=needs, cheap=low, strong=high)
    _, places, counts = np.unique(-needs, return_inverse=True, return_counts=True)
    gains = np.bincount(places, weights=high - low) / counts
    quality = low.mean() + np.concatenate([[0.0], np.cumsum(np.repeat(gains, counts))]) / len(needs)
    return Curve(np.linspace(0.0, 1.0, len(needs) + 1), quality)


def lift(need: Column, cheap: Column, strong: Column) -> float:
    """Return the area between the curve and random mixing, over the same area of the oracle: 0 random, 1 oracle.

    nan where the oracle has no area (both models are alike on every row).

    Raises:
        ValueError: As for `curve`.
    """
    low, high = floats("cheap", cheap), floats("strong", strong)
    line = (low.mean() + high.mean()) / 2
    best = curve(high - low, low, high).area - line
    return float((curve(need, low, high).area - line) / best) if best > 1e-12 else float("nan")


def apgr(need: Column, cheap: Column, strong: Column) -> float:
    """Return the average performance gap recovered: the curve's mean height between the two models' qualities.

    nan where the two are equally good, since there is no gap to recover.

    Raises:
        ValueError: As for `curve`.
    """
    low, high = floats("cheap", cheap).mean(), floats("strong", strong).mean()
    return float((curve(need, cheap, strong).area - low) / (high - low)) if abs(high - low) > 1e-12 else float("nan")


def cpt(need: Column, cheap: Column, strong: Column, recovered: float) -> float:
    """Return the smallest share of strong calls that recovers this part of the gap (0.5: CPT 50%); nan where none does.

    Raises:
        ValueError: As for `curve`.
    """
    line = curve(need, cheap, strong)
    low, high = line.quality[0], line.quality[-1]
    return line.share_for(float(low + recovered * (high - low)))


def own_choice(p_cheap: Column, p_strong: Column, cheap: Column, strong: Column) -> float:
    """Return the quality when each row goes to the strong model exactly where its chance is the greater.

    Raises:
        ValueError: Lengths differ, or a figure is not finite.
    """
    said_low, said_high = floats("p_cheap", p_cheap), floats("p_strong", p_strong)
    low, high = floats("cheap", cheap), floats("strong", strong)
    same_length(p_cheap=said_low, p_strong=said_high, cheap=low, strong=high)
    return float(np.where(said_high > said_low, high, low).mean())
