"""How much of a run's budget one call may take: its reservation, and the longest answer that the rest affords.

A reservation holds the prompt as counted before the call. A server that counts more can pass the limit by that
difference, so the counter that is given should rather count too much.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from cothink.core.chunk import Usage
from cothink.core.errors import LimitReached
from cothink.core.ledger import Ledger
from cothink.core.price import Price, usd
from cothink.core.request import Request

Count = Callable[[Request], int]
"""Estimates the tokens of a request's prompt, its tools and pictures included."""

_PROBE_TOKENS = 1_000_000  # a million, so that the price of one token keeps its digits


@dataclass(frozen=True, slots=True)
class Reservation:
    """What is set aside for one call.

    Args:
        tokens: Prompt and longest answer.
        nanousd: What they would cost.
        request: The request to send; its ``max_tokens`` is what the run affords.
        clipped_by: The code of the limit that made the answer shorter than asked for, if one did.
    """

    tokens: int
    nanousd: int
    request: Request
    clipped_by: str | None


def reserve(
    request: Request, price: Price, *, model: str, prompt_tokens: int, most_tokens: int, floor_tokens: int
) -> Reservation:
    """Set aside what a call may need, and shorten its answer to what the rest of the run's budget affords.

    Args:
        request: The call; its run's ledger has the limits.
        price: What the model's tokens cost.
        model: The model's name, for the words of an error.
        prompt_tokens: The prompt as estimated.
        most_tokens: The longest answer that the model gives.
        floor_tokens: An answer shorter than this is of no use.

    Raises:
        LimitReached: Not even ``floor_tokens`` fit; ``code`` says which limit.
    """
    asked = request.sampling.max_tokens
    wanted = most_tokens if asked is None else min(asked, most_tokens)
    afforded, code = _afforded(request.run.ledger, price, prompt_tokens)
    given = wanted
    clipped_by = None
    if afforded is not None and afforded < wanted:
        if afforded < min(floor_tokens, wanted):
            raise _refusal(request.run.ledger, model, code, prompt_tokens, floor_tokens)
        given, clipped_by = afforded, code
    if asked != given:
        request = msgspec.structs.replace(request, sampling=msgspec.structs.replace(request.sampling, max_tokens=given))
    cost = price.cost_nanousd(Usage(prompt_tokens, given))
    return Reservation(prompt_tokens + given, cost, request, clipped_by)


def _afforded(ledger: Ledger, price: Price, prompt_tokens: int) -> tuple[int | None, str]:
    """The longest answer that the rest of the budget pays for, and the limit that says so; None is no limit."""
    afforded: int | None = None
    code = ""
    if ledger.tokens_left is not None:
        afforded, code = ledger.tokens_left - prompt_tokens, "run_tokens_limit"
    left = ledger.nanousd_left
    if left is not None:
        prompt_cost = price.cost_nanousd(Usage(prompt_tokens))
        million_cost = price.cost_nanousd(Usage(prompt_tokens, _PROBE_TOKENS)) - prompt_cost
        if prompt_cost > left:
            return -1, "run_cost_limit"
        if million_cost > 0:
            paid = (left - prompt_cost) * _PROBE_TOKENS // million_cost
            while paid > 0 and price.cost_nanousd(Usage(prompt_tokens, paid)) > left:
                paid -= 1  # the price of a call is rounded once, so the last token may not fit
            if afforded is None or paid < afforded:
                afforded, code = paid, "run_cost_limit"
    return afforded, code


def _refusal(ledger: Ledger, model: str, code: str, prompt_tokens: int, floor_tokens: int) -> LimitReached:
    need = f"A call to {model} needs about {prompt_tokens} tokens of prompt and at least {floor_tokens} of answer"
    if code == "run_tokens_limit":
        return LimitReached(
            f"{need}; of the {ledger.limits.tokens} tokens of this run {ledger.tokens_left} are left.", code=code
        )
    return LimitReached(
        f"{need}; of this run's ${usd(ledger.limits.cost_nanousd or 0):.6f} "
        f"${usd(ledger.nanousd_left or 0):.6f} are left.",
        code=code,
    )
