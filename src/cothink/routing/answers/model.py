"""The learned check at run time: numpy alone, from a folder of weights. One answer takes about a millisecond.

Source: cascades that decide after an answer by what it is worth (FrugalGPT, arXiv 2305.05176), here by the *gain*: how
much likelier the pro is right, given what R1 answered.
"""

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from cothink.routing.answers import evidence as evidence_of
from cothink.routing.answers import form
from cothink.routing.answers.evidence import MEASURED, MISSING, Evidence
from cothink.routing.learned import features
from cothink.routing.learned.kinds import Kinds
from cothink.routing.learned.model import chance
from cothink.routing.learned.trees import Forest

FORMAT = 1
_FAR = 4.0
_FOUND = len(evidence_of.NAMES)
NAMES: tuple[str, ...] = (*features.NAMES, *form.NAMES, *evidence_of.NAMES)
# How well a prompt is known: under the first the side of known kinds is not heard, from the second it is alone.
_DOUBTED, _TRUSTED = 0.4, 0.8
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


class About(msgspec.Struct, frozen=True):
    """What the weights were made of.

    Args:
        models: R1's name and the pro's, as recorded.
        kinds: The kinds of task that were seen.
        reads: The names of all features, to refuse weights of another version.
        measured: Which of `MEASURED` the training rows had; the others are not read.
        trained_on: Data set -> answers.
        scale: The gains that 0, 1, … 100 per cent of held-out answers do not pass: it turns a wanted share of pro calls
            into a threshold.
        format: The version of this layout.
    """

    models: tuple[str, str]
    kinds: tuple[str, ...]
    reads: tuple[str, ...]
    measured: tuple[str, ...]
    trained_on: dict[str, int]
    scale: tuple[float, ...]
    format: int = FORMAT


class Opinion(msgspec.Struct, frozen=True):
    """What the check says of one answer.

    Args:
        p_right: How likely R1's answer is right.
        p_pro: How likely the pro's would be.
        known: 0, no such kind of task was seen, to 1.
        kind: The kind of task that the question looks like most.
    """

    p_right: float
    p_pro: float
    known: float
    kind: str

    @property
    def gain(self) -> float:
        """How much likelier the pro is right."""
        return self.p_pro - self.p_right


