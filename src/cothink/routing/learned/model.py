"""The router at run time: numpy alone, from a folder of weights. One prompt takes well under a millisecond."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from cothink.routing.learned import features
from cothink.routing.learned.experts import Linear
from cothink.routing.learned.kinds import Kinds
from cothink.routing.learned.levels import Levels, encode
from cothink.routing.learned.likeness import Likeness
from cothink.routing.learned.trees import Forest

FORMAT = 2
Floats = NDArray[np.float32]
Read = tuple[Floats, NDArray[np.int32]]


class About(msgspec.Struct, frozen=True):
    """What the weights were made of.

    Args:
        models: The models' names; the first is the cheap one of the pair, the second the strong one.
        default: The place of the model that is the better one where nothing is known.
        kinds: The kinds of task that were seen.
        features: The names of the dense features, to refuse weights of another version.
        trained_on: Data set -> prompts.
        scale: The gains (strong less cheap) that 0, 1, … 100 per cent of prompts do not pass, from rows that were held
            out: it turns a wanted share of pro calls into a threshold.
        format: The version of this layout.
    """

    models: tuple[str, ...]
    default: int
    kinds: tuple[str, ...]
    features: tuple[str, ...]
    trained_on: dict[str, int]
    scale: tuple[float, ...]
    format: int = FORMAT


def scale_of(gains: Sequence[float] | NDArray[np.float64]) -> tuple[float, ...]:
    """Return the scale of some gains."""
    return tuple(
        round(float(one), 5) for one in np.quantile(np.asarray(gains, dtype=np.float64), np.linspace(0, 1, 101))
    )


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
    """The experts for prompts of kinds that were seen, and how they are stacked.

    Args:
        forest: For each model its logit, then the difference strong less cheap; laid end to end.
        firsts: Where the trees of each begin.
        line: The linear expert: each model's chance.
        stack: For each model, a weight for each expert and a constant; (models, experts + 1).
        gain_stack: The same for the difference, of `gains`.
    """

    forest: Forest
    firsts: NDArray[np.int64]
    line: Linear
    stack: Floats
    gain_stack: Floats

    def chances(self, row: Floats, read: Read, slopes: Floats) -> Floats:
        """Return the models' chances.

        Args:
            row: What the trees read.
            read: The prompt's figures and words.
            slopes: The logits of the kind's own slopes.
        """
        walked = self.forest.sums(row, self.firsts)
        experts = np.asarray([chance(walked[:-1]), self.line.predict(*read), chance(slopes)])
        p = np.clip((self.stack[:, :-1].T * experts).sum(0) + self.stack[:, -1], 0.002, 0.998)
        said = gains(experts[None], walked[-1:])[0]
        return with_gain(p, float(self.gain_stack[:-1] @ said + self.gain_stack[-1]))


def gains(experts: NDArray[Any], trees: NDArray[Any]) -> NDArray[Any]:
    """Return what each expert says of the difference strong less cheap, one column each.

    Args:
        experts: The chances that each expert gives; (prompts, experts, models).
        trees: The difference that trees learned directly; (prompts,).

    The last column is the chance that the cheap model fails and the strong one does not, were they independent.
    """
    differences = experts[:, :, 1] - experts[:, :, 0]
    apart = experts[:, 0, 1] * (1 - experts[:, 0, 0])
    return np.column_stack([differences, trees, apart])


class Router:
    """Scores prompts.

    Args:
        about: What it was made of.
        kinds: The kinds that were seen.
        levels: What each tells.
        seen: The experts for prompts of a kind that was seen.
        unseen: What kinds of like size and form tell of the rest.
    """

    def __init__(self, about: About, kinds: Kinds, levels: Levels, seen: Side, unseen: Likeness) -> None:
        self.about = about
        self.kinds = kinds
        self.levels = levels
        self.seen = seen
        self.unseen = unseen

    def with_scale(self, gains: Sequence[float]) -> "Router":
        """Return the same router with its dial set by other prompts' gains."""
        about = msgspec.structs.replace(self.about, scale=scale_of(gains))
        return Router(about, self.kinds, self.levels, self.seen, self.unseen)

    def score(self, prompt: str) -> Score:
        """Return the chances of every model on a prompt."""
        return self.score_read(*features.read(prompt))

    def score_read(self, dense: Floats, buckets: NDArray[np.int32]) -> Score:
        """Return the chances for features that were read already."""
        fits = self.kinds.fits(buckets)
        shares = self.kinds.shares(fits, len(buckets))
        best = int(shares.argmax())
        known = self.kinds.known(fits, best)
        slopes = self.levels.logits(self.levels.away(dense, best), best)
        seen = self.seen.chances(encode(self.levels, shares, dense, best), (dense, buckets), slopes)
        unseen = with_gain(*self.unseen.chances(dense))
        trust = min(1.0, max(0.0, (known - _DOUBTED) / (_TRUSTED - _DOUBTED)))
        p = trust * seen + (1 - trust) * careful(unseen, self.about.default)
        chances = {name: round(float(one), 5) for name, one in zip(self.about.models, p, strict=True)}
        return Score(chances, round(known, 4), self.kinds.names[best], round(float(shares[best]), 4))


def with_gain(p: Floats, gain: float) -> Floats:
    """Return the chances with the pair's difference set to a gain, around the pair's own middle."""
    moved = p.copy()
    middle = float(p[0] + p[1]) / 2
    room = min(middle, 1 - middle)
    half = max(-room, min(room, gain / 2))
    moved[0], moved[1] = middle - half, middle + half
    return moved


def careful(p: Floats, default: int) -> Floats:
    """Where nothing like it was seen the better single model stays the choice; the order of prompts is kept.

    A difference against the default is pressed into one hundredth around nothing.
    """
    sign = 1 if default == 1 else -1
    gain = sign * float(p[1] - p[0])
    kept = _SLIGHT + gain if gain > 0 else _SLIGHT * (1 + max(-1.0, gain)) + 1e-6
    return with_gain(p, sign * kept)


_SLIGHT = 0.005
# The seen side speaks loudly of kinds that it mistakes: below the first it is not heard, from the second it is alone.
_DOUBTED, _TRUSTED = 0.4, 0.8


def chance(logits: Floats | NDArray[np.float64]) -> Floats:
    """Turn logits into chances."""
    odds = np.exp(np.clip(np.asarray(logits, dtype=np.float64), -30, 30))
    return np.asarray(odds / (1 + odds), dtype=np.float32)
