"""Who is asked: a model with all that a live run needs to know of it, from your settings or behind a URL."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cothink.core.chunk import Usage
from cothink.core.engine import Engine
from cothink.core.errors import SettingError
from cothink.core.price import Price, usd
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.engines.tokens import EstimatedTokens, prompt_tokens
from cothink.evaluation.live.endpoint import UNPRICED

TEAM_CALLS = 4  # what a team's request reserves under a cap: so many calls of its dearest member


@dataclass(frozen=True, slots=True)
class Target:
    """One model.

    Args:
        name: Its name in the rows.
        engine: What answers.
        dial: Sent with each request, for `cothink-auto`.
        prices: Of it and of all that it may ask; empty where none is known.
        calls: How many calls of the dearest one request may take; a cap on cost reserves so many.
        is_held: Its runs are held to their limits by the books, so that what is reserved is not passed.
        unpriced: Models that it may ask and whose price is not known.
        files: The names of the weights of embedded models behind it.
    """

    name: str
    engine: Engine
    dial: float | None = None
    prices: Sequence[Price] = ()
    calls: int = 1
    is_held: bool = False
    unpriced: frozenset[str] = field(default_factory=frozenset)
    files: frozenset[str] = field(default_factory=frozenset)

    def worst_usd(self, request: Request) -> float | None:
        """The most that a request should cost; None where no price is known."""
        if not self.prices:
            return None
        used = Usage(prompt_tokens(request, EstimatedTokens()), request.sampling.max_tokens or 0)
        return self.calls * usd(max(price.cost_nanousd(used) for price in self.prices))

    def cost_usd(self, run: Run) -> float | None:
        """What a run cost; None where a price is not known."""
        asked = {entry.model for entry in run.ledger.entries if not entry.cached}
        if asked & self.unpriced or any(step.name == UNPRICED for step in run.steps):
            return None
        return usd(run.ledger.cost_nanousd)


def read_prices(given: Sequence[str]) -> dict[str, Price]:
    """Read ``MODEL=IN,OUT``, dollars a million tokens.

    Raises:
        SettingError: One is not of that form.
    """
    prices = {}
    for text in given:
        name, equals, figures = text.rpartition("=")
        try:
            dollars_in, dollars_out = (float(figure) for figure in figures.split(","))
        except ValueError:
            dollars_in = dollars_out = -1.0
        if not equals or not name or dollars_in < 0 or dollars_out < 0:
            raise SettingError(
                f"--price is {text!r}; it looks like r1=0.55,2.19: dollars a million tokens in and out.", param="price"
            )
        prices[name] = Price(input_usd=dollars_in, output_usd=dollars_out)
    return prices
