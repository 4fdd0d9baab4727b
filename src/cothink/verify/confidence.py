"""How sure the model was of its own tokens, from log-probabilities. A sign, no proof: models are sure and wrong."""

import math
from collections.abc import Sequence

from cothink.core.errors import BadRequest
from cothink.core.verdict import Standing, Verdict
from cothink.verify.config import VerifyConfig


def check_confidence(
    logprobs: Sequence[float],
    *,
    margins: Sequence[float] | None = None,
    answer_span: tuple[int, int] | None = None,
    config: VerifyConfig | None = None,
) -> Verdict:
    """Judge an answer by its tokens' log-probabilities.

    Args:
        logprobs: One natural log-probability a token, at most 0 (a rounding error above 0 is taken as 0).
        margins: For each token, the gap between its first and second choice in nats, where the server gave them.
        answer_span: First and last-plus-one index of the tokens of the final answer; the whole text where None.
        config: Thresholds; the defaults where None.

    Returns:
        `falls` where the mean or the weakest window is below its threshold, `stands` where the mean and the answer's
        least margin are above theirs, else `unsure`. The score is the geometric mean probability of an answer token.

    Raises:
        BadRequest: A value is no number, or the lengths or the span do not fit.
    """
    limits = config or VerifyConfig()
    _refuse_bad(logprobs, margins, answer_span)
    if not logprobs:
        return Verdict(check="confidence", standing="unsure", evidence="The server gave no log-probabilities.")
    begin, end = answer_span or (0, len(logprobs))
    # Some servers write -9999 for "not among the top"; one such token must not decide alone.
    values = [max(-20.0, min(0.0, value)) for value in logprobs]
    mean = math.fsum(values) / len(values)
    answer_mean = math.fsum(values[begin:end]) / (end - begin)
    low, at = lowest_window(values, limits.window_tokens)
    margin = min(margins[begin:end]) if margins is not None else None
    standing = _standing(min(mean, answer_mean), low, margin, limits)
    evidence = (
        f"Mean log-probability {mean:.2f}, on the answer's tokens {answer_mean:.2f}; "
        f"weakest {min(limits.window_tokens, len(values))} tokens from token {at}: {low:.2f}"
    )
    evidence += f"; least margin on the answer {margin:.2f} nats." if margin is not None else "."
    return Verdict(check="confidence", standing=standing, evidence=evidence, score=math.exp(answer_mean))


def lowest_window(values: Sequence[float], width: int) -> tuple[float, int]:
    """The lowest mean over `width` neighbouring tokens (or over all, where there are fewer), and where it starts."""
    width = max(1, min(width, len(values)))
    total = math.fsum(values[:width])
    best, best_at = total, 0
    for at in range(width, len(values)):
        total += values[at] - values[at - width]
        if total < best - 1e-12:
            best, best_at = total, at - width + 1
    return best / width, best_at


def _standing(mean: float, window: float, margin: float | None, limits: VerifyConfig) -> Standing:
    if mean < limits.mean_logprob_falls or window < limits.window_logprob_falls:
        return "falls"
    if mean >= limits.mean_logprob_stands and (margin is None or margin >= limits.margin_stands):
        return "stands"
    return "unsure"


def _refuse_bad(logprobs: Sequence[float], margins: Sequence[float] | None, span: tuple[int, int] | None) -> None:
    for at, value in enumerate(logprobs):
        if math.isnan(value) or value > 1e-3:
            raise BadRequest(f"logprobs[{at}] is {value}; a log-probability is at most 0", param="logprobs")
    if margins is not None and len(margins) != len(logprobs):
        raise BadRequest(f"{len(margins)} margins for {len(logprobs)} log-probabilities; one each", param="margins")
    if span is not None and not 0 <= span[0] < span[1] <= len(logprobs):
        raise BadRequest(f"answer_span is {span}; allowed is within 0 to {len(logprobs)}", param="answer_span")
