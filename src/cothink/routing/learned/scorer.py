"""The learned score in the place of the plain one: where a request's gain from the pro stands among prompts.

A score of 0.7 says that 70 of 100 prompts gain less from the pro, so a dial of 0.3 sends three in ten to it: those
with the greatest expected quality less price times cost, whatever the price is that makes it three in ten.
"""

import zlib
from bisect import bisect_left
from dataclasses import dataclass, field

from cothink.core.request import Request
from cothink.routing.difficulty import Difficulty, PlainScorer, Scorer
from cothink.routing.learned.correction import Corrections
from cothink.routing.learned.model import Router, Score

_SEEN, _UNSEEN = 0.66, 0.33  # how well a prompt is known, in words


@dataclass(frozen=True, slots=True)
class LearnedScorer:
    """Scores requests by a router.

    Args:
        router: The weights.
        corrections: What a deployment learned since; none where None.
        explore: The share of requests whose other model is tried.
        plain: Decides as far as a prompt is not known: on new data sets what was learned is no better than chance.
    """

    router: Router
    corrections: Corrections | None = None
    explore: float = 0.0
    plain: Scorer = field(default_factory=PlainScorer)

    def score(self, request: Request) -> Difficulty:
        """Return how much a request needs the pro, 0 to 1, with both chances and how well it is known."""
        found = self.router.score(request.question)
        cheap, strong = self.chances(found, request.run.caller.tenant)
        rest = self.plain.score(request)
        need = place(self.router.about.scale, strong - cheap) * found.known + rest.score * (1 - found.known)
        explores = self.explore > 0 and zlib.crc32(request.run.id.encode()) % 10_000 < 10_000 * self.explore
        parts = {
            "R1's chance": round(cheap, 3),
            "the pro's chance": round(strong, 3),
            "known": found.known,
            "plain": rest.score,
        }
        return Difficulty(round(need, 3), parts, words(found, cheap, strong, rest.words), explores)

    def chances(self, found: Score, tenant: str) -> tuple[float, float]:
        """Return the pair's chances, corrected by what this tenant's outcomes taught."""
        cheap, strong = list(found.p.values())[:2]
        if self.corrections is None:
            return cheap, strong
        moved = self.corrections.of(tenant, found.kind)
        return min(1.0, max(0.0, cheap + moved[0])), min(1.0, max(0.0, strong + moved[1]))


def place(scale: tuple[float, ...], gain: float) -> float:
    """Return the share of prompts that gain less, 0 to 1."""
    after = bisect_left(scale, gain)
    if after == 0:
        return 0.0
    if after == len(scale):
        return 1.0
    low, high = scale[after - 1], scale[after]
    return (after - 1 + (gain - low) / (high - low)) / (len(scale) - 1)


def words(found: Score, cheap: float, strong: float, plain: str) -> str:
    """Say in words what the router thinks of a prompt."""
    if found.known >= _SEEN:
        what = f"it is like the prompts of “{found.kind}”, which were seen"
    elif found.known >= _UNSEEN:
        what = f"it is somewhat like the prompts of “{found.kind}”, so plain signs count too: {plain}"
    else:
        what = f"nothing like it was seen, so plain signs decide: {plain}"
    return f"R1 solves it with {cheap:.0%}, the pro with {strong:.0%}; {what}"
