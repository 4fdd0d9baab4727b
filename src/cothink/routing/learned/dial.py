"""Sets the dial: a wanted share of pro calls, a budget or a quality, as the gain that a pro call must promise.

Of all ways to send some prompts to the pro, taking those of the greatest gain has the greatest expected quality at that
cost, so one threshold serves all three. What it promises comes from the router's own chances, not from outcomes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cothink.core.errors import SettingError
from cothink.measures.curves import Curve, curve

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Dial:
    """A setting of the dial and what it promises on the prompts that it was made from.

    Args:
        share: The share of prompts that go to the pro: what `cothink-auto:SHARE` and `[routing] dial` are set to.
        gain: The gain from which on a prompt goes to the pro.
        quality: The expected share of right answers.
        usd: The expected cost of 1,000 requests; nan where no prices were given.
    """

    share: float
    gain: float
    quality: float
    usd: float


def by_share(cheap: Sequence[float], strong: Sequence[float], share: float, usd: tuple[float, float]) -> Dial:
    """Return the dial of a wanted share of pro calls.

    Args:
        cheap, strong: The chances of each prompt.
        share: 0 to 1.
        usd: What one call of each model costs.

    Raises:
        SettingError: The share is out of range, or there is no prompt.
    """
    if not 0 <= share <= 1 or not len(cheap):
        raise SettingError(f"pro-share is {share}, of {len(cheap)} prompts; allowed is 0 to 1, of one or more.")
    line, gains = _line(cheap, strong)
    gain = float(np.quantile(gains, 1 - share))
    cost = 1000 * (usd[0] * (1 - share) + usd[1] * share)
    return Dial(round(share, 4), round(gain, 5), round(line.at(share), 4), round(cost, 4))


def by_budget(cheap: Sequence[float], strong: Sequence[float], budget: float, usd: tuple[float, float]) -> Dial:
    """Return the dial of the best quality for so many dollars a thousand requests.

    Raises:
        SettingError: The prices are missing or the wrong way round, or the budget does not pay for R1 alone.
    """
    low, high = usd
    if not high > low >= 0:
        raise SettingError(f"A budget needs the price of a call of both, the pro's the higher; given {low} and {high}.")
    if budget < 1000 * low:
        raise SettingError(f"budget is {budget}; 1,000 calls of R1 alone cost {1000 * low:g}.", param="budget")
    line, _ = _line(cheap, strong)
    most = min(1.0, (budget / 1000 - low) / (high - low))
    best = float(line.share[int(np.argmax(line.quality))])
    return by_share(cheap, strong, min(most, best), usd)


def by_quality(cheap: Sequence[float], strong: Sequence[float], quality: float, usd: tuple[float, float]) -> Dial:
    """Return the dial of the fewest pro calls that promise a quality.

    Raises:
        SettingError: No share promises it; the message says the best that is promised.
    """
    line, _ = _line(cheap, strong)
    share = line.share_for(quality)
    if np.isnan(share):
        best = float(line.quality.max())
        raise SettingError(f"quality is {quality}; the most that these prompts promise is {best:.3f}.", param="quality")
    return by_share(cheap, strong, share, usd)


def _line(cheap: Sequence[float], strong: Sequence[float]) -> tuple[Curve, Doubles]:
    low, high = np.asarray(cheap, dtype=np.float64), np.asarray(strong, dtype=np.float64)
    return curve(high - low, low, high), high - low
