"""The cap on what a live run may cost: each call is reserved at its worst before it goes out, and settled when it ends.

So the cap is not passed, as far as a call's worst is known. Where it is not (a gateway's team behind a URL), the
dearest call so far stands in for it, and the first call goes out alone.
"""

import asyncio

from cothink.core.errors import CoThinkError


class CapReached(CoThinkError):
    """The next call does not fit under the cap on cost; nothing was sent, or the answer was cut short for it."""

    code = "cost_cap"


class Purse:
    """What may still be spent.

    Args:
        most_usd: The cap; None is none.
        spent_usd: What was spent before.
    """

    def __init__(self, most_usd: float | None, spent_usd: float = 0.0) -> None:
        self.most_usd = most_usd
        self.spent_usd = spent_usd
        self._held: list[float] = []
        self._dearest: dict[str, float] = {}
        self._changed = asyncio.Condition()

    async def take(self, model: str, worst_usd: float | None) -> float:
        """Reserve a call, waiting for those in flight where that may help; return what was reserved.

        Args:
            model: Whom the call goes to.
            worst_usd: The most that it may cost; None is not known.

        Raises:
            CapReached: It does not fit, and nothing is in flight that could free the place.
        """
        if self.most_usd is None:
            return 0.0
        async with self._changed:
            while True:
                usd = self._dearest.get(model) if worst_usd is None else worst_usd
                left = self.most_usd - self.spent_usd - sum(self._held)
                if usd is None and not self._held and left > 0:
                    usd = left  # the first of its kind goes alone, with all that is left
                if usd is not None and usd <= left:
                    self._held.append(usd)
                    return usd
                if not self._held:
                    raise CapReached(self._words(model, usd, left))
                await self._changed.wait()

    async def settle(self, model: str, held_usd: float, cost_usd: float) -> None:
        """A call ended: what it cost takes the place of what was reserved."""
        self.spent_usd += cost_usd
        if self.most_usd is None:
            return
        self._dearest[model] = max(cost_usd, self._dearest.get(model, 0.0))
        async with self._changed:
            self._held.remove(held_usd)
            self._changed.notify_all()

    def _words(self, model: str, usd: float | None, left: float) -> str:
        may = "" if usd is None else f", and the next call to {model} may cost ${usd:.6f}"
        return f"${self.spent_usd:.6f} of ${self.most_usd:.6f} are spent, ${max(0.0, left):.6f} are left{may}."
