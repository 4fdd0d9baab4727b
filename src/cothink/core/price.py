"""What tokens cost. Money is counted in whole nano-dollars, so that sums are exact; dollars are for people."""

import msgspec

from cothink.core.chunk import Usage

NANOS_PER_DOLLAR = 1_000_000_000


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """A model's list price in US dollars a million tokens, on a date.

    Args:
        cached_usd: For prompt tokens that the vendor read from its cache; None means that they cost the same.
        long_from_tokens: From a prompt longer than this the ``long_`` prices hold for the whole call.
    """

    input_usd: float = 0.0
    output_usd: float = 0.0
    cached_usd: float | None = None
    long_from_tokens: int | None = None
    long_input_usd: float = 0.0
    long_output_usd: float = 0.0
    as_of: str = ""

    def cost_nanousd(self, usage: Usage) -> int:
        """Return what a call with this usage costs, in nano-dollars, rounded once."""
        input_usd, output_usd = self.input_usd, self.output_usd
        if self.long_from_tokens is not None and usage.prompt_tokens > self.long_from_tokens:
            input_usd, output_usd = self.long_input_usd, self.long_output_usd
        cached_usd = input_usd if self.cached_usd is None else self.cached_usd
        fresh_tokens = usage.prompt_tokens - usage.cached_tokens
        # dollars a million tokens are 1,000 nano-dollars a token
        return round(
            1000 * (fresh_tokens * input_usd + usage.cached_tokens * cached_usd + usage.completion_tokens * output_usd)
        )


def usd(nanousd: int) -> float:
    """Return nano-dollars as dollars, for people and for JSON."""
    return nanousd / NANOS_PER_DOLLAR
