"""Which fields of a request the pro takes: the rest is left out with a warning, or refused, as the setting says.

Left out is only what shapes the draw of the words (temperature …). What changes the task (tools, images, a schema) is
never left out: the model can do it, or the request is refused.
"""

from collections.abc import Iterator

from cothink.core.errors import BadRequest, Unsupported
from cothink.core.request import Request
from cothink.engines.catalogue import Row
from cothink.engines.responses_config import EFFORTS, OnUnsupported, ResponsesConfig

MIN_OUTPUT_TOKENS = 16  # the API refuses a smaller max_output_tokens


def check_task(request: Request, row: Row) -> None:
    """Refuse what the model cannot do at all.

    Raises:
        Unsupported: Tools, a JSON schema or pictures for a model without them.
    """
    if request.tools and not row.tools:
        raise Unsupported(f"{row.name} cannot call tools.", param="tools")
    if request.wants_json and not row.json_schema:
        raise Unsupported(f"{row.name} cannot be held to JSON.", param="response_format")
    if "image" not in row.modalities:
        for i, message in enumerate(request.messages):
            if message.has_image:
                raise Unsupported(f"{row.name} reads text only, and this turn has a picture.", param=f"messages[{i}]")


def check_draw(request: Request, row: Row, on_unsupported: OnUnsupported) -> None:
    """Warn of each field that will be left out, or refuse the first.

    Raises:
        Unsupported: ``on_unsupported`` is ``refuse`` and such a field is set; ``param`` names it.
    """
    for name in _not_taken(request, row):
        if on_unsupported == "refuse":
            raise Unsupported(f"{row.name} does not take {name!r}.", param=name)
        request.run.warn(f"{row.name} does not take {name!r}; it was left out.")


def effort(request: Request, row: Row, config: ResponsesConfig) -> str | None:
    """Return the effort to ask for: the request's or the setting's, moved to the nearest one that the model takes.

    Raises:
        BadRequest: The request's effort is no effort.
        Unsupported: The model does not take it, and the setting says to refuse.
    """
    wanted = request.reasoning_effort or config.effort
    if wanted is None:
        return None
    if wanted not in EFFORTS:
        raise BadRequest(
            f"'reasoning_effort' is {wanted!r}; allowed are {', '.join(EFFORTS)}.", param="reasoning_effort"
        )
    if row.efforts is None or wanted in row.efforts:
        return wanted
    if config.on_unsupported == "refuse" and request.reasoning_effort is not None:
        raise Unsupported(
            f"{row.name} does not take the effort {wanted!r}; it takes {', '.join(row.efforts) or 'none at all'}.",
            param="reasoning_effort",
        )
    if not row.efforts:
        request.run.warn(f"{row.name} does not take 'reasoning_effort'; it was left out.")
        return None
    at = EFFORTS.index(wanted)
    nearest = min(row.efforts, key=lambda e: (abs(EFFORTS.index(e) - at), -EFFORTS.index(e)))
    request.run.warn(f"{row.name} does not take the effort {wanted!r}; {nearest!r} was used.")
    return nearest


def output_tokens(request: Request, row: Row, config: ResponsesConfig) -> int | None:
    """Return ``max_output_tokens``, held between the API's least and the model's most.

    Raises:
        BadRequest: It is out of range, and the setting says to refuse.
    """
    wanted = request.sampling.max_tokens
    if wanted is None:
        return None
    most = row.max_output_tokens
    held = max(wanted, MIN_OUTPUT_TOKENS)
    held = held if most is None else min(held, most)
    if held == wanted:
        return wanted
    allowed = f"{MIN_OUTPUT_TOKENS} or more" if most is None else f"{MIN_OUTPUT_TOKENS} to {most}"
    if config.on_unsupported == "refuse":
        raise BadRequest(f"'max_tokens' is {wanted}; {row.name} takes {allowed}.", param="max_tokens")
    request.run.warn(f"{row.name} takes {allowed} of 'max_tokens'; {held} was used for {wanted}.")
    return held


def _not_taken(request: Request, row: Row) -> Iterator[str]:
    """Name each field that is set to something else than its default and that this model does not take."""
    draw = request.sampling
    if not row.sampling:
        yield from (name for name in ("temperature", "top_p") if getattr(draw, name) not in {None, 1.0})
    # the Responses API has no such fields, whatever the model
    yield from (name for name in ("presence_penalty", "frequency_penalty") if getattr(draw, name) not in {None, 0.0})
    if draw.seed is not None:
        yield "seed"
    if draw.logit_bias:
        yield "logit_bias"
    if request.logprobs and not row.logprobs:
        yield "logprobs"
    yield from request.extras
