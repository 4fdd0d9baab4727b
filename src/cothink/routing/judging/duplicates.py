"""Near-duplicates between what a router learns from and what it is judged by: found, counted, and left out.

Two prompts are near where their words are the same but for case and space, or where eight of ten of their runs of eight
words are shared once those of the template are taken out (runs that many prompts of the same kind share).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

RUN = 8
NEAR = 0.8
TEMPLATE = 0.2  # a run that this share of a kind's prompts has is its template

_WORD = re.compile(r"\w+|[^\w\s]")
Runs = frozenset[int]


def near(learned: Sequence[str], judged: Sequence[str], kinds: Sequence[str], judged_kinds: Sequence[str]) -> list[int]:
    """Return the places of judged prompts that are near to a learned one, in order.

    Args:
        learned: The texts that a router learns from.
        judged: The texts that it is judged by.
        kinds: The kind of each learned text, to know its template.
        judged_kinds: The same for the judged ones.
    """
    every = [*learned, *judged]
    runs = [_runs(text) for text in every]
    templates = _templates(runs, [*kinds, *judged_kinds])
    own = [one - templates[kind] for one, kind in zip(runs, [*kinds, *judged_kinds], strict=True)]
    same = {_plain(text) for text in learned}
    holders: dict[int, list[int]] = defaultdict(list)
    for place, some in enumerate(own[: len(learned)]):
        for run in some:
            holders[run].append(place)
    found = []
    for place, text in enumerate(judged):
        some = own[len(learned) + place]
        shared = Counter(holder for run in some for holder in holders.get(run, ()))
        is_near = any(count >= NEAR * len(some | own[holder]) for holder, count in shared.most_common(20))
        if _plain(text) in same or is_near:
            found.append(place)
    return found


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(text.lower()))


def _runs(text: str) -> Runs:
    words = _WORD.findall(text.lower())
    return frozenset(hash(tuple(words[i : i + RUN])) for i in range(max(1, len(words) - RUN + 1)))


def _templates(runs: Sequence[Runs], kinds: Sequence[str]) -> dict[str, Runs]:
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    sizes = Counter(kinds)
    for some, kind in zip(runs, kinds, strict=True):
        counts[kind].update(some)
    return {
        kind: frozenset(run for run, count in of.items() if sizes[kind] >= 5 and count >= TEMPLATE * sizes[kind])
        for kind, of in counts.items()
    }