@dataclass(frozen=True, slots=True)
class Line:
    """A logistic model over standardised features, one column a target.

    Args:
        mean, scale: Of the features.
        slopes: (features, targets).
        start: The constants.
    """

    mean: Floats
    scale: Floats
    slopes: Floats
    start: Floats

    def logits(self, rows: Floats) -> Floats:
        """Return one logit a target; for one row, or for many."""
        near = np.clip((rows - self.mean) / self.scale, -_FAR, _FAR)
        return np.asarray(near @ self.slopes + self.start, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Unseen:
    """The experts for prompts of no known kind: size and form first, then what was found of the answer on top.

    Args:
        forest: R1's logit, then the pro's, laid end to end, from the size of the task and the form of the answer.
        firsts: Where the trees of each begin.
        line: The linear expert, from the form alone.
        top: For each of the two a logistic model over `tops`, and a constant.
    """

    forest: Forest
    firsts: NDArray[np.int64]
    line: Line
    top: Floats

    def chances(self, row: Floats) -> Floats:
        """Return how likely R1 and the pro are right."""
        blind = np.asarray(self.forest.sums(blind_row(row), self.firsts) + self.line.logits(form_row(row))) / 2
        read_on_top = np.column_stack([tops(blind, row), np.ones(2)])
        return chance(np.asarray((self.top * read_on_top).sum(1)))


@dataclass(frozen=True, slots=True)
class Seen:
    """The trees for prompts of kinds that were seen, made honest by rows that were held out.

    Args:
        forest: R1's logit, then the pro's, laid end to end.
        firsts: Where the trees of each begin.
        stretch: For each of the two, what its logit is multiplied with, and what is added; (2, 2).
    """

    forest: Forest
    firsts: NDArray[np.int64]
    stretch: Floats

    def chances(self, row: Floats) -> Floats:
        """Return how likely R1 and the pro are right."""
        return chance(self.stretch[:, 0] * self.forest.sums(row, self.firsts) + self.stretch[:, 1])


@dataclass(frozen=True, slots=True)
class Read:
    """Question and answer as features.

    Args:
        figures: The numbers of the question, then those of the answer.
        buckets: The words of the question's template.
    """

    figures: Floats
    buckets: NDArray[np.int32]


class AnswerCheck:
    """Judges answers.

    Args:
        about: What it was made of.
        kinds: The kinds that were seen.
        levels: For each kind, the shares of right answers of both models; (kinds, 2).
        seen: The experts for prompts of a kind that was seen.
        unseen: The experts for the rest.
    """

    def __init__(self, about: About, kinds: Kinds, levels: Floats, seen: Seen, unseen: Unseen) -> None:
        self.about = about
        self.kinds = kinds
        self.levels = levels
        self.seen = seen
        self.unseen = unseen

    def weigh(self, found: Evidence) -> Opinion:
        """Return what the check says of an answer."""
        return self.weigh_read(found, read(found))

    def weigh_read(self, found: Evidence, texts: Read) -> Opinion:
        """Return the same where question and answer were read already."""
        row, buckets = row_of(found, texts, self.about.measured), texts.buckets
        fits = self.kinds.fits(buckets)
        shares = self.kinds.shares(fits, len(buckets))
        best = int(shares.argmax())
        known = self.kinds.known(fits, best)
        trust = min(1.0, max(0.0, (known - _DOUBTED) / (_TRUSTED - _DOUBTED)))
        p = np.zeros(2, dtype=np.float32)
        if trust > 0:
            p += trust * self.seen.chances(seen_row(shares, self.levels, row))
        if trust < 1:
            p += (1 - trust) * self.unseen.chances(row)
        return Opinion(round(float(p[0]), 4), round(float(p[1]), 4), round(known, 4), self.kinds.names[best])

    def threshold(self, pro_share: float) -> float:
        """Return the gain from which on the pro is asked, so that this share of the held-out answers asks it."""
        return threshold(self.about.scale, pro_share)


def threshold(scale: tuple[float, ...], pro_share: float) -> float:
    """Return the gain that a share of the answers of a scale passes."""
    return float(np.interp(1 - pro_share, np.linspace(0, 1, len(scale)), scale))


def read(found: Evidence) -> Read:
    """Read the features of question and answer."""
    dense, buckets = features.read(found.question)
    figures = [*dense, *form.read(found.question, found.answer)]
    return Read(np.asarray(figures, dtype=np.float32), buckets)


def row_of(found: Evidence, texts: Read, measured: tuple[str, ...] = MEASURED) -> Floats:
    """Return the features of `NAMES`; of what the weights were never shown, none."""
    signs = [
        MISSING if name in MEASURED and name not in measured else value
        for name, value in zip(evidence_of.NAMES, evidence_of.read(found), strict=True)
    ]
    return np.concatenate([texts.figures, np.asarray(signs, dtype=np.float32)])


def blind_row(row: Floats) -> Floats:
    """How large the task is and what the answer looks like: not what the task is about, nor what was found."""
    return np.concatenate([row[..., : features.GENERAL], form_row(row)], axis=-1)


def form_row(row: Floats) -> Floats:
    """What the answer looks like."""
    return row[..., len(features.NAMES) : -_FOUND]


def tops(blind: Floats | Doubles, row: Floats) -> Floats:
    """What the logistic model on top reads, one row a target: its blind logit, also where no exact check spoke, and
    `TOP`."""
    signs = evidence_of.top([float(one) for one in row[-_FOUND:]])
    unchecked = 1 - signs[0] - signs[1]
    return np.asarray([[one, one * unchecked, *signs] for one in blind], dtype=np.float32)


def seen_row(shares: Floats, levels: Floats, row: Floats) -> Floats:
    """The levels of the kinds that the prompt looks like, and all features."""
    means: Any = shares @ levels
    return np.concatenate([means, row]).astype(np.float32)
