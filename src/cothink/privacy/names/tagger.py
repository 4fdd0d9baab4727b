"""A linear tagger: every token's features have weights for every label, and the best path of labels wins.

A feature's weights are one integer with 16 bits a label, so a token's scores are a sum of integers. Source: Lafferty,
McCallum and Pereira 2001, Conditional Random Fields; the weights are trained by `training`.
"""

import gzip
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from cothink.privacy.names.features import features
from cothink.privacy.names.tokens import Tokens, tokens
from cothink.privacy.spans import Span, Trust

SCALE: Final = 256  # a weight of 1.0
LANE_BITS: Final = 16
WEIGHTS: Final = Path(__file__).parent / "tagger.weights"
_FAR: Final = 12 * SCALE  # a label that much worse than the best one of its token is not looked at
LEAN: Final = 1.5
"""How much is taken from the score of "nothing": a missed name harms more than a word too many."""
_MOST_TOKENS: Final = 4_000  # a longer text is tagged in pieces


class Stored(msgspec.Struct, frozen=True):
    """The weights as they lie in the file. ``words`` holds the known words by class; ``features`` packed integers."""

    labels: list[str]
    transitions: list[list[int]]
    words: dict[str, str]
    features: dict[str, bytes]


class _Path(NamedTuple):
    score: int
    label: int
    before: "_Path | None"


class Tagger:
    """Tags texts.

    Args:
        stored: The weights.
        lean: How much more readily a word is taken for personal than the weights say.
    """

    def __init__(self, stored: Stored, *, lean: float = LEAN) -> None:
        self._labels = stored.labels
        self._moves = stored.transitions
        self._lexicon = {word: name for name, listed in stored.words.items() for word in listed.split("\t")}
        self._weights = {
            name: int.from_bytes(packed, "little", signed=True) for name, packed in stored.features.items()
        }
        count = len(stored.labels)
        self._even = sum(1 << (LANE_BITS * i + LANE_BITS - 1) for i in range(count))
        self._bytes = count * LANE_BITS // 8
        self._unpack = struct.Struct(f"<{count}H").unpack
        self._outside = stored.labels.index("O")
        self._even -= int(lean * SCALE) << (LANE_BITS * self._outside)

    @classmethod
    def load(cls, path: Path = WEIGHTS, *, lean: float = LEAN) -> "Tagger":
        """Read the weights that are in the package."""
        return cls(msgspec.msgpack.decode(gzip.decompress(path.read_bytes()), type=Stored), lean=lean)

    def find(self, text: str) -> Iterator[Span]:
        """Yield names, places, companies and what else the labels are."""
        whole = tokens(text)
        for at in range(0, len(whole.words), _MOST_TOKENS):
            end = at + _MOST_TOKENS
            piece = Tokens(whole.words[at:end], whole.shapes[at:end], whole.starts[at:end], whole.ends[at:end])
            yield from spans_of(self.labels(piece), piece)

    def labels(self, piece: Tokens) -> list[str]:
        """Return the best label of each token."""
        best: list[_Path] = []
        for named in features(piece, self._lexicon):
            best = self._step(best, self._scores(named))
        labels: list[str] = []
        path = max(best, key=lambda one: one.score, default=None)
        while path is not None:
            labels.append(self._labels[path.label])
            path = path.before
        return labels[::-1]

    def _scores(self, named: Sequence[str]) -> tuple[int, ...]:
        weights = self._weights
        total = self._even
        for name in named:
            if name in weights:
                total += weights[name]
        return self._unpack(total.to_bytes(self._bytes, "little"))

    def _step(self, before: list[_Path], scores: tuple[int, ...]) -> list[_Path]:
        """Go on from the best paths, one for each label, by one token."""
        floor = max(scores) - _FAR
        moves = self._moves
        after: list[_Path] = []
        for label, score in enumerate(scores):
            if score < floor:
                continue
            if not before:
                if not self._labels[label].startswith("I-"):
                    after.append(_Path(score, label, None))
                continue
            came = max(before, key=lambda one: one.score + moves[one.label][label])
            after.append(_Path(came.score + moves[came.label][label] + score, label, came))
        return after or [_Path(0, self._outside, max(before, key=lambda one: one.score, default=None))]


def spans_of(labels: Sequence[str], piece: Tokens) -> Iterator[Span]:
    """Yield a span for each run of labels ``B-X I-X …``."""
    start, kind = -1, ""
    for i, label in enumerate([*labels, "O"]):
        if start >= 0 and label != f"I-{kind}":
            yield Span(piece.starts[start], piece.ends[i - 1], kind, Trust.TAGGED)
            start = -1
        if label[0] == "B" or (label[0] == "I" and start < 0):
            start, kind = i, label[2:]


def pack(weights: Mapping[int, int], count: int) -> bytes:
    """Return one feature's weights, label -> weight, as a packed integer."""
    whole = sum(weight << (LANE_BITS * label) for label, weight in weights.items())
    return whole.to_bytes(count * LANE_BITS // 8 + 1, "little", signed=True)
