"""Guards: what a model cannot do is known before it is asked, in words that name the field.

``check`` refuses a client's request; ``able`` is for choosing among models.
"""

from collections.abc import Set

from cothink.core.engine import Capabilities, Model, Zone
from cothink.core.errors import BadRequest, ContextTooLong, Unsupported
from cothink.core.messages import ImagePart
from cothink.core.request import Request
from cothink.traffic.reserve import Count

SURE = 0.8  # a count may be a quarter too high; what lies between is left to the model's own server
ZONES: frozenset[Zone] = frozenset({"site", "hosted"})


def check(request: Request, model: Model, count: Count) -> None:
    """Refuse what a model surely cannot do.

    Args:
        request: The client's request.
        model: The model that would answer.
        count: Estimates the prompt's tokens.

    Raises:
        Unsupported: Pictures, tools, JSON or log-probs that the model has not; ``param`` names the field.
        ContextTooLong: Prompt, or prompt and ``max_tokens`` together, over the model's context.
    """
    if _is_plain(request, model.capabilities):
        return
    fault = _missing(request, model) or _too_long(request, model, count)
    if fault is not None:
        raise fault


def able(request: Request, model: Model, count: Count, zones: Set[Zone] = ZONES) -> str | None:
    """Return in words why a model cannot answer a request, or None where it can.

    Args:
        request: The request.
        model: A model that might answer.
        count: Estimates the prompt's tokens.
        zones: Where the request may go.
    """
    if model.capabilities.zone not in zones:
        return f"{model.name} stands in the zone {model.capabilities.zone}, and this request may not go there"
    fault = _missing(request, model) or _too_long(request, model, count)
    return None if fault is None else fault.message.rstrip(".")


def joined(r1: Model, pro: Model) -> Capabilities:
    """What a team of two can do: what either can, since the team asks the one that can; log-probs it has none."""
    one, other = r1.capabilities, pro.capabilities
    return Capabilities(
        context_tokens=max(one.context_tokens, other.context_tokens),
        max_output_tokens=max(one.max_output_tokens, other.max_output_tokens),
        modalities=one.modalities | other.modalities,
        tools=one.tools or other.tools,
        json_schema=True,  # a member without it is told the schema in words, and the check holds its answer to it
        logprobs=False,
        sampling=one.sampling or other.sampling,
        zone="hosted" if "hosted" in {one.zone, other.zone} else "site",
    )


def _is_plain(request: Request, can: Capabilities) -> bool:
    """Say whether a request is words alone, and surely few enough: any model can do that, and nothing is counted.

    A sign is at most four tokens, its bytes, so a short request need not be counted.
    """
    if request.tools or request.response_format is not None or request.logprobs:
        return False
    signs = 0
    for message in request.messages:
        content = message.content
        if type(content) is not str:
            return False
        signs += len(content) + 16
    return signs * 4 + (request.sampling.max_tokens or 0) < can.context_tokens


def _missing(request: Request, model: Model) -> BadRequest | None:
    can = model.capabilities
    if "image" not in can.modalities:
        place = _first_image(request)
        if place is not None:
            return Unsupported(f"{model.name} reads no images.", param=place)
    if request.tools and not can.tools:
        return Unsupported(f"{model.name} calls no tools.", param="tools")
    if request.wants_json and not can.json_schema:
        return Unsupported(f"{model.name} keeps no JSON format.", param="response_format")
    if request.logprobs and not can.logprobs:
        return Unsupported(f"{model.name} gives no log-probs.", param="logprobs")
    return None


def _first_image(request: Request) -> str | None:
    for i, message in enumerate(request.messages):
        if isinstance(message.content, tuple):
            for j, part in enumerate(message.content):
                if isinstance(part, ImagePart):
                    return f"messages[{i}].content[{j}]"
    return None


def _too_long(request: Request, model: Model, count: Count) -> ContextTooLong | None:
    context = model.capabilities.context_tokens
    answer = request.sampling.max_tokens or 0
    # A sign is at most four tokens, its bytes, so a short request is never counted.
    signs = sum(len(message.text) + 16 for message in request.messages)
    if not request.tools and signs * 4 + answer < context and _first_image(request) is None:
        return None
    prompt = count(request)
    surely = round(prompt * SURE)
    if surely >= context:
        return ContextTooLong(
            f"The request has about {prompt} tokens; {model.name} takes {context}, the answer included.",
            param="messages",
        )
    if surely + answer > context:
        return ContextTooLong(
            f"The request has about {prompt} tokens and asks for up to {answer} more (max_tokens); {model.name} takes "
            f"{context} in all.",
            param="max_tokens",
        )
    return None
