"""The router at run time: numpy alone, from a folder of weights. One prompt takes well under a millisecond."""

from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from cothink.routing.learned import features
from cothink.routing.learned.kinds import Kinds
from cothink.routing.learned.levels import Levels, encode
from cothink.routing.learned.trees import Forest

FORMAT = 1
Floats = NDArray[np.float32]


class About(msgspec.Struct, frozen=True):
    """What the weights were made of.

    Args:
        models: The models' names; the first is the cheap one of the pair, the second the strong one.
        default: The place of the model that is the better one where nothing is known.
        kinds: The kinds of task that were seen.
        features: The names of the dense features, to refuse weights of another version.
        trained_on: Data set -> prompts.
        gain_share: How much of the difference between the two comes from the trees that learned it directly.
        format: The version of this layout.
    """

    models: tuple[str, ...]
    default: int
    kinds: tuple[str, ...]
    features: tuple[str, ...]
    trained_on: dict[str, int]
    gain_share: float = 0.5
    format: int = FORMAT


class Score(msgspec.Struct, frozen=True):
    """What the router says of one prompt.

    Args:
        p: For each model, how likely it solves the prompt.
        known: 0, nothing like it was seen, to 1.
        kind: The kind of task that it looks like most.
        share: How likely that kind is among those seen.
    """

    p: dict[str, float]
    known: float
    kind: str
    share: float


@dataclass(frozen=True, slots=True)
class Side:
    """The experts for prompts of kinds that were seen, or for the rest, and how they are stacked.

    Args:
        forests: One for each model: logits.
        gain: Trees for the difference strong less cheap.
        stack: For each model: the weight of the trees, of the linear expert, and a constant.
    """

    forests: tuple[Forest, ...]
    gain: Forest
    stack: Floats

    def chances(self, row: Floats, linear: Floats) -> Floats:
        """Return the models' chances from the trees' row and the linear expert's logits."""
        own = np.asarray([forest.predict(row) for forest in self.forests], dtype=np.float32)
        return _chance(self.stack[:, 0] * own + self.stack[:, 1] * linear + self.stack[:, 2])


class Router:
    """Scores prompts.

    Args:
        about: What it was made of.
        kinds: The kinds that were seen.
        levels: What each tells.
        text: Logits that the template's words add on the unseen side; (buckets + 1, models), the last one constant.
        seen: The experts for prompts of a kind that was seen.
        unseen: The experts for the rest.
    """

    def __init__(self, about: About, kinds: Kinds, levels: Levels, text: Floats, seen: Side, unseen: Side) -> None:
        self.about = about
        self.kinds = kinds
        self.levels = levels
        self.text = text
        self.seen = seen
        self.unseen = unseen

    def score(self, prompt: str) -> Score:
        """Return the chances of every model on a prompt."""
        dense, buckets = features.read(prompt)
        return self.score_read(dense, buckets)

    def score_read(self, dense: Floats, buckets: NDArray[np.int32]) -> Score:
        """Return the chances for features that were read already."""
        fits = self.kinds.fits(buckets)
        shares = self.kinds.shares(fits, len(buckets))
        best = int(shares.argmax())
        known = self.kinds.known(fits, best)
        row = encode(self.levels, shares, dense, best)
        slopes = self.levels.logits(self.levels.away(dense, best), best)
        seen = with_gain(self.seen.chances(row, slopes), self.seen.gain.predict(row), self.about.gain_share)
        words = text_logits(self.text, buckets)
        unseen = with_gain(self.unseen.chances(dense, words), self.unseen.gain.predict(dense), self.about.gain_share)
        p = known * seen + (1 - known) * careful(unseen, self.about.default)
        chances = {name: round(float(one), 5) for name, one in zip(self.about.models, p, strict=True)}
        return Score(chances, round(known, 4), self.kinds.names[best], round(float(shares[best]), 4))


def text_logits(weights: Floats, buckets: NDArray[np.int32]) -> Floats:
    """Return the logits of a prompt's words, scaled so that a long prompt counts as much as a short one."""
    if len(buckets) == 0:
        return np.asarray(weights[-1], dtype=np.float32)
    total = weights[buckets].astype(np.float32).sum(0) / np.sqrt(len(buckets))
    return np.asarray(total + weights[-1], dtype=np.float32)


def with_gain(p: Floats, gain: float, share: float) -> Floats:
    """Move the pair's chances so that their difference is partly the one that was learned directly."""
    moved = p.copy()
    middle = (p[0] + p[1]) / 2
    half = ((1 - share) * (p[1] - p[0]) + share * gain) / 2
    room = min(middle, 1 - middle)
    half = max(-room, min(room, half))
    moved[0], moved[1] = middle - half, middle + half
    return moved


def careful(p: Floats, default: int) -> Floats:
    """Where nothing like it was seen the better single model stays the choice; the order of prompts is kept.

    A difference against the default is pressed into one hundredth around nothing.
    """
    sign = 1 if default == 1 else -1
    gain = sign * float(p[1] - p[0])
    kept = _SLIGHT + gain if gain > 0 else _SLIGHT * (1 + max(-1.0, gain)) + 1e-6
    return with_gain(p, sign * kept, 1.0)


_SLIGHT = 0.005


def _chance(logits: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))), dtype=np.float32)
