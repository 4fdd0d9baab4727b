"""The signs that the second check weighs: how the words of two texts meet, in numbers.

Each sign is about the pair and none about a topic, so that what is learned on one kind of text holds for another.
"""

import difflib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cothink.traffic.cache.semantic.facts import left_over, left_over_after_synonyms
from cothink.traffic.cache.semantic.lexicon import MARKERS
from cothink.traffic.cache.semantic.words import Words, stem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

KINDS = tuple(MARKERS)
NAMES = (
    "cosine", "cosine_wide", "f_score", "shared", "jaccard", "lone_less", "lone_more", "only_max", "pairs",
    "same_sequence", "longest", "rare_only", "rare_share", "worst", "worst_mean", "lone_worst", "lone_mean",
    "twin_worst", "twin_mean", "twin_spread", *(f"marker_{kind}" for kind in KINDS), "place_order", "trigrams",
    "length_ratio", "length_gap", "same_asks", "asks_gap", "replaced", "inserted", "small_gap", "words",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Side:
    """One text with what the embedders say of it.

    Args:
        words: The text, taken apart.
        vector: Its unit vector by the sentence model.
        wide: Its unit vector by the second sentence model.
        tokens: The words that the sentence model saw, in small letters, in order.
        states: A unit vector a token: the word as it is meant in this sentence.
        rarity: How rare each token is, 0 (the commonest) to 1.
    """

    words: Words
    vector: "Matrix"
    wide: "Matrix"
    tokens: tuple[str, ...]
    states: "Matrix"
    rarity: tuple[float, ...]


def signs(a: Side, b: Side) -> list[float]:
    """Return the signs of a pair, in the order of `NAMES`."""
    from numpy import asarray

    one, other = a.words, b.words
    only_a, only_b = left_over(one.content, other.content)
    lone_a, lone_b, pairs = left_over_after_synonyms(only_a, only_b)
    shared = sum((Counter(one.content) & Counter(other.content)).values())
    union = max(1, len(one.content) + len(other.content) - shared)
    alike = asarray(a.states @ b.states.T)
    meets = _meetings(a, b, alike, set(lone_a), set(lone_b))
    return [
        float(a.vector @ b.vector),
        float(a.wide @ b.wide),
        *_f_score(alike),
        shared,
        shared / union,
        *sorted((len(lone_a), len(lone_b))),
        max(len(only_a), len(only_b)),
        pairs,
        float(one.content == other.content),
        _longest(one.content, other.content),
        *_rarity(a, b, set(lone_a), set(lone_b)),
        *meets,
        *_markers(one.small, other.small),
        _trigrams(" ".join(one.plain), " ".join(other.plain)),
        *_lengths(one, other),
        float(one.asks == other.asks),
        float(bool(one.asks) != bool(other.asks)),
        *_edits(one, other),
        min(len(one.plain), len(other.plain)),
    ]


def _f_score(alike: "Matrix") -> tuple[float]:
    here, there = float(alike.max(axis=1).mean()), float(alike.max(axis=0).mean())
    return (2 * here * there / (here + there) if here + there > 0 else 0.0,)


def _longest(mine: tuple[str, ...], yours: tuple[str, ...]) -> float:
    """The words that both hold in the same order, as a share of the longer text."""
    matcher = difflib.SequenceMatcher(None, mine, yours, autojunk=False)
    run = sum(block.size for block in matcher.get_matching_blocks())
    return run / max(1, len(mine), len(yours))


def _rarity(a: Side, b: Side, lone_a: set[str], lone_b: set[str]) -> tuple[float, float]:
    rare, lost, total = 0.0, 0.0, 0.0
    for side, lone in ((a, lone_a), (b, lone_b)):
        for token, rarity in zip(side.tokens, side.rarity, strict=True):
            total += rarity
            if stem(token) in lone:
                rare, lost = max(rare, rarity), lost + rarity
    return rare, lost / max(total, 1e-6)


def _meetings(a: Side, b: Side, alike: "Matrix", lone_a: set[str], lone_b: set[str]) -> list[float]:
    """How well each word of content finds its like: all, those without a twin, and twins in their places."""
    best: list[float] = []
    lone: list[float] = []
    twins: list[float] = []
    for side, other, view, alone in ((a, b, alike, lone_a), (b, a, alike.T, lone_b)):
        content = set(side.words.content)
        stems = [stem(token) for token in other.tokens]
        for place, token in enumerate(side.tokens):
            bare = stem(token)
            if bare not in content:
                continue
            row = view[place]
            best.append(float(row.max()))
            if bare in alone:
                lone.append(float(row.max()))
            same = [float(row[at]) for at, word in enumerate(stems) if word == bare]
            if same:
                twins.append(max(same))
    best, lone, twins = best or [1.0], lone or [1.0], twins or [1.0]
    return [
        min(best), sum(best) / len(best), min(lone), sum(lone) / len(lone), min(twins), sum(twins) / len(twins),
        max(twins) - min(twins),
    ]  # fmt: skip


def _markers(mine: tuple[str, ...], yours: tuple[str, ...]) -> list[float]:
    gaps = []
    for kind in KINDS:
        here = Counter(word for word in mine if word in MARKERS[kind])
        there = Counter(word for word in yours if word in MARKERS[kind])
        gaps.append(float(((here - there) + (there - here)).total()))
    places = MARKERS["place"]
    same = [word for word in mine if word in places] == [word for word in yours if word in places]
    return [*gaps, float(same)]


def _trigrams(mine: str, yours: str) -> float:
    here = {mine[at : at + 3] for at in range(max(1, len(mine) - 2))}
    there = {yours[at : at + 3] for at in range(max(1, len(yours) - 2))}
    return len(here & there) / max(1, len(here | there))


def _lengths(one: Words, other: Words) -> tuple[float, float]:
    short, long = sorted((len(one.plain), len(other.plain)))
    return short / max(1, long), float(long - short)


def _edits(one: Words, other: Words) -> tuple[float, float, float]:
    """Words of content replaced in place, put in or left out, and how many small words differ."""
    replaced = inserted = 0
    matcher = difflib.SequenceMatcher(None, one.content, other.content, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "replace":
            replaced += min(i2 - i1, j2 - j1)
            inserted += abs((i2 - i1) - (j2 - j1))
        elif kind != "equal":
            inserted += (i2 - i1) + (j2 - j1)
    small = Counter(one.plain), Counter(other.plain)
    gap = ((small[0] - small[1]) + (small[1] - small[0])).total()
    return float(replaced), float(inserted), float(gap)
