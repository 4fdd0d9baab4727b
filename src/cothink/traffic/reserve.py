"""How much of a run's budget one call may take: its reservation, and the longest answer that the rest affords.

A reservation holds the prompt as counted before the call. A server that counts more can pass the limit by that
difference, so the counter that is given should rather count too much.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from cothink.core.chunk import Usage
from cothink.core.errors import LimitReached
from cothink.core.ledger import Ledger
from cothink.core.price import Price, usd
from cothink.core.request import Request

MESSAGE_TOKENS, MOST_BYTES = 16, 4  # around a turn in any chat template; of a character in UTF-8

Count = Callable[[Request], int]
"""Estimates the tokens of a request's prompt, its tools and pictures included."""


def most_prompt_tokens(request: Request) -> int | None:
    """Return what a prompt of plain words has at most; None where tools, pictures or a form need to be counted.

    Far too much for long words, and at hand at once: no vocabulary has more tokens than bytes. An eighth on top is for
    estimates of codes that switch between small and large letters.
    """
    if request.tools or request.response_format is not None:
        return None
    most = 0
    for message in request.messages:
        text = message.content
        if type(text) is not str or message.tool_calls or message.reasoning_content or message.refusal:
            return None
        most += MESSAGE_TOKENS + len(text) * (1 if text.isascii() else MOST_BYTES)
    return most + (most >> 3)


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
    afforded, code = _afforded(request.run.ledger, price, prompt_tokens, wanted)
    given = wanted
    clipped_by = None
    if afforded < wanted:
        if afforded < min(floor_tokens, wanted):
            raise _refusal(request.run.ledger, model, code, prompt_tokens, floor_tokens)
        given, clipped_by = afforded, code
    if asked != given:
        request = msgspec.structs.replace(request, sampling=msgspec.structs.replace(request.sampling, max_tokens=given))
    cost = price.cost_nanousd(Usage(prompt_tokens, given))
    return Reservation(prompt_tokens + given, cost, request, clipped_by)


def _afforded(ledger: Ledger, price: Price, prompt_tokens: int, wanted: int) -> tuple[int, str]:
    """The longest answer up to ``wanted`` that the rest of the budget pays for, and the limit that made it shorter.

    Below 0 where not even the prompt fits.
    """
    afforded, code = wanted, ""
    if ledger.tokens_left is not None and ledger.tokens_left - prompt_tokens < afforded:
        afforded, code = ledger.tokens_left - prompt_tokens, "run_tokens_limit"
    left = ledger.nanousd_left
    if left is None or afforded < 0 or price.cost_nanousd(Usage(prompt_tokens, afforded)) <= left:
        return afforded, code
    # Costs are rounded and grow with the tokens, so the last count that fits is found by halving, not by dividing.
    paid = bisect_right(range(afforded), left, key=lambda tokens: price.cost_nanousd(Usage(prompt_tokens, tokens)))
    return paid - 1, "run_cost_limit"


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
